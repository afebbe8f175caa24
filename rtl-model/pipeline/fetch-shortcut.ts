import { br, brIf, type Code, i32, type Label, type Local, when } from '../engine/wasm/encoder.ts'
import type { TagsLayout } from '../memory/line-tags.ts'
import { findLine } from './access-shortcut.ts'
import {
  AGAIN,
  AGAIN_AT,
  ARRIVAL,
  FENCED,
  FILL_END,
  FROM_BUFFER,
  JUMPED,
  LINE,
  LINE_OFFSET,
  NEXT,
  NUMBER,
  PACKET_HIGH,
  PACKET_LOW,
  REDIRECTED,
  UPPER_NUMBER,
} from './front-state.ts'
import { FETCH_STALLS, FETCH_WALK, PC, QUEUE, TO_ARRIVAL, TO_REPLACE } from './pipeline-state.ts'
import { SHORT } from './timing-decode.ts'
import { max, type Words, words } from './words.ts'

export interface FetchLocals {
  index: Local
  packed: Local
  /** Number of the line that the instruction begins in. */
  line: Local
  /** Earliest arrival of the next packet. */
  earliest: Local
  /** Earliest issue of the instruction. */
  issue: Local
  record(word: number): Code
}

const zero = i32.const(0)

/**
 * Fetch behind a jump, or where a line begins, as code: what `FrontEnd.fetch` does for an instruction in one line that is in
 * the cache. Everything else goes to `asks`, with nothing changed that counts.
 */
export class FetchShortcut {
  readonly #record: FetchLocals
  readonly #pipeline: Words
  readonly #front: Words
  readonly #taken: Words
  readonly #icache: TagsLayout
  readonly #place: Local
  /** Whether the instruction lies in two packets. */
  readonly #isSplit: Local
  readonly #room: Local

  constructor(
    addresses: { pipeline: number; front: number; taken: number; icache: TagsLayout },
    record: FetchLocals,
    variable: (type: 'i32') => Local,
  ) {
    this.#record = record
    this.#pipeline = words(addresses.pipeline)
    this.#front = words(addresses.front)
    this.#taken = words(addresses.taken)
    this.#icache = addresses.icache
    this.#place = variable('i32')
    this.#isSplit = variable('i32')
    this.#room = variable('i32')
  }

  /** @param fetched where to go on when it is done */
  code(asks: Label, fetched: Label): Code {
    const { get, set } = this.#front
    const pc = this.#record.record(PC)
    const packet = i32.and(pc, i32.const(~3))
    const isUpper = i32.and(i32.shrU(pc, i32.const(1)), i32.const(1))
    const crosses = i32.eq(i32.and(packet, i32.const(63)), i32.const(60))
    const isOther = i32.or(
      i32.xor(packet, get(PACKET_LOW)),
      i32.or(i32.xor(this.#record.record(PC + 1), get(PACKET_HIGH)), get(JUMPED)),
    )
    const virtual = i32.or(i32.shrU(pc, i32.const(6)), i32.shl(this.#record.record(PC + 1), i32.const(26)))
    return [
      this.#isSplit.set(i32.and(i32.eqz(i32.and(this.#record.packed.get, i32.const(SHORT))), isUpper)),
      brIf(asks, i32.and(this.#isSplit.get, crosses)),
      brIf(fetched, i32.eqz(i32.or(isOther, this.#isSplit.get))),
      brIf(asks, i32.eq(this.#record.index.get, this.#pipeline.get(FETCH_WALK))),
      this.#record.earliest.set(get(NEXT)),
      this.waitForRoom(),
      brIf(asks, i32.geS(get(FILL_END), i32.sub(this.#record.earliest.get, i32.const(TO_ARRIVAL)))),
      when(isOther, [
        when(i32.ne(this.#record.line.get, get(LINE)), findLine(this.#icache, this.#record.line, this.#place, asks)),
        this.#arrive(packet),
        when(i32.and(isUpper, i32.ne(i32.or(get(JUMPED), get(REDIRECTED)), zero)), set(UPPER_NUMBER, get(NUMBER))),
        set(LINE, this.#record.line.get),
        set(LINE_OFFSET, i32.sub(this.#record.line.get, virtual)),
        set(PACKET_HIGH, this.#record.record(PC + 1)),
        this.#record.earliest.set(get(NEXT)),
        when(this.#isSplit.get, this.waitForRoom()),
      ]),
      when(this.#isSplit.get, [this.#arrive(i32.add(packet, i32.const(4))), this.#waitInBuffer()]),
      set(REDIRECTED, zero),
      set(JUMPED, zero),
      set(FENCED, zero),
      br(fetched),
    ]
  }

  /** An instruction in two packets, of which fetch enters the first, waits a cycle where both have come. */
  #waitInBuffer(): Code {
    const { get } = this.#front
    const isFromBuffer = i32.eq(get(JUMPED), i32.const(FROM_BUFFER))
    const entered = i32.and(i32.ne(i32.or(get(JUMPED), get(REDIRECTED)), zero), i32.eqz(isFromBuffer))
    const { issue } = this.#record
    const one = i32.const(1)
    return when(i32.and(entered, i32.geS(issue.get, get(ARRIVAL))), [
      issue.set(i32.add(issue.get, one)),
      this.#pipeline.set(FETCH_STALLS, i32.add(this.#pipeline.get(FETCH_STALLS), one)),
    ])
  }

  /** The next packet arrives in the cycle `earliest`. */
  #arrive(packet: Code): Code {
    const { get, set } = this.#front
    return [
      when(get(AGAIN), [
        set(AGAIN, i32.sub(get(AGAIN), i32.const(1))),
        set(AGAIN_AT, i32.add(get(AGAIN_AT), i32.const(1))),
      ]),
      set(NUMBER, i32.add(get(NUMBER), i32.const(1))),
      set(PACKET_LOW, packet),
      set(ARRIVAL, this.#record.earliest.get),
      set(NEXT, i32.add(this.#record.earliest.get, i32.const(1))),
    ]
  }

  /** The next packet does not arrive before the queue has room for it: raises `earliest`. */
  waitForRoom(): Code {
    const oldest = i32.and(i32.sub(this.#front.get(NUMBER), i32.const(QUEUE - 1)), i32.const(7))
    return [
      this.#room.set(i32.add(this.#taken.at(0, oldest), i32.const(TO_REPLACE))),
      this.#record.earliest.set(max(this.#room.get, this.#record.earliest.get)),
    ]
  }
}
