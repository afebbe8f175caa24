import type { RegionAllocator } from '../core/state.ts'
import { PseudoLru } from '../memory/pseudo-lru.ts'

/** What an entry says of its instruction. */
export const cfiType = { branch: 0, jump: 1, call: 2, return: 3 } as const

/** An address within a page of the buffer: 14 bits. */
export const PAGE_SHIFT = 14
const IN_PAGE = (1 << PAGE_SHIFT) - 1
export const SEVERAL = 255
/** A look-up in the second cycle after an update finds it. */
export const TO_VISIBLE = 2

// Words of the scalar state. Those that generated code reads or writes as well are exported.
const VALID = 0
const PAGE_VALID = 1
const NEXT_PAGE = 2
export const REPLACEMENT = 3
/** An update under way: its cycle, the entry, and what is to be written. */
export const UPDATE = 4
export const UPDATE_AT = 5
const UPDATE_ENTRY = 6
const UPDATE_LOW = 7
const UPDATE_HIGH = 8
const UPDATE_HALF = 9
const UPDATE_TYPE = 10
const UPDATE_TARGET_LOW = 11
const UPDATE_TARGET_HIGH = 12
/** The tag that several entries were found to share, and the cycle: they are empty from the next cycle on. */
export const SHARED = 13
const SHARED_TAG = 14
const SHARED_AT = 15
const SCALARS = 16

const update = { none: 0, write: 1, invalidate: 2 } as const

/** Where the arrays of the buffer are, for generated code. */
export interface TargetBufferLayout {
  scalars: number
  tagPage: number
  target: number
  targetPage: number
  type: number
  half: number
  pages: number
  matching: number
  /** What a use of an entry does to the replacement word: and, or. */
  usedAnd: number
  usedOr: number
}

/**
 * The branch target buffer: fully associative, looked up by the address of a fetch packet (4 bytes). Entries keep 14 bits of
 * the packet and of the target; the upper bits are in a table of pages. Addresses are halves.
 */
export class TargetBuffer {
  readonly entries: number
  /** Answers of the last `lookup`: the entry that matches or -1. `entries` or above where several did. */
  entry = -1
  /** Where there is one: in which half of the packet its instruction ends, whether that is a branch or a return. */
  half = 0
  isBranch = false
  isReturn = false
  targetLow = 0
  targetHigh = 0

  readonly #scalars: Int32Array
  readonly #tag: Int32Array
  readonly #tagPage: Int32Array
  readonly #target: Int32Array
  readonly #targetPage: Int32Array
  readonly #type: Int32Array
  readonly #half: Int32Array
  readonly #pages: Int32Array
  readonly #lru: PseudoLru
  /** Of each packet within a page, the entry that matches it plus 1, 0 for none, SEVERAL. Derived. */
  readonly #matching: Uint8Array
  readonly layout: TargetBufferLayout

  constructor(allocator: RegionAllocator, entries: number, pages: number) {
    const words = (count: number): Int32Array => {
      const { u8 } = allocator.allocate(count * 4)
      return new Int32Array(u8.buffer, u8.byteOffset, count)
    }
    this.entries = entries
    this.#scalars = words(SCALARS)
    this.#tag = words(entries)
    this.#tagPage = words(entries)
    this.#target = words(entries)
    this.#targetPage = words(entries)
    this.#type = words(entries)
    this.#half = words(entries)
    this.#pages = words(pages)
    this.#lru = new PseudoLru(entries)
    this.#matching = allocator.allocate(1 << (PAGE_SHIFT - 2)).u8
    const { and, or } = this.#lru.touch
    const [usedAnd, usedOr] = [words(and.length), words(or.length)]
    usedAnd.set(and)
    usedOr.set(or)
    this.layout = {
      scalars: this.#scalars.byteOffset,
      tagPage: this.#tagPage.byteOffset,
      target: this.#target.byteOffset,
      targetPage: this.#targetPage.byteOffset,
      type: this.#type.byteOffset,
      half: this.#half.byteOffset,
      pages: this.#pages.byteOffset,
      matching: this.#matching.byteOffset,
      usedAnd: usedAnd.byteOffset,
      usedOr: usedOr.byteOffset,
    }
  }

  /** To be called when the state has been replaced. */
  restored(): void {
    this.#matching.fill(0)
    for (let entry = 0; entry < this.entries; entry++) if (this.#isValid(entry)) this.#match(entry)
  }

  /** Moves all times by `-cycles`. */
  rebase(cycles: number): void {
    this.#scalars[UPDATE_AT] -= cycles
    this.#scalars[SHARED_AT] -= cycles
  }

  /**
   * Whether looking a packet up in cycle `now` could find something. Where it could not, the look-up need not be made: what it would
   * bring in, the next one does.
   */
  mayMatch(low: number, now: number): boolean {
    const s = this.#scalars
    return (
      this.#matching[(low & IN_PAGE) >>> 2] !== 0 || (s[UPDATE] !== update.none && now >= s[UPDATE_AT] + TO_VISIBLE)
    )
  }

  /** Looks a packet up in cycle `now`. */
  lookup(low: number, high: number, now: number): void {
    const s = this.#scalars
    if (s[SHARED] !== 0 && now !== s[SHARED_AT]) this.#emptyShared()
    if (s[UPDATE] !== update.none && now >= s[UPDATE_AT] + TO_VISIBLE) this.#commit()
    const match = this.#matching[(low & IN_PAGE) >>> 2]
    this.entry = -1
    if (match === 0) return
    const page = pageOf(low, high)
    if (match === SEVERAL) this.#findSeveral(low & IN_PAGE, page, now)
    else if (this.#pages[this.#tagPage[match - 1]] === page) this.#answer(match - 1)
  }

  /** The entry of the last lookup has led the front end on. */
  used(): void {
    const s = this.#scalars
    s[REPLACEMENT] = this.#lru.used(s[REPLACEMENT], this.entry)
  }

  /**
   * Writes an entry: `way`, or with `way` from `entries` on that which replacement gives. It counts as used at once; look-ups
   * find it two cycles after `now`.
   * @param low and `high`: address of the half in which the instruction ends
   * @param type of `cfiType`
   */
  write(
    way: number,
    low: number,
    high: number,
    type: number,
    targetLow: number,
    targetHigh: number,
    now: number,
  ): void {
    const s = this.#scalars
    this.#send(update.write, way, now)
    s[UPDATE_LOW] = low & ~3
    s[UPDATE_HIGH] = high
    s[UPDATE_HALF] = (low >> 1) & 1
    s[UPDATE_TYPE] = type
    s[UPDATE_TARGET_LOW] = targetLow
    s[UPDATE_TARGET_HIGH] = targetHigh
    if (this.#isWritten(s[UPDATE_ENTRY])) s[UPDATE] = update.none
  }

  /** Empties an entry, chosen and seen likewise. */
  invalidate(way: number, now: number): void {
    this.#send(update.invalidate, way, now)
  }

  #send(kind: number, way: number, now: number): void {
    const s = this.#scalars
    if (s[UPDATE] !== update.none) this.#commit()
    const entry = way < this.entries ? way : this.#lru.victim(s[REPLACEMENT])
    s[REPLACEMENT] = this.#lru.used(s[REPLACEMENT], entry)
    s[UPDATE] = kind
    s[UPDATE_AT] = now
    s[UPDATE_ENTRY] = entry
  }

  #commit(): void {
    const s = this.#scalars
    const entry = s[UPDATE_ENTRY]
    if (s[SHARED] !== 0) this.#emptyShared()
    this.#empty(entry)
    if (s[UPDATE] === update.write) {
      this.#choosePages(
        entry,
        pageOf(s[UPDATE_LOW], s[UPDATE_HIGH]),
        pageOf(s[UPDATE_TARGET_LOW], s[UPDATE_TARGET_HIGH]),
      )
      this.#tag[entry] = s[UPDATE_LOW] & IN_PAGE
      this.#target[entry] = s[UPDATE_TARGET_LOW] & IN_PAGE
      this.#type[entry] = s[UPDATE_TYPE]
      this.#half[entry] = s[UPDATE_HALF]
      s[VALID] |= 1 << entry
      this.#match(entry)
    }
    s[UPDATE] = update.none
  }

  /** Whether an entry, and no other, already says what is to be written. */
  #isWritten(entry: number): boolean {
    const s = this.#scalars
    return (
      this.#matching[(s[UPDATE_LOW] & IN_PAGE) >>> 2] === entry + 1 &&
      this.#target[entry] === (s[UPDATE_TARGET_LOW] & IN_PAGE) &&
      this.#type[entry] === s[UPDATE_TYPE] &&
      this.#half[entry] === s[UPDATE_HALF] &&
      this.#pages[this.#tagPage[entry]] === pageOf(s[UPDATE_LOW], s[UPDATE_HIGH]) &&
      this.#pages[this.#targetPage[entry]] === pageOf(s[UPDATE_TARGET_LOW], s[UPDATE_TARGET_HIGH])
    )
  }

  #answer(entry: number): void {
    const page = this.#pages[this.#targetPage[entry]]
    const type = this.#type[entry]
    this.entry = entry
    this.half = this.#half[entry]
    this.isBranch = type === cfiType.branch
    this.isReturn = type === cfiType.return
    this.#answerTarget(page, this.#target[entry])
  }

  #answerTarget(page: number, target: number): void {
    this.targetLow = (page << PAGE_SHIFT) | target
    this.targetHigh = (page << 7) >> 25
  }

  /** Several entries match: what they say is or-ed, bit by bit, and they are emptied. */
  #findSeveral(tag: number, page: number, now: number): void {
    const s = this.#scalars
    let found = 0
    let tagPage = 0
    let target = 0
    let targetPage = 0
    let half = 0
    let isBranch = false
    let isReturn = false
    for (let entry = 0; entry < this.entries; entry++) {
      if (!this.#isValid(entry) || this.#tag[entry] !== tag) continue
      found |= entry
      // Page numbers of tags are kept plus one.
      tagPage |= this.#tagPage[entry] + 1
      target |= this.#target[entry]
      targetPage |= this.#targetPage[entry]
      half |= this.#half[entry]
      if (this.#type[entry] === cfiType.branch) isBranch = true
      if (this.#type[entry] === cfiType.return) isReturn = true
    }
    s[SHARED] = 1
    s[SHARED_TAG] = tag
    s[SHARED_AT] = now
    if (tagPage > this.#pages.length || this.#pages[tagPage - 1] !== page) return
    this.entry = found
    this.half = half
    this.isBranch = isBranch
    this.isReturn = isReturn
    this.#answerTarget(targetPage < this.#pages.length ? this.#pages[targetPage] : 0, target)
  }

  #emptyShared(): void {
    const s = this.#scalars
    s[SHARED] = 0
    for (let entry = 0; entry < this.entries; entry++) {
      if (this.#isValid(entry) && this.#tag[entry] === s[SHARED_TAG]) s[VALID] &= ~(1 << entry)
    }
    this.#matching[s[SHARED_TAG] >>> 2] = 0
  }

  #isValid(entry: number): boolean {
    return (this.#scalars[VALID] & (1 << entry)) !== 0
  }

  #match(entry: number): void {
    const index = this.#tag[entry] >>> 2
    this.#matching[index] = this.#matching[index] === 0 ? entry + 1 : SEVERAL
  }

  #empty(entry: number): void {
    if (!this.#isValid(entry)) return
    this.#scalars[VALID] &= ~(1 << entry)
    const index = this.#tag[entry] >>> 2
    const wasOne = this.#matching[index] !== SEVERAL
    this.#matching[index] = 0
    if (wasOne) return
    for (let other = 0; other < this.entries; other++) {
      if (this.#isValid(other) && this.#tag[other] >>> 2 === index) this.#match(other)
    }
  }

  /** Where the upper bits of the two addresses are kept: a page that has them, or one that gets them. */
  #choosePages(at: number, page: number, targetPage: number): void {
    const s = this.#scalars
    const count = this.#pages.length
    const after = (index: number): number => (index === count - 1 ? 0 : index + 1)
    const tagHit = this.#findPage(page)
    const targetHit = this.#findPage(targetPage)
    const tagAt = tagHit >= 0 ? tagHit : targetHit >= 0 ? after(targetHit) : s[NEXT_PAGE]
    const targetAt = targetHit >= 0 ? targetHit : page === targetPage ? tagAt : after(tagAt)
    const replaced = (tagHit < 0 ? 1 : 0) + (targetHit < 0 && page !== targetPage ? 1 : 0)
    if (replaced > 0) {
      this.#pages[tagAt] = page
      this.#pages[targetAt] = targetPage
      s[PAGE_VALID] |= (1 << tagAt) | (1 << targetAt)
      const next = s[NEXT_PAGE] + replaced
      s[NEXT_PAGE] = next >= count ? next & 1 : next
    }
    this.#tagPage[at] = tagAt
    this.#targetPage[at] = targetAt
  }

  #findPage(page: number): number {
    for (let index = 0; index < this.#pages.length; index++) {
      if ((this.#scalars[PAGE_VALID] & (1 << index)) !== 0 && this.#pages[index] === page) return index
    }
    return -1
  }
}

/** Upper 25 of the 39 bits of a virtual address. */
function pageOf(low: number, high: number): number {
  return ((low >>> PAGE_SHIFT) | (high << 18)) & 0x1ff_ffff
}
