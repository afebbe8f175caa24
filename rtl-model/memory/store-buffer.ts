import type { RegionAllocator } from '../core/state.ts'
import { rebased } from '../pipeline/long-ago.ts'

const COUNT = 0
const FIRST = 1
/** Cycle in which the oldest store goes into the array unless a read needs the array then. */
const DRAIN = 2
/** Cycle by which the oldest store goes whatever reads the array, because a read-modify-write needs its place. */
const LATEST = 3
const SCALARS = 4
const PLACES = 4

/**
 * Stores on their way into the array of the data cache. Each goes in the first cycle from `ready` on in which no load reads
 * the array; a load that overlaps one of them must be tried again. Only the offset in the 4 KiB page is compared.
 */
export class StoreBuffer {
  readonly #s: Int32Array
  readonly #ready: Int32Array
  readonly #word: Int32Array
  readonly #mask: Int32Array

  constructor(allocator: RegionAllocator) {
    const words = (count: number): Int32Array => {
      const { u8 } = allocator.allocate(count * 4)
      return new Int32Array(u8.buffer, u8.byteOffset, count)
    }
    this.#s = words(SCALARS)
    this.#ready = words(PLACES)
    this.#word = words(PLACES)
    this.#mask = words(PLACES)
  }

  get length(): number {
    return this.#s[COUNT]
  }

  rebase(cycles: number): void {
    this.#s[DRAIN] = rebased(this.#s[DRAIN], cycles)
    this.#s[LATEST] = rebased(this.#s[LATEST], cycles)
    for (let place = 0; place < PLACES; place++) this.#ready[place] = rebased(this.#ready[place], cycles)
  }

  /**
   * A store of `size` bytes at `address`, known in cycle `now`, that may go into the array from cycle `ready` on. One that
   * is the second half of a read-modify-write makes an older one go the cycle before.
   */
  push(address: number, size: number, now: number, ready: number, modifies: boolean): void {
    const s = this.#s
    this.drain(now)
    if (modifies && s[COUNT] > 0) s[LATEST] = ready - 1
    // Two wait at most: a third makes the oldest go.
    if (s[COUNT] >= 3) this.#pop()
    const place = (s[FIRST] + s[COUNT]) & (PLACES - 1)
    this.#ready[place] = ready
    this.#word[place] = (address >>> 3) & 0x1ff
    this.#mask[place] = byteMask(address, size)
    if (s[COUNT] === 0) s[DRAIN] = ready
    s[COUNT]++
  }

  /** Lets the stores go that do so before cycle `now`, if nothing reads the array. */
  drain(now: number): void {
    const s = this.#s
    while (s[COUNT] > 0 && s[DRAIN] < now) this.#pop()
  }

  /** A read of the array in cycle `now`: true where it overlaps a store that has not gone by then. */
  read(address: number, size: number, now: number): boolean {
    const s = this.#s
    this.drain(now)
    if (s[COUNT] === 0) return false
    if (s[DRAIN] === now && s[LATEST] !== now) s[DRAIN]++
    const word = (address >>> 3) & 0x1ff
    const mask = byteMask(address, size)
    for (let index = 0; index < s[COUNT]; index++) {
      const place = (s[FIRST] + index) & (PLACES - 1)
      if (this.#word[place] === word && (this.#mask[place] & mask) !== 0) return true
    }
    return false
  }

  /** Cycle in which the oldest store goes if nothing reads the array; -1 where none waits, or it goes in any case. */
  get nextDrain(): number {
    const s = this.#s
    return s[COUNT] > 0 && s[LATEST] < s[DRAIN] ? s[DRAIN] : -1
  }

  #pop(): void {
    const s = this.#s
    s[FIRST] = (s[FIRST] + 1) & (PLACES - 1)
    s[COUNT]--
    s[DRAIN] = Math.max(s[DRAIN] + 1, this.#ready[s[FIRST]])
  }
}

function byteMask(address: number, size: number): number {
  return ((1 << size) - 1) << (address & 7)
}
