import type { Hart } from './hart.ts'
import type { Region, RegionAllocator } from './state.ts'

/** Bits of `mip` that devices drive. */
const LINES = 16

/** Of a change whose time is not known yet. */
const MADE = (1n << 64n) - 1n

/**
 * Changes of interrupt lines on their way to the hart: each arrives a fixed time after the instruction that made the device
 * change it. A line that changes again before then has only the last change on its way.
 */
export class LineChanges {
  /** Of each line, the cycle at which its change arrives, or 0; then one word a line with the level. */
  readonly #region: Region
  readonly #delay: bigint

  constructor(allocator: RegionAllocator, delay: bigint) {
    this.#region = allocator.allocate(LINES * 16)
    this.#delay = delay
  }

  /** Line `bit` has `level` from now on at the device. */
  set(bit: number, level: boolean, hart: Hart): void {
    const { u64 } = this.#region
    const now = u64[bit] === 0n ? ((hart.interruptLines >> bit) & 1) !== 0 : u64[LINES + bit] !== 0n
    if (now === level) return
    u64[bit] = MADE
    u64[LINES + bit] = level ? 1n : 0n
  }

  /** The present instruction has ended, in cycle `now`: hands over the changes that have arrived by then. */
  apply(now: bigint, arrive: (bit: number, level: boolean) => void): void {
    const { u64 } = this.#region
    for (let bit = 0; bit < LINES; bit++) {
      if (u64[bit] === MADE) u64[bit] = now + this.#delay
      if (u64[bit] === 0n || u64[bit] > now) continue
      u64[bit] = 0n
      arrive(bit, u64[LINES + bit] !== 0n)
    }
  }

  /** When the next change arrives; undefined where none is on its way. */
  get next(): bigint | undefined {
    let first: bigint | undefined
    for (const due of this.#region.u64.subarray(0, LINES)) {
      if (due !== 0n && (first === undefined || due < first)) first = due
    }
    return first
  }
}
