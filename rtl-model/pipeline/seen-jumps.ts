import type { RegionAllocator } from '../core/state.ts'

/** Places, by packet. A power of two. */
const PLACES = 512
const NOT_SEEN = -1

/**
 * What fetch meets on a wrong path: the jumps that have been executed, by the address of their packet. The last one
 * of those that share a place is remembered.
 */
export class SeenJumps {
  readonly #low: Int32Array
  readonly #high: Int32Array
  /** Of `cfiType`, plus 1. */
  readonly #type: Uint8Array

  constructor(allocator: RegionAllocator) {
    const words = (): Int32Array => {
      const { u8 } = allocator.allocate(PLACES * 4)
      return new Int32Array(u8.buffer, u8.byteOffset, PLACES)
    }
    this.#low = words()
    this.#high = words()
    this.#type = allocator.allocate(PLACES).u8
  }

  remember(low: number, high: number, type: number): void {
    const place = placeOf(low)
    this.#low[place] = low
    this.#high[place] = high
    this.#type[place] = type + 1
  }

  /** What kind of jump a packet has, of `cfiType`; -1 where none has been executed. */
  find(low: number, high: number): number {
    const place = placeOf(low)
    return this.#low[place] === low && this.#high[place] === high ? this.#type[place] - 1 : NOT_SEEN
  }
}

function placeOf(low: number): number {
  return (low >>> 2) & (PLACES - 1)
}
