import {
  block,
  br,
  brIf,
  type Code,
  call,
  choose,
  i32,
  i64,
  type Label,
  type Local,
  label,
  select,
  when,
  whenElse,
} from '../engine/wasm/encoder.ts'
import {
  AGAIN,
  ARRIVAL,
  FROM_BUFFER,
  JUMPED,
  NEXT,
  NUMBER,
  PACKET_HIGH,
  PACKET_LOW,
  UPPER_NUMBER,
} from './front-state.ts'
import { BRANCHES, PC, WORDS } from './pipeline-state.ts'
import { HISTORY_TOP, type PredictorLayout } from './predictor.ts'
import { HISTORY, RAS_AT, SEEN_AT, SEEN_TAKEN } from './predictor-state.ts'
import {
  cfiType,
  PAGE_SHIFT,
  REPLACEMENT,
  SEVERAL,
  SHARED,
  type TargetBufferLayout,
  TO_VISIBLE,
  UPDATE,
  UPDATE_AT,
} from './target-buffer.ts'
import { SHORT } from './timing-decode.ts'
import { type Words, words } from './words.ts'

export interface BranchLocals {
  index: Local
  end: Local
  packed: Local
  issue: Local
  record(word: number): Code
}

const zero = i32.const(0)
const one = i32.const(1)

/**
 * Conditional branches as code: what `ControlFlow.resolve` does with those that are predicted not to be taken, or by the
 * branch target buffer; what comes of a wrong prediction is asked for. Everything else goes to `asks`, with nothing changed
 * that counts.
 */
export class BranchShortcut {
  readonly #layout: PredictorLayout
  readonly #record: BranchLocals
  readonly #pipeline: Words
  readonly #front: Words
  readonly #predictor: Words
  readonly #buffer: Words
  readonly #entries: Readonly<Record<keyof TargetBufferLayout, Words>>
  readonly #arrival: Local
  readonly #packet: Local
  readonly #history: Local
  readonly #counter: Local
  /** Entry of the target buffer plus 1, 0 where there is none. */
  readonly #entry: Local
  /** Address behind the instruction, and whether the program goes on elsewhere. */
  readonly #after: Local
  readonly #taken: Local
  /** Where fetch has gone on. */
  readonly #guessLow: Local
  readonly #guessHigh: Local
  /** The function that is told of a wrong prediction. */
  readonly #mispredicted: number

  constructor(
    addresses: { pipeline: number; front: number; predictor: PredictorLayout; mispredicted: number },
    record: BranchLocals,
    variable: (type: 'i32') => Local,
  ) {
    const { buffer } = addresses.predictor
    this.#layout = addresses.predictor
    this.#record = record
    this.#pipeline = words(addresses.pipeline)
    this.#front = words(addresses.front)
    this.#predictor = words(addresses.predictor.scalars)
    this.#buffer = words(buffer.scalars)
    this.#entries = Object.fromEntries(
      Object.entries(buffer).map(([name, address]) => [name, words(address)]),
    ) as Record<keyof TargetBufferLayout, Words>
    this.#arrival = variable('i32')
    this.#packet = variable('i32')
    this.#history = variable('i32')
    this.#counter = variable('i32')
    this.#entry = variable('i32')
    this.#after = variable('i32')
    this.#taken = variable('i32')
    this.#guessLow = variable('i32')
    this.#guessHigh = variable('i32')
    this.#mispredicted = addresses.mispredicted
  }

  /** @param done where to go on when it is done */
  code(asks: Label, done: Label): Code {
    const wrong = label('wrong')
    const { record, packed, index, end } = this.#record
    const length = select(i32.and(packed.get, i32.const(SHORT)), i32.const(2), i32.const(4))
    const followsLow = record(WORDS + PC)
    const followsHigh = record(WORDS + PC + 1)
    return [
      // The record that follows says whether the branch is taken.
      brIf(asks, i32.or(this.#front.get(AGAIN), i32.geS(i32.add(index.get, one), end.get))),
      this.#arrival.set(this.#front.get(ARRIVAL)),
      this.#packet.set(this.#front.get(PACKET_LOW)),
      this.#after.set(i32.add(record(PC), length)),
      // An upper half of the address that changes behind the branch is not looked for.
      brIf(asks, i32.eqz(i32.and(this.#after.get, i32.const(~3)))),
      this.#taken.set(i32.or(i32.ne(followsLow, this.#after.get), i32.ne(followsHigh, record(PC + 1)))),
      this.#askIfUnsettled(asks),
      when(
        i32.and(i32.ne(this.#predictor.get(SEEN_AT), zero), this.#isBefore(this.#predictor.get(SEEN_AT))),
        this.#advanceHistory(),
      ),
      this.#history.set(this.#predictor.get(HISTORY)),
      this.#counter.set(byte(this.#counterIndex(), this.#layout.counters)),
      this.#findEntry(asks),
      block(wrong, [this.#predict(asks, wrong), this.#seen(), this.#goOn(), br(done)]),
      this.#seen(),
      this.#goWrong(),
      br(done),
    ]
  }

  /** Whether a cycle is before that of the look-up. */
  #isBefore(cycle: Code): Code {
    return i32.gtS(i32.sub(this.#arrival.get, one), cycle)
  }

  /** An update of the target buffer, or of the return-address stack, that the look-up would bring in. */
  #askIfUnsettled(asks: Label): Code {
    const { get } = this.#buffer
    return [
      brIf(asks, get(SHARED)),
      brIf(
        asks,
        i32.and(i32.ne(get(UPDATE), zero), i32.gtS(this.#arrival.get, i32.add(get(UPDATE_AT), i32.const(TO_VISIBLE)))),
      ),
      brIf(asks, i32.and(i32.ne(this.#predictor.get(RAS_AT), zero), this.#isBefore(this.#predictor.get(RAS_AT)))),
    ]
  }

  #advanceHistory(): Code {
    const { get, set } = this.#predictor
    return [
      set(HISTORY, i32.or(i32.shrS(get(HISTORY), one), select(get(SEEN_TAKEN), i32.const(HISTORY_TOP), zero))),
      set(SEEN_AT, zero),
    ]
  }

  #counterIndex(): Code {
    const { indexBits } = this.#layout
    const packet = i32.shrU(this.#packet.get, i32.const(2))
    const folded = i32.xor(packet, i32.and(i32.shrU(packet, i32.const(indexBits)), i32.const(3)))
    const hashed = i32.and(i32.shrU(i32.mul(this.#history.get, i32.const(0xdd)), i32.const(5)), i32.const(7))
    return i32.xor(i32.and(folded, i32.const((1 << indexBits) - 1)), i32.shl(hashed, i32.const(indexBits - 3)))
  }

  #findEntry(asks: Label): Code {
    const found = label('entry found')
    const { tagPage, pages } = this.#entries
    const high = i32.shl(this.#front.get(PACKET_HIGH), i32.const(32 - PAGE_SHIFT))
    const page = i32.and(i32.or(i32.shrU(this.#packet.get, i32.const(PAGE_SHIFT)), high), i32.const(0x1ff_ffff))
    const inPage = i32.and(i32.shrU(this.#packet.get, i32.const(2)), i32.const((1 << (PAGE_SHIFT - 2)) - 1))
    return block(found, [
      this.#entry.set(zero),
      // The buffer does not know packets that are entered by their upper half.
      brIf(found, i32.eq(this.#front.get(UPPER_NUMBER), this.#front.get(NUMBER))),
      brIf(found, i32.eqz(this.#entry.tee(byte(inPage, this.#layout.buffer.matching)))),
      brIf(asks, i32.eq(this.#entry.get, i32.const(SEVERAL))),
      brIf(found, i32.eq(pages.at(0, tagPage.at(-1, this.#entry.get)), page)),
      this.#entry.set(zero),
    ])
  }

  /** Goes to `wrong` where the branch does not go where fetch has gone on. */
  #predict(asks: Label, wrong: Label): Code {
    const { type, half, target, targetPage, pages, usedAnd, usedOr } = this.#entries
    const { record } = this.#record
    const entry = this.#entry.get
    const isBranch = i32.eq(type.at(-1, entry), i32.const(cfiType.branch))
    const jumps = choose('i32', entry, i32.or(i32.eqz(isBranch), i32.ne(this.#counter.get, zero)), zero)
    const page = pages.at(0, targetPage.at(-1, entry))
    const targetLow = i32.or(i32.shl(page, i32.const(PAGE_SHIFT)), target.at(-1, entry))
    const targetHigh = i32.shrS(i32.shl(page, i32.const(7)), i32.const(25))
    const { get, set } = this.#buffer
    return whenElse(
      jumps,
      [
        brIf(asks, i32.eq(type.at(-1, entry), i32.const(cfiType.return))),
        brIf(asks, i32.ne(half.at(-1, entry), this.#half())),
        this.#guessLow.set(targetLow),
        this.#guessHigh.set(targetHigh),
        set(REPLACEMENT, i32.or(i32.and(get(REPLACEMENT), usedAnd.at(-1, entry)), usedOr.at(-1, entry))),
        brIf(wrong, i32.ne(this.#guessLow.get, record(WORDS + PC))),
        brIf(wrong, i32.ne(this.#guessHigh.get, record(WORDS + PC + 1))),
      ],
      [
        brIf(asks, this.#counter.get),
        this.#guessLow.set(this.#after.get),
        this.#guessHigh.set(record(PC + 1)),
        brIf(wrong, this.#taken.get),
      ],
    )
  }

  /** Whether the branch is the second instruction of its packet. */
  #isFromBuffer(): Code {
    const isShort = i32.ne(i32.and(this.#record.packed.get, i32.const(SHORT)), zero)
    return i32.and(i32.and(isShort, this.#half()), i32.ne(this.#front.get(UPPER_NUMBER), this.#front.get(NUMBER)))
  }

  /** In which half of its packet the instruction ends. */
  #half(): Code {
    return i32.and(i32.shrU(i32.sub(this.#after.get, i32.const(2)), one), one)
  }

  /** The branch passes the decoder of the front end. */
  #seen(): Code {
    const { get, set } = this.#predictor
    return [
      when(i32.and(i32.ne(get(SEEN_AT), zero), i32.ne(get(SEEN_AT), this.#arrival.get)), this.#advanceHistory()),
      set(SEEN_AT, this.#arrival.get),
      set(SEEN_TAKEN, this.#counter.get),
    ]
  }

  #goWrong(): Code {
    const { record, issue } = this.#record
    const place = i32.or(this.#packet.get, i32.shl(this.#half(), one))
    const follows = [record(WORDS + PC), record(WORDS + PC + 1)]
    const guess = [this.#guessLow.get, this.#guessHigh.get]
    const arrives = i32.add(this.#arrival.get, one)
    const told = [place, this.#taken.get, follows, guess, arrives, this.#history.get, this.#entryOrFirst(), issue.get]
    return [this.#pipeline.set(BRANCHES, i32.add(this.#pipeline.get(BRANCHES), one)), call(this.#mispredicted, ...told)]
  }

  /** The entry that was found, or the first. */
  #entryOrFirst(): Code {
    return i32.sub(this.#entry.get, i32.ne(this.#entry.get, zero))
  }

  #goOn(): Code {
    const { set } = this.#front
    return [
      set(NEXT, i32.add(this.#arrival.get, one)),
      when(this.#taken.get, set(JUMPED, select(this.#isFromBuffer(), i32.const(FROM_BUFFER), one))),
      this.#pipeline.set(BRANCHES, i32.add(this.#pipeline.get(BRANCHES), one)),
    ]
  }
}

const byte = (index: Code, address: number): Code => i32.wrap(i64.load8U(index, address))
