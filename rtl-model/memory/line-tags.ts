import type { RegionAllocator } from '../core/state.ts'
import { LFSR_SEED, nextLfsr } from './lfsr.ts'

export const lineMark = {
  /** Has been written. */
  dirty: 1,
  /** A cache above may hold it. */
  shared: 2,
} as const

/** Where the tags (four bytes) and marks (one) of each place are in the buffer. Places of a set are neighbours. */
export interface TagsLayout {
  sets: number
  ways: number
  tags: number
  marks: number
}

/**
 * Which lines a set-associative cache with random replacement holds, and what is known of each: what timing needs of a
 * cache. Lines are by number: address divided by the bytes of a line. All ways are equal to the replacement, the empty
 * ones too.
 */
export class LineTags {
  readonly sets: number
  readonly ways: number
  readonly #tags: Int32Array
  readonly #marks: Uint8Array
  readonly #lfsr: Uint32Array
  /** Where `find` looks first. */
  #last = 0

  constructor(allocator: RegionAllocator, sets: number, ways: number) {
    this.sets = sets
    this.ways = ways
    const { u8 } = allocator.allocate(sets * ways * 4)
    this.#tags = new Int32Array(u8.buffer, u8.byteOffset, sets * ways).fill(-1)
    this.#marks = allocator.allocate(sets * ways).u8
    this.#lfsr = allocator.allocate(4).u32
    this.#lfsr[0] = LFSR_SEED
  }

  get layout(): TagsLayout {
    return { sets: this.sets, ways: this.ways, tags: this.#tags.byteOffset, marks: this.#marks.byteOffset }
  }

  /** Where the line is: way and set in one number; -1 where it is not. */
  find(line: number): number {
    if (this.#tags[this.#last] === line) return this.#last
    const first = (line & (this.sets - 1)) * this.ways
    for (let at = first; at < first + this.ways; at++) {
      if (this.#tags[at] !== line) continue
      this.#last = at
      return at
    }
    return -1
  }

  /** The place that a line coming in now would get. */
  place(line: number): number {
    return (line & (this.sets - 1)) * this.ways + (this.#lfsr[0] & (this.ways - 1))
  }

  /** Marks (`lineMark`) of the line at a place. */
  marks(at: number): number {
    return this.#marks[at]
  }

  mark(at: number, marks: number): void {
    this.#marks[at] |= marks
  }

  unmark(at: number, marks: number): void {
    this.#marks[at] &= ~marks
  }

  /** The line at a place, or -1. */
  lineAt(at: number): number {
    return this.#tags[at]
  }

  put(at: number, line: number): void {
    this.#tags[at] = line
    this.#marks[at] = 0
  }

  /** Draws the next random way. */
  draw(): void {
    this.#lfsr[0] = nextLfsr(this.#lfsr[0])
  }

  /** Empties the cache. */
  clear(): void {
    this.#tags.fill(-1)
    this.#marks.fill(0)
  }
}
