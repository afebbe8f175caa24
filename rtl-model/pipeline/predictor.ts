import type { RegionAllocator } from '../core/state.ts'
import { PseudoLru } from '../memory/pseudo-lru.ts'
import { rebased } from './long-ago.ts'
import {
  HISTORY,
  NEXT_PAGE,
  PAGE_VALID,
  RAS_AT,
  RAS_COUNT,
  RAS_HIGH,
  RAS_KIND,
  RAS_LOW,
  RAS_POSITION,
  REPLACEMENT,
  SCALARS,
  SEEN_AT,
  SEEN_TAKEN,
  VALID,
} from './predictor-state.ts'
import type { PredictorConfig } from './timing-config.ts'

/** What a branch target buffer entry says of its instruction. */
export const cfiType = { branch: 0, jump: 1, call: 2, return: 3 } as const

const HISTORY_BITS = 8
const HISTORY_TOP = 1 << (HISTORY_BITS - 1)
/** An address within a page of the buffer: 14 bits. */
const PAGE_SHIFT = 14
const IN_PAGE = (1 << PAGE_SHIFT) - 1
const SEVERAL = 255

/**
 * Branch prediction: a fully associative branch target buffer, looked up by the address of a fetch packet (4 bytes), a
 * table of one-bit counters indexed by packet and global history, and a return-address stack. Addresses are halves.
 */
export class Predictor {
  readonly entries: number
  /** Answers of the last `lookup`: the entry that matches or -1, the counter, the history that chose it. */
  entry = -1
  counter = 0
  history = 0
  /** Target of the entry, where there is one. */
  targetLow = 0
  targetHigh = 0

  readonly #scalars: Int32Array
  readonly #tag: Int32Array
  readonly #tagPage: Int32Array
  readonly #target: Int32Array
  readonly #targetPage: Int32Array
  readonly #type: Int32Array
  readonly #pages: Int32Array
  readonly #counters: Uint8Array
  readonly #rasLow: Int32Array
  readonly #rasHigh: Int32Array
  readonly #lru: PseudoLru
  readonly #indexBits: number
  readonly #rasEntries: number
  /** Of each packet within a page, the entry that matches it plus 1, 0 for none, SEVERAL. Derived. */
  readonly #matching = new Uint8Array(1 << (PAGE_SHIFT - 2))

  constructor(allocator: RegionAllocator, config: PredictorConfig) {
    const words = (count: number): Int32Array => {
      const { u8 } = allocator.allocate(count * 4)
      return new Int32Array(u8.buffer, u8.byteOffset, count)
    }
    this.entries = config.btbEntries
    this.#scalars = words(SCALARS)
    this.#tag = words(config.btbEntries)
    this.#tagPage = words(config.btbEntries)
    this.#target = words(config.btbEntries)
    this.#targetPage = words(config.btbEntries)
    this.#type = words(config.btbEntries)
    this.#pages = words(config.btbPages)
    this.#counters = allocator.allocate(config.bhtEntries).u8
    this.#rasEntries = config.rasEntries
    this.#rasLow = words(config.rasEntries)
    this.#rasHigh = words(config.rasEntries)
    this.#lru = new PseudoLru(config.btbEntries)
    this.#indexBits = 31 - Math.clz32(config.bhtEntries)
  }

  /** To be called when the state has been replaced. */
  restored(): void {
    this.#matching.fill(0)
    for (let entry = 0; entry < this.entries; entry++) if (this.#isValid(entry)) this.#match(entry)
  }

  /** Moves all times by `-cycles`. */
  rebase(cycles: number): void {
    const s = this.#scalars
    if (s[SEEN_AT] !== 0) s[SEEN_AT] = rebased(s[SEEN_AT], cycles)
    if (s[RAS_AT] !== 0) s[RAS_AT] = rebased(s[RAS_AT], cycles)
  }

  /** Looks a packet up in cycle `now`: what the cycles before have brought into history and stack counts. */
  lookup(low: number, high: number, now: number): void {
    const s = this.#scalars
    if (s[SEEN_AT] !== 0 && s[SEEN_AT] < now) this.#advance()
    if (s[RAS_AT] !== 0 && s[RAS_AT] < now) this.#moveStack()
    this.history = s[HISTORY]
    this.counter = this.#counters[this.#index(low, s[HISTORY])]
    const entry = this.#search(low, high)
    this.entry = entry
    if (entry >= 0) {
      if (this.#type[entry] === cfiType.return && s[RAS_COUNT] > 0) {
        this.targetLow = this.#rasLow[s[RAS_POSITION]]
        this.targetHigh = this.#rasHigh[s[RAS_POSITION]]
      } else {
        const page = this.#pages[this.#targetPage[entry]]
        this.targetLow = (page << PAGE_SHIFT) | this.#target[entry]
        this.targetHigh = (page << 7) >> 25
      }
    }
  }

  /** Whether the last lookup's entry says that its instruction jumps. */
  get jumps(): boolean {
    return this.entry >= 0 && (this.#type[this.entry] !== cfiType.branch || this.counter !== 0)
  }

  /** The entry of the last lookup has led the front end on. */
  used(): void {
    const s = this.#scalars
    s[REPLACEMENT] = this.#lru.used(s[REPLACEMENT], this.entry)
  }

  /** Return address on top of the stack in the front end's decoder into `targetLow` and `targetHigh`; false if empty. */
  top(): boolean {
    const s = this.#scalars
    if (s[RAS_AT] !== 0) this.#moveStack()
    if (s[RAS_COUNT] === 0) return false
    this.targetLow = this.#rasLow[s[RAS_POSITION]]
    this.targetHigh = this.#rasHigh[s[RAS_POSITION]]
    return true
  }

  /** A conditional branch passes the front end's decoder, predicted as the last lookup's counter said. */
  branchSeen(now: number, taken: number): void {
    const s = this.#scalars
    if (s[SEEN_AT] !== 0) this.#advance()
    s[SEEN_AT] = now
    s[SEEN_TAKEN] = taken
  }

  callSeen(now: number, low: number, high: number): void {
    const s = this.#scalars
    if (s[RAS_AT] !== 0) this.#moveStack()
    s[RAS_AT] = now
    s[RAS_KIND] = 1
    s[RAS_LOW] = low
    s[RAS_HIGH] = high
  }

  returnSeen(now: number): void {
    const s = this.#scalars
    if (s[RAS_AT] !== 0) this.#moveStack()
    s[RAS_AT] = now
    s[RAS_KIND] = 2
  }

  /** History as a lookup in cycle `now` would see it. */
  historyAt(now: number): number {
    const s = this.#scalars
    if (s[SEEN_AT] !== 0 && s[SEEN_AT] < now) this.#advance()
    return s[HISTORY]
  }

  /** A branch did not go the way predicted: counter and history are put right. */
  mispredicted(low: number, history: number, taken: number): void {
    const s = this.#scalars
    this.#counters[this.#index(low, history)] = taken
    s[HISTORY] = (history >> 1) | (taken !== 0 ? HISTORY_TOP : 0)
    s[SEEN_AT] = 0
  }

  /** Another instruction did not go on where predicted: the history is what it was when it was fetched. */
  restoreHistory(history: number): void {
    const s = this.#scalars
    s[HISTORY] = history
    s[SEEN_AT] = 0
  }

  /**
   * Writes an entry: `way`, or with `way` equal to `entries` that which replacement gives.
   * @param type of `cfiType`
   */
  write(way: number, low: number, high: number, type: number, targetLow: number, targetHigh: number): void {
    const s = this.#scalars
    const at = way < this.entries ? way : this.#lru.victim(s[REPLACEMENT])
    s[REPLACEMENT] = this.#lru.used(s[REPLACEMENT], at)
    this.#empty(at)
    this.#choosePages(at, pageOf(low, high), pageOf(targetLow, targetHigh))
    this.#tag[at] = low & IN_PAGE
    this.#target[at] = targetLow & IN_PAGE
    this.#type[at] = type
    s[VALID] |= 1 << at
    this.#match(at)
  }

  /** Empties an entry, chosen likewise. */
  invalidate(way: number): void {
    const s = this.#scalars
    const at = way < this.entries ? way : this.#lru.victim(s[REPLACEMENT])
    s[REPLACEMENT] = this.#lru.used(s[REPLACEMENT], at)
    this.#empty(at)
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

  #advance(): void {
    const s = this.#scalars
    s[HISTORY] = (s[HISTORY] >> 1) | (s[SEEN_TAKEN] !== 0 ? HISTORY_TOP : 0)
    s[SEEN_AT] = 0
  }

  #moveStack(): void {
    const s = this.#scalars
    s[RAS_AT] = 0
    if (s[RAS_KIND] === 1) {
      if (s[RAS_COUNT] < this.#rasEntries) s[RAS_COUNT]++
      s[RAS_POSITION] = s[RAS_POSITION] === this.#rasEntries - 1 ? 0 : s[RAS_POSITION] + 1
      this.#rasLow[s[RAS_POSITION]] = s[RAS_LOW]
      this.#rasHigh[s[RAS_POSITION]] = s[RAS_HIGH]
    } else if (s[RAS_COUNT] > 0) {
      s[RAS_COUNT]--
      s[RAS_POSITION] = s[RAS_POSITION] === 0 ? this.#rasEntries - 1 : s[RAS_POSITION] - 1
    }
  }

  #index(low: number, history: number): number {
    const packet = low >>> 2
    const address = (packet ^ ((packet >>> this.#indexBits) & 3)) & (this.#counters.length - 1)
    return address ^ ((((history * 0xdd) >> 5) & 7) << (this.#indexBits - 3))
  }

  /** The entry of a packet, or -1. Several that match the same packet are emptied. */
  #search(low: number, high: number): number {
    const match = this.#matching[(low & IN_PAGE) >>> 2]
    if (match === 0) return -1
    if (match === SEVERAL) {
      for (let entry = 0; entry < this.entries; entry++) {
        if (this.#isValid(entry) && this.#tag[entry] === (low & IN_PAGE)) this.#scalars[VALID] &= ~(1 << entry)
      }
      this.#matching[(low & IN_PAGE) >>> 2] = 0
      return -1
    }
    const entry = match - 1
    return this.#pages[this.#tagPage[entry]] === pageOf(low, high) ? entry : -1
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
