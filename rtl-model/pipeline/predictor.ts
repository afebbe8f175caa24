import type { RegionAllocator } from '../core/state.ts'
import {
  HISTORY,
  RAS_AT,
  RAS_COUNT,
  RAS_HIGH,
  RAS_KIND,
  RAS_LOW,
  RAS_POSITION,
  SCALARS,
  SEEN_AT,
  SEEN_TAKEN,
} from './predictor-state.ts'
import { TargetBuffer, type TargetBufferLayout } from './target-buffer.ts'
import type { PredictorConfig } from './timing-config.ts'

const HISTORY_BITS = 8
export const HISTORY_TOP = 1 << (HISTORY_BITS - 1)

/** Where the predictor's state is, for generated code. */
export interface PredictorLayout {
  scalars: number
  counters: number
  /** Binary logarithm of their number. */
  indexBits: number
  buffer: TargetBufferLayout
}

/**
 * Branch prediction: a branch target buffer, a table of one-bit counters indexed by packet and global history, and a
 * return-address stack. Addresses are halves.
 */
export class Predictor {
  readonly buffer: TargetBuffer
  /** Answers of the last `lookup`: the counter, the history that chose it, and the target, where the buffer has an entry. */
  counter = 0
  history = 0
  targetLow = 0
  targetHigh = 0

  readonly #scalars: Int32Array
  readonly #counters: Uint8Array
  readonly #rasLow: Int32Array
  readonly #rasHigh: Int32Array
  readonly #indexBits: number
  readonly #rasEntries: number

  constructor(allocator: RegionAllocator, config: PredictorConfig) {
    const words = (count: number): Int32Array => {
      const { u8 } = allocator.allocate(count * 4)
      return new Int32Array(u8.buffer, u8.byteOffset, count)
    }
    this.buffer = new TargetBuffer(allocator, config.btbEntries, config.btbPages)
    this.#scalars = words(SCALARS)
    this.#counters = allocator.allocate(config.bhtEntries).u8
    this.#rasEntries = config.rasEntries
    this.#rasLow = words(config.rasEntries)
    this.#rasHigh = words(config.rasEntries)
    this.#indexBits = 31 - Math.clz32(config.bhtEntries)
  }

  get layout(): PredictorLayout {
    const { buffer } = this
    const [scalars, counters] = [this.#scalars.byteOffset, this.#counters.byteOffset]
    return { scalars, counters, indexBits: this.#indexBits, buffer: buffer.layout }
  }

  /** To be called when the state has been replaced. */
  restored(): void {
    this.buffer.restored()
  }

  /** Moves all times by `-cycles`. */
  rebase(cycles: number): void {
    const s = this.#scalars
    if (s[SEEN_AT] !== 0) s[SEEN_AT] -= cycles
    if (s[RAS_AT] !== 0) s[RAS_AT] -= cycles
    this.buffer.rebase(cycles)
  }

  /**
   * Looks a packet up in cycle `now`: what the cycles before have brought into history and stack counts.
   * @param upper whether fetch begins with the upper half of the packet, which the buffer does not know
   */
  lookup(low: number, high: number, upper: boolean, now: number): void {
    const s = this.#scalars
    const { buffer } = this
    if (s[SEEN_AT] !== 0 && s[SEEN_AT] < now) this.#advance()
    if (s[RAS_AT] !== 0 && s[RAS_AT] < now) this.#moveStack()
    this.history = s[HISTORY]
    this.counter = this.#counters[this.#index(low, s[HISTORY])]
    if (upper) buffer.entry = -1
    else buffer.lookup(low, high, now)
    if (buffer.entry < 0) return
    if (buffer.isReturn && s[RAS_COUNT] > 0) {
      this.targetLow = this.#rasLow[s[RAS_POSITION]]
      this.targetHigh = this.#rasHigh[s[RAS_POSITION]]
    } else {
      this.targetLow = buffer.targetLow
      this.targetHigh = buffer.targetHigh
    }
  }

  /** Whether the last lookup's entry says that its instruction jumps. */
  get jumps(): boolean {
    return this.buffer.entry >= 0 && (!this.buffer.isBranch || this.counter !== 0)
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

  /**
   * A conditional branch passes the front end's decoder, predicted as the last lookup's counter said. Two of one packet
   * enter the history as one.
   */
  branchSeen(now: number, taken: number): void {
    const s = this.#scalars
    if (s[SEEN_AT] !== 0 && s[SEEN_AT] !== now) this.#advance()
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
}
