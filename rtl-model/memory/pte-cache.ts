import type { RegionAllocator } from '../core/state.ts'
import { PseudoLru } from './pseudo-lru.ts'

const VALID = 0
const REPLACEMENT = 1

/** Which pointers to tables the page-table walker remembers: by the address that each was read from, divided by 8. */
export class PteCache {
  readonly #scalars: Int32Array
  readonly #tags: Float64Array
  readonly #lru: PseudoLru

  constructor(allocator: RegionAllocator, entries: number) {
    const scalars = allocator.allocate(8).u8
    this.#scalars = new Int32Array(scalars.buffer, scalars.byteOffset, 2)
    const tags = allocator.allocate(entries * 8).u8
    this.#tags = new Float64Array(tags.buffer, tags.byteOffset, entries)
    this.#lru = new PseudoLru(entries)
  }

  /** Whether the pointer is there; a hit counts as a use. */
  find(address: number): boolean {
    const s = this.#scalars
    for (let entry = 0; entry < this.#tags.length; entry++) {
      if ((s[VALID] & (1 << entry)) === 0 || this.#tags[entry] !== address) continue
      s[REPLACEMENT] = this.#lru.used(s[REPLACEMENT], entry)
      return true
    }
    return false
  }

  /** Takes in a pointer that was not there: in the first free place, or instead of the pseudo-least recently used one. */
  put(address: number): void {
    const s = this.#scalars
    let entry = 0
    while (entry < this.#tags.length && (s[VALID] & (1 << entry)) !== 0) entry++
    if (entry === this.#tags.length) entry = this.#lru.victim(s[REPLACEMENT])
    this.#tags[entry] = address
    s[VALID] |= 1 << entry
    s[REPLACEMENT] = this.#lru.used(s[REPLACEMENT], entry)
  }

  /** SFENCE.VMA without an address empties it. */
  clear(): void {
    this.#scalars[VALID] = 0
  }
}
