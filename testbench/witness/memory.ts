import type { PhysicalMemory } from '../calls/memory.ts'
import { pagedMemory } from '../calls/memory.ts'

const PAGE_BYTES = 4096

/** Pages by number; undefined for those of zeros. */
export interface PageSource {
  get(page: number): Uint8Array | undefined
}

const ZEROS = new Uint8Array(PAGE_BYTES)

/** RAM as the stores of a trace make it; what it was at a chosen moment can still be read. */
export class WitnessedMemory {
  /** Holds the pages that were written since `restart`, or compared with what is fetched. */
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #halves: Uint16Array
  readonly #words: Uint32Array
  /** What the others hold, by number. */
  #base: PageSource = new Map()
  /** One byte a page: whether it is held in `#bytes`, and whether it was written since `mark`. */
  readonly #held: Uint8Array
  readonly #sinceMark: Uint8Array
  #heldPages: number[] = []
  /** `fence`s since `restart`, and for each page how many there were when it was written last. */
  #fences = 0
  readonly #writtenAt: Uint32Array
  /** What the pages written since `mark` held then. */
  readonly #marked = new Map<number, Uint8Array>()
  /** Copies of pages that nobody needs any more, to be used again. */
  readonly #spare: Uint8Array[] = []

  /** Memory now, and as it was at the last `mark`. */
  readonly now: PhysicalMemory = pagedMemory((page) => this.#page(page))
  readonly before: PhysicalMemory = pagedMemory((page) => this.#marked.get(page) ?? this.#page(page))

  /** @param size in bytes, a multiple of pages */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size)
    const { buffer } = this.#bytes
    this.#view = new DataView(buffer)
    this.#halves = new Uint16Array(buffer)
    this.#words = new Uint32Array(buffer)
    this.#held = new Uint8Array(size / PAGE_BYTES)
    this.#writtenAt = new Uint32Array(size / PAGE_BYTES)
    this.#sinceMark = new Uint8Array(size / PAGE_BYTES)
  }

  /** Memory is `pages`, and zeros elsewhere; they must stay as they are. */
  restart(pages: PageSource): void {
    this.mark()
    for (const page of this.#heldPages) {
      this.#held[page] = 0
      this.#writtenAt[page] = 0
    }
    this.#heldPages = []
    this.#base = pages
    this.#fences = 0
  }

  /** From now on, `before` is what memory is now. */
  mark(): void {
    for (const [page, bytes] of this.#marked) {
      this.#sinceMark[page] = 0
      if (bytes !== this.#unheld(page)) this.#spare.push(bytes)
    }
    this.#marked.clear()
  }

  /** From now on, what is fetched is what memory holds (fence.i; unprivileged specification, chapter 5). */
  fence(): void {
    this.#fences++
  }

  /** Whether an instruction's bits can be what is fetched at `offset`: a page may be there as it was before the last writes to it. */
  mayBeFetched(offset: number, bits: number): boolean {
    const page = offset >>> 12
    if (this.#writtenAt[page] === this.#fences) return true
    this.#hold(page)
    const half = offset >>> 1
    if (this.#halves[half] !== (bits & 0xffff)) return false
    const isOnNextPage = (offset & (PAGE_BYTES - 1)) === PAGE_BYTES - 2
    return (bits & 3) !== 3 || isOnNextPage || this.#halves[half + 1] === bits >>> 16
  }

  /** Pages written since `mark`, in order. */
  changed(): number[] {
    return [...this.#marked.keys()].sort((a, b) => a - b)
  }

  /** Bytes written from outside the trace. */
  write(offset: number, bytes: Uint8Array): void {
    for (let page = offset >>> 12; page << 12 < offset + bytes.length; page++) {
      this.#touch(page)
      this.#writtenAt[page] = this.#fences
    }
    this.#bytes.set(bytes, offset)
  }

  /** A store of 1 << `log2` bytes, within a page; the value in two words. */
  store(offset: number, log2: number, low: number, high: number): void {
    const page = offset >>> 12
    if (this.#sinceMark[page] === 0) this.#touch(page)
    this.#writtenAt[page] = this.#fences
    if ((offset & ((1 << log2) - 1)) !== 0) this.#storeUnaligned(offset, log2, low, high)
    else if (log2 === 3) {
      this.#words[offset >>> 2] = low
      this.#words[(offset >>> 2) + 1] = high
    } else if (log2 === 2) this.#words[offset >>> 2] = low
    else if (log2 === 1) this.#halves[offset >>> 1] = low
    else this.#bytes[offset] = low
  }

  #storeUnaligned(offset: number, log2: number, low: number, high: number): void {
    const value = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
    for (let byte = 0; byte < 1 << log2; byte++)
      this.#view.setUint8(offset + byte, Number((value >> BigInt(8 * byte)) & 255n))
  }

  #touch(page: number): void {
    if (this.#sinceMark[page] === 0) {
      this.#sinceMark[page] = 1
      this.#marked.set(page, this.#held[page] === 0 ? this.#unheld(page) : this.#copy(page))
    }
    this.#hold(page)
  }

  /** Puts a page where it is held. */
  #hold(page: number): void {
    if (this.#held[page] !== 0) return
    this.#held[page] = 1
    this.#heldPages.push(page)
    this.#bytes.set(this.#unheld(page), page * PAGE_BYTES)
  }

  #copy(page: number): Uint8Array {
    const copy = this.#spare.pop() ?? new Uint8Array(PAGE_BYTES)
    copy.set(this.#page(page))
    return copy
  }

  #page(page: number): Uint8Array {
    return this.#held[page] === 0
      ? this.#unheld(page)
      : this.#bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)
  }

  #unheld(page: number): Uint8Array {
    return this.#base.get(page) ?? ZEROS
  }
}
