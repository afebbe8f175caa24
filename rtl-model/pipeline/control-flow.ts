import type { RegionAllocator } from '../core/state.ts'
import { counterIndex } from './counters.ts'
import type { FetchLines } from './fetch-lines.ts'
import {
  AGAIN,
  AGAIN_AT,
  ARRIVAL,
  FROM_BUFFER,
  JUMPED,
  NEXT,
  NUMBER,
  PACKET_HIGH,
  PACKET_LOW,
  redirect,
  UPPER_NUMBER,
} from './front-state.ts'
import { TO_ARRIVAL } from './pipeline-state.ts'
import type { Predictor } from './predictor.ts'
import { indirect, SeenJumps } from './seen-jumps.ts'
import { cfiType } from './target-buffer.ts'
import { CALL, KIND_BRANCH, KIND_JUMP, KIND_JUMP_REGISTER, RETURN, SHORT } from './timing-decode.ts'
import { followWrongPath } from './wrong-path.ts'

/** Where fetch goes on behind branches and jumps: what it guesses, what comes of that, and what the predictor learns. */
export class ControlFlow {
  /** The state of the front end, and when its packets were taken. */
  readonly #state: Int32Array
  readonly #taken: Int32Array
  readonly #predictor: Predictor | undefined
  readonly #lines: FetchLines
  readonly #counts: Float64Array
  readonly #seen: SeenJumps

  constructor(
    allocator: RegionAllocator,
    parts: {
      state: Int32Array
      taken: Int32Array
      predictor: Predictor | undefined
      lines: FetchLines
      counts: Float64Array
    },
  ) {
    this.#state = parts.state
    this.#taken = parts.taken
    this.#predictor = parts.predictor
    this.#lines = parts.lines
    this.#counts = parts.counts
    this.#seen = new SeenJumps(allocator)
  }

  /**
   * A branch or jump issued in cycle `issue` goes on at `follow`: says when what follows can arrive, and teaches the
   * predictor.
   */
  resolve(
    kind: number,
    packed: number,
    pcLow: number,
    pcHigh: number,
    immediate: number,
    followLow: number,
    followHigh: number,
    issue: number,
  ): void {
    const s = this.#state
    const length = (packed & SHORT) !== 0 ? 2 : 4
    const afterLow = (pcLow + length) | 0
    const afterHigh = afterLow >>> 0 < length ? (pcHigh + 1) | 0 : pcHigh
    const isBranch = kind === KIND_BRANCH
    const taken = !isBranch || followLow !== afterLow || followHigh !== afterHigh
    const resolved = issue + TO_ARRIVAL
    const predictor = this.#predictor
    this.#counts[counterIndex.branches]++
    if (predictor === undefined) {
      if (taken) {
        this.#counts[counterIndex.branchMispredictions]++
        this.wrongPath(afterLow & ~3, s[ARRIVAL] + 1, resolved)
        redirect(s, resolved)
      }
      return
    }
    const packet = s[PACKET_LOW]
    const arrival = s[ARRIVAL]
    const isReturn = kind === KIND_JUMP_REGISTER && (packed & RETURN) !== 0
    const isCall = !isBranch && (packed & CALL) !== 0
    const type = isBranch ? cfiType.branch : isCall ? cfiType.call : isReturn ? cfiType.return : cfiType.jump
    if (s[AGAIN] > 0) this.#again(type, packet, afterLow, afterHigh)
    predictor.lookup(packet, s[PACKET_HIGH], s[UPPER_NUMBER] === s[NUMBER], arrival - 1)
    const { buffer, counter, history } = predictor
    const { entry } = buffer
    const half = ((pcLow + length - 2) >> 1) & 1

    // What the front end goes on with, and when that arrives.
    const directLow = (pcLow + immediate) | 0
    const directHigh = isBranch && !taken ? pcHigh : followHigh
    let guessLow = afterLow
    let guessHigh = afterHigh
    let arrives = arrival + 1
    let updates = entry >= 0 ? entry : 0
    let learns = false
    let knows = true
    if (predictor.jumps) {
      buffer.used()
      if (half === buffer.half) {
        guessLow = predictor.targetLow
        guessHigh = predictor.targetHigh
      }
    } else if (kind === KIND_JUMP || (isBranch && counter !== 0)) {
      guessLow = directLow
      guessHigh = directHigh
      arrives = arrival + 2
      learns = entry < 0
      updates = buffer.entries
    } else if (isReturn && predictor.top()) {
      guessLow = predictor.targetLow
      guessHigh = predictor.targetHigh
      arrives = arrival + 2
      learns = entry < 0
      updates = buffer.entries
    } else if (kind === KIND_JUMP_REGISTER) {
      // The front end cannot know, and goes on two packets further.
      knows = false
      guessLow = (packet + 8) | 0
      arrives = arrival + 2
      updates = buffer.entries
    }
    if (isBranch) predictor.branchSeen(arrival, counter)
    else if (isCall) predictor.callSeen(arrival, afterLow, afterHigh)
    else if (isReturn) predictor.returnSeen(arrival)
    const isRight = knows && guessLow === followLow && guessHigh === followHigh
    const place = packet | (half << 1)
    if (!isBranch || learns) {
      const known = kind === KIND_JUMP_REGISTER && !isReturn ? (isCall ? indirect.call : indirect.jump) : type
      this.#seen.remember(place, s[PACKET_HIGH], known, directLow, directHigh)
    }
    if (learns && this.#taken[(s[NUMBER] - 2) & 7] < arrival) {
      buffer.write(buffer.entries, place, s[PACKET_HIGH], type, guessLow, guessHigh, arrival)
    }

    if (isRight) {
      s[NEXT] = arrives
      if (taken) s[JUMPED] = length === 2 && half === 1 && s[UPPER_NUMBER] !== s[NUMBER] ? FROM_BUFFER : 1
      return
    }
    if (isBranch) {
      this.branchMispredicted(
        place,
        taken ? 1 : 0,
        followLow,
        followHigh,
        guessLow,
        guessHigh,
        arrives,
        history,
        updates,
        issue,
      )
      return
    }
    this.#counts[counterIndex.targetMispredictions]++
    this.#goWrong(predictor, place, guessLow, guessHigh, arrives, !knows, issue)
    predictor.restoreHistory(history)
    buffer.write(updates, place, s[PACKET_HIGH], type, followLow, followHigh, resolved)
    redirect(s, resolved)
  }

  /**
   * A conditional branch, issued in cycle `issue`, was predicted wrong.
   * @param place address of the half in which it ends
   * @param taken 1 or 0
   * @param followLow and `followHigh`: where it goes on
   * @param guessLow and `guessHigh`: where fetch has gone on, which `arrives` in that cycle
   * @param history by which it was predicted
   * @param entry of the target buffer that is to learn it
   */
  branchMispredicted(
    place: number,
    taken: number,
    followLow: number,
    followHigh: number,
    guessLow: number,
    guessHigh: number,
    arrives: number,
    history: number,
    entry: number,
    issue: number,
  ): void {
    const s = this.#state
    const predictor = this.#predictor
    if (predictor === undefined) return
    const high = s[PACKET_HIGH]
    this.#counts[counterIndex.branchMispredictions]++
    if (taken !== 0) this.#seen.remember(place, high, cfiType.branch, followLow, followHigh)
    this.#goWrong(predictor, place, guessLow, guessHigh, arrives, false, issue)
    predictor.mispredicted(place, history, taken)
    const resolved = issue + TO_ARRIVAL
    if (taken !== 0) predictor.buffer.write(entry, place, high, cfiType.branch, followLow, followHigh, resolved)
    redirect(s, resolved)
  }

  /** Fetch goes on at an address where the program does not. */
  #goWrong(
    predictor: Predictor,
    place: number,
    low: number,
    high: number,
    arrives: number,
    lost: boolean,
    issue: number,
  ): void {
    const s = this.#state
    const inPacket = (place & 2) === 0 && low === (place | 2) && high === s[PACKET_HIGH]
    const first = inPacket ? s[ARRIVAL] : arrives
    const path = { low, high, first, end: issue + TO_ARRIVAL, inPacket, lost, waited: issue - s[ARRIVAL] }
    followWrongPath(predictor, this.#seen, path, this.#comes)
  }

  /** The first time that a branch or jump was fetched, before it was thrown away and fetched again. */
  #again(type: number, packet: number, afterLow: number, afterHigh: number): void {
    const s = this.#state
    const predictor = this.#predictor
    if (predictor === undefined) return
    const at = s[AGAIN_AT]
    predictor.lookup(packet, s[PACKET_HIGH], false, at - 1)
    const goesOn = type === cfiType.branch && predictor.counter === 0
    if (type === cfiType.branch) predictor.branchSeen(at, predictor.counter)
    else if (type === cfiType.call) predictor.callSeen(at, afterLow, afterHigh)
    else if (type === cfiType.return) predictor.returnSeen(at)
    if (!goesOn) s[AGAIN] = 0
  }

  /** Packets fetched from a wrong address on, until the pipeline asks for another in cycle `end`. */
  wrongPath(packet: number, first: number, end: number): void {
    const s = this.#state
    if (this.#predictor === undefined) {
      this.#lines.runAhead(packet, first, end)
      return
    }
    const path = { low: packet, high: s[PACKET_HIGH], first, end, inPacket: false, lost: false, waited: 0 }
    followWrongPath(this.#predictor, this.#seen, path, this.#comes)
  }

  readonly #comes = (low: number, high: number, cycle: number, asks: boolean): boolean =>
    this.#lines.comes(low, high, cycle, asks)
}
