/** What a use of a way does to the replacement word: `word & and | or`. By way, up to the next power of two. */
export interface Touch {
  and: Int32Array
  or: Int32Array
}

/**
 * Tree pseudo-LRU of 2 to 32 ways, not necessarily a power of two. The word has `ways - 1` bits: the top bit says whether
 * the upper ways (from the largest power of two below `ways`) are older; below it come the tree of the upper ways and, in
 * the lowest bits, that of the lower ones.
 */
export class PseudoLru {
  readonly ways: number
  readonly touch: Touch

  constructor(ways: number) {
    this.ways = ways
    const numbers = 1 << (32 - Math.clz32(ways - 1))
    this.touch = { and: new Int32Array(numbers).fill(-1), or: new Int32Array(numbers) }
    for (let way = 0; way < numbers; way++) this.#path(way, way, ways, 0)
  }

  /** The word after a use. A number without a way counts as the one that the tree leads it to. */
  used(word: number, way: number): number {
    return (word & this.touch.and[way]) | this.touch.or[way]
  }

  /** The way to replace. */
  victim(word: number): number {
    let first = 0
    let ways = this.ways
    let shift = 0
    while (ways > 1) {
      const lower = 1 << (31 - Math.clz32(ways - 1))
      if ((word >>> (shift + ways - 2)) & 1) {
        shift += lower - 1
        first += lower
        ways -= lower
      } else {
        ways = lower
      }
    }
    return first
  }

  #path(way: number, index: number, ways: number, shift: number): void {
    if (ways < 2) return
    const lower = 1 << (31 - Math.clz32(ways - 1))
    const bit = 1 << (shift + ways - 2)
    const upper = index >= lower
    if (upper) this.touch.and[way] &= ~bit
    else this.touch.or[way] |= bit
    if (upper) this.#path(way, within(index, ways - lower), ways - lower, shift + lower - 1)
    else this.#path(way, index, lower, shift)
  }
}

/** The low bits of a number: as many as `ways` needs. */
function within(index: number, ways: number): number {
  return ways < 2 ? 0 : index & ((1 << (32 - Math.clz32(ways - 1))) - 1)
}
