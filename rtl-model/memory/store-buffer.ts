import type { RegionAllocator } from '../core/state.ts'

// Words of the state. Those that the generated loop of the timing works on as well are exported.
export const COUNT = 0
export const FIRST = 1
/** Cycle in which the oldest store goes into the array unless a read needs the array then. */
export const DRAIN = 2
/** Cycle by which the oldest store goes whatever reads the array, because a read-modify-write needs its place. */
const LATEST = 3
export const PLACES = 4
/** Of each place: the cycle from which on its store can go, its 8 bytes, and which of them it writes. */
export const READY = 4
export const WORD = READY + PLACES
export const MASK = WORD + PLACES
const WORDS = MASK + PLACES

/** A cycle that nothing waits for. */
const LONG_AGO = -0x4000_0000

/**
 * Stores on their way into the array of the data cache. Each goes in the first cycle from `ready` on in which no load reads
 * the array; a load that overlaps one of them must be tried again. Only the offset in the 4 KiB page is compared.
 */
export class StoreBuffer {
  /** The state, by the words above. */
  readonly state: Int32Array

  constructor(allocator: RegionAllocator) {
    const { u8 } = allocator.allocate(WORDS * 4)
    this.state = new Int32Array(u8.buffer, u8.byteOffset, WORDS)
  }

  get length(): number {
    return this.state[COUNT]
  }

  rebase(cycles: number): void {
    const moved = (time: number): number => Math.max(LONG_AGO, time - cycles)
    const s = this.state
    s[DRAIN] = moved(s[DRAIN])
    s[LATEST] = moved(s[LATEST])
    for (let place = 0; place < PLACES; place++) s[READY + place] = moved(s[READY + place])
  }

  /**
   * A store of `size` bytes at `address`, known in cycle `now`, that may go into the array from cycle `ready` on. One that
   * is the second half of a read-modify-write makes an older one go the cycle before.
   */
  push(address: number, size: number, now: number, ready: number, modifies: boolean): void {
    const s = this.state
    this.drain(now)
    if (modifies && s[COUNT] > 0) s[LATEST] = ready - 1
    // Two wait at most: a third makes the oldest go.
    if (s[COUNT] >= 3) this.#pop()
    const place = (s[FIRST] + s[COUNT]) & (PLACES - 1)
    s[READY + place] = ready
    s[WORD + place] = (address >>> 3) & 0x1ff
    s[MASK + place] = byteMask(address, size)
    if (s[COUNT] === 0) s[DRAIN] = ready
    s[COUNT]++
  }

  /** Lets the stores go that do so before cycle `now`, if nothing reads the array. */
  drain(now: number): void {
    const s = this.state
    while (s[COUNT] > 0 && s[DRAIN] < now) this.#pop()
  }

  /** A read of the array in cycle `now`: true where it overlaps a store that has not gone by then. */
  read(address: number, size: number, now: number): boolean {
    const s = this.state
    this.drain(now)
    if (s[COUNT] === 0) return false
    if (s[DRAIN] === now && s[LATEST] !== now) s[DRAIN]++
    const word = (address >>> 3) & 0x1ff
    const mask = byteMask(address, size)
    for (let index = 0; index < s[COUNT]; index++) {
      const place = (s[FIRST] + index) & (PLACES - 1)
      if (s[WORD + place] === word && (s[MASK + place] & mask) !== 0) return true
    }
    return false
  }

  /** Cycle in which the oldest store goes if nothing reads the array; -1 where none waits, or it goes in any case. */
  get nextDrain(): number {
    const s = this.state
    return s[COUNT] > 0 && s[LATEST] < s[DRAIN] ? s[DRAIN] : -1
  }

  #pop(): void {
    const s = this.state
    s[FIRST] = (s[FIRST] + 1) & (PLACES - 1)
    s[COUNT]--
    s[DRAIN] = Math.max(s[DRAIN] + 1, s[READY + s[FIRST]])
  }
}

function byteMask(address: number, size: number): number {
  return ((1 << size) - 1) << (address & 7)
}
