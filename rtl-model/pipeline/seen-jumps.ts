import type { RegionAllocator } from '../core/state.ts'

/** Places. A power of two. */
const PLACES = 1024
const NOT_SEEN = -1

/**
 * What fetch meets on a wrong path: branches and jumps that have been executed, by the address of the half in which they end. The
 * last one of those that share a place is remembered.
 */
export class SeenJumps {
  /** Answers of the last `find` that found something: where the instruction goes by its bits. */
  targetLow = 0
  targetHigh = 0

  readonly #low: Int32Array
  readonly #high: Int32Array
  readonly #targetLow: Int32Array
  readonly #targetHigh: Int32Array
  /** Of `cfiType`, plus 1. */
  readonly #type: Uint8Array

  constructor(allocator: RegionAllocator) {
    const words = (): Int32Array => {
      const { u8 } = allocator.allocate(PLACES * 4)
      return new Int32Array(u8.buffer, u8.byteOffset, PLACES)
    }
    this.#low = words()
    this.#high = words()
    this.#targetLow = words()
    this.#targetHigh = words()
    this.#type = allocator.allocate(PLACES).u8
  }

  /** @param type of `cfiType`, or `indirect` */
  remember(low: number, high: number, type: number, targetLow: number, targetHigh: number): void {
    const place = placeOf(low)
    this.#low[place] = low
    this.#high[place] = high
    this.#type[place] = type + 1
    this.#targetLow[place] = targetLow
    this.#targetHigh[place] = targetHigh
  }

  /** Whether `find` could find something in the rest of a packet, from an address on; false only where it could not. */
  mayHave(low: number): boolean {
    const place = placeOf(low)
    return this.#low[place] === low || this.#low[place | 1] === (low | 2)
  }

  /** What kind of jump ends in a half, as it was remembered; -1 where none has been. */
  find(low: number, high: number): number {
    const place = placeOf(low)
    if (this.#low[place] !== low || this.#high[place] !== high) return NOT_SEEN
    this.targetLow = this.#targetLow[place]
    this.targetHigh = this.#targetHigh[place]
    return this.#type[place] - 1
  }
}

/** Kinds of jumps whose target is not in their bits, beyond those of `cfiType`. */
export const indirect = { jump: 4, call: 5 } as const

function placeOf(low: number): number {
  return (low >>> 1) & (PLACES - 1)
}
