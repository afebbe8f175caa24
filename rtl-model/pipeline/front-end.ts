import type { RegionAllocator } from '../core/state.ts'
import type { TagsLayout } from '../memory/line-tags.ts'
import type { Refill } from '../memory/refill.ts'
import { ControlFlow } from './control-flow.ts'
import { FetchLines } from './fetch-lines.ts'
import {
  AGAIN,
  AGAIN_AT,
  ARRIVAL,
  FENCED,
  FILL_END,
  FILL_LINE,
  FROM_BUFFER,
  FRONT_WORDS,
  JUMPED,
  LINE,
  LINE_OFFSET,
  NEXT,
  NO_PACKET,
  NUMBER,
  PACKET_HIGH,
  PACKET_LOW,
  REDIRECTED,
  redirect,
  UPPER_NUMBER,
} from './front-state.ts'
import { QUEUE, TO_ARRIVAL, TO_REPLACE } from './pipeline-state.ts'
import { Predictor } from './predictor.ts'
import type { PipelineConfig } from './timing-config.ts'

const LONG_AGO = -0x4000_0000
const BEATS = 8

/** Fetch: instruction cache, queue, branch prediction. It answers when the instruction at an address can be decoded. */
export class FrontEnd {
  readonly predictor: Predictor | undefined
  readonly controlFlow: ControlFlow
  /** Does the walk that an instruction TLB miss asks for in the given cycle; gives the cycle of the answer. */
  walked: (asked: number) => number = (asked) => asked
  /** The state, by `front-state.ts`. */
  readonly state: Int32Array
  /** When the packets of the queue were taken out of it, by number modulo 8; 8 more places are not looked at. */
  readonly taken: Int32Array
  readonly #lines: FetchLines

  constructor(allocator: RegionAllocator, config: PipelineConfig, refill: Refill, counts: Float64Array) {
    const words = (count: number): Int32Array => {
      const { u8 } = allocator.allocate(count * 4)
      return new Int32Array(u8.buffer, u8.byteOffset, count)
    }
    this.state = words(FRONT_WORDS)
    this.taken = words(16)
    this.#lines = new FetchLines(allocator, config, { state: this.state, refill, counts })
    if (config.predictor) this.predictor = new Predictor(allocator, config.predictor)
    const { state, taken, predictor } = this
    this.controlFlow = new ControlFlow(allocator, { state, taken, predictor, lines: this.#lines, counts })
    this.state[PACKET_LOW] = NO_PACKET
    this.state[LINE] = -1
    this.state[FILL_LINE] = -1
    this.state[FILL_END] = LONG_AGO
    this.state[REDIRECTED] = 1
    this.state[UPPER_NUMBER] = -1
  }

  /** Where the instruction cache's tags are in the buffer. */
  get layout(): TagsLayout {
    return this.#lines.layout
  }

  restored(): void {
    this.predictor?.restored()
  }

  rebase(cycles: number): void {
    const s = this.state
    s[ARRIVAL] -= cycles
    s[NEXT] -= cycles
    s[FILL_END] = Math.max(LONG_AGO, s[FILL_END] - cycles)
    for (let index = 0; index < 8; index++) this.taken[index] = Math.max(LONG_AGO, this.taken[index] - cycles)
    this.predictor?.rebase(cycles)
  }

  /**
   * The cycle in which the instruction at a virtual address (in halves) can be decoded.
   * @param line number of the line of its first byte, by physical address
   * @param issued cycle in which the instruction before was issued
   * @param misses whether the instruction TLB has to be filled first
   */
  fetch(low: number, high: number, length: number, line: number, issued: number, misses: boolean): number {
    const s = this.state
    const packet = low & ~3
    const isSplit = length === 4 && (low & 2) !== 0
    let earliest = 0
    if (s[JUMPED] !== 0 || packet !== s[PACKET_LOW] || high !== s[PACKET_HIGH]) {
      const entersUpper = (s[JUMPED] !== 0 || s[REDIRECTED] !== 0) && (low & 2) !== 0
      // The first half moves out of the queue in one cycle, and in the next one the second half is taken with it; unless
      // it could move while the jump came out of the buffer itself.
      if (entersUpper && isSplit && s[JUMPED] !== FROM_BUFFER) earliest = issued + 2
      this.#arrive(packet, high, line, issued, misses)
      if (entersUpper) s[UPPER_NUMBER] = s[NUMBER]
    }
    if (isSplit) {
      const crosses = ((packet + 4) & 63) === 0
      this.#arrive((packet + 4) | 0, high, crosses ? s[LINE] + 1 : s[LINE], issued, false)
    }
    return Math.max(s[ARRIVAL], earliest)
  }

  /** The pipeline asks for another address in cycle `now`; what was fetched is thrown away. */
  redirect(now: number): void {
    redirect(this.state, now)
  }

  /** A trap or a return from one, in cycle `now`: what follows the instruction has been fetched for nothing. */
  leave(now: number): void {
    const s = this.state
    if (s[PACKET_LOW] !== NO_PACKET) this.controlFlow.wrongPath((s[PACKET_LOW] + 4) | 0, s[NEXT], now)
    this.redirect(now)
  }

  /** The instruction empties the pipeline in cycle `now`: what follows it is fetched again. */
  restart(now: number, isFence: boolean): void {
    const s = this.state
    const first = s[NEXT]
    this.#lines.runAhead((s[PACKET_LOW] + 4) | 0, first, now)
    const count = Math.min(now - first + 1, QUEUE)
    const low = s[PACKET_LOW]
    this.redirect(now)
    s[PACKET_LOW] = low | 1
    s[AGAIN] = Math.max(0, count)
    s[AGAIN_AT] = first
    if (isFence) s[FENCED] = 1
  }

  /** The present instruction was refused in cycle `now`, and has been fetched again: it came in cycle `arrival`. */
  refetched(now: number, arrival: number): void {
    const s = this.state
    const first = s[NEXT]
    s[AGAIN] = Math.max(0, Math.min(now - first + 1, QUEUE))
    s[AGAIN_AT] = first
    s[ARRIVAL] = arrival
    s[NEXT] = arrival + 1
    s[REDIRECTED] = 0
  }

  /** fence.i. */
  flushCache(): void {
    this.#lines.clear()
  }

  #arrive(packet: number, high: number, line: number, issued: number, misses: boolean): void {
    const s = this.state
    const number = s[NUMBER] + 1
    let arrival = s[NEXT]
    if (s[AGAIN] > 0) {
      s[AGAIN]--
      s[AGAIN_AT]++
    }
    const room = this.taken[(number - QUEUE) & 7] + TO_REPLACE
    if (room > arrival) arrival = room
    s[NUMBER] = number
    if (misses) arrival = this.#translate(arrival, issued)
    if (line !== s[LINE] || arrival - TO_ARRIVAL <= s[FILL_END]) arrival = this.#find(arrival, line, issued)
    s[LINE] = line
    s[LINE_OFFSET] = (line - ((packet >>> 6) | (high << 26))) | 0
    s[PACKET_LOW] = packet
    s[PACKET_HIGH] = high
    s[ARRIVAL] = arrival
    s[NEXT] = arrival + 1
    s[REDIRECTED] = 0
    s[JUMPED] = 0
    s[FENCED] = 0
  }

  /** A miss of the instruction TLB: the packet is asked for again every other cycle until the walk has answered. */
  #translate(arrival: number, issued: number): number {
    // sfence.vma passes its operand through the TLB, which is busy missing it when the next address comes.
    const first = this.state[FENCED] !== 0 ? arrival + 2 : arrival
    const answer = this.walked(first)
    return this.#retried(first, answer + 2, issued)
  }

  #find(arrival: number, line: number, issued: number): number {
    const s = this.state
    if (line === s[FILL_LINE] && arrival - TO_ARRIVAL <= s[FILL_END]) {
      return this.#retried(arrival, s[FILL_END] + 3, issued)
    }
    if (this.#lines.has(line)) {
      const chosen = arrival - TO_ARRIVAL
      if (chosen > s[FILL_END] - BEATS && chosen <= s[FILL_END]) {
        return this.#retried(arrival, s[FILL_END] + 3, issued)
      }
      return arrival
    }
    const asked = s[FILL_END] >= arrival - 1 ? this.#retried(arrival, s[FILL_END] + 2, issued) : arrival
    this.#lines.request(asked, line)
    return this.#retried(asked, s[FILL_END] + 3, issued)
  }

  /**
   * A packet that did not come at `arrival` is asked for again every other cycle: when it comes, if it can from `ready` on.
   * Where the instruction before it finds nothing behind it, the pipeline asks for it anew.
   */
  #retried(arrival: number, ready: number, issued: number): number {
    const s = this.state
    let first = arrival
    const asks = issued + 2
    if (this.predictor !== undefined && s[REDIRECTED] === 0 && ready > asks && asks + TO_ARRIVAL > arrival) {
      this.#unpredicted(asks)
      s[REDIRECTED] = 1
      first = asks + TO_ARRIVAL
    }
    const late = ready - first
    return late <= 0 ? first : first + ((late + 1) & ~1)
  }

  /** What the pipeline tells the predictor in cycle `now` of an instruction behind which it finds nothing. */
  #unpredicted(now: number): void {
    const s = this.state
    const { predictor } = this
    if (predictor === undefined) return
    predictor.restoreHistory(predictor.historyAt(s[ARRIVAL] - 1))
    predictor.buffer.invalidate(0, now)
  }
}
