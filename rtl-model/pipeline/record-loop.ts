import {
  block,
  br,
  brIf,
  type Code,
  call,
  i32,
  i64,
  type Label,
  type Local,
  label,
  loop,
  ModuleBuilder,
  select,
  when,
  whenElse,
} from '../engine/wasm/encoder.ts'
import type { TagsLayout } from '../memory/line-tags.ts'
import { AccessShortcut, lineOf } from './access-shortcut.ts'
import { BranchShortcut } from './branch-shortcut.ts'
import type { ControlFlow } from './control-flow.ts'
import { FetchShortcut } from './fetch-shortcut.ts'
import { AGAIN, ARRIVAL, FILL_END, JUMPED, NEXT, NUMBER, PACKET_LOW, REDIRECTED } from './front-state.ts'
import { type MultiplierConfig, MultiplyShortcut } from './multiply-shortcut.ts'
import {
  BASE_LOW,
  CYCLE,
  FETCH_STALLS,
  FETCH_WALK,
  FLAGS,
  HAZARD_STALLS,
  INSTRUCTION,
  INTERRUPT,
  ISSUED,
  PC,
  SOURCE,
  TO_ARRIVAL,
  TO_WRITEBACK,
  TRAP,
  WORDS,
} from './pipeline-state.ts'
import type { PredictorLayout } from './predictor.ts'
import { FIRST_REGISTER, LATEST, UNIT_REGISTER, UNIT_RESULT } from './scoreboard.ts'
import {
  DECODER_BITS,
  DECODER_FACTOR,
  KIND_ALU,
  KIND_BRANCH,
  KIND_DIVIDE,
  KIND_MULTIPLY,
  KIND_NONE,
  RD_SHIFT,
  RS1_SHIFT,
  RS2_SHIFT,
  SHORT,
  SLOT_IMMEDIATE,
  SLOT_KEY,
  SLOT_PACKED,
  SLOT_SHIFT,
} from './timing-decode.ts'
import { max, type Words, words } from './words.ts'

/** Where the loop finds what it works on in the buffer. */
export interface LoopConfig {
  ring: number
  slots: number
  pipeline: number
  scoreboard: number
  front: number
  taken: number
  icache: TagsLayout
  predictor: PredictorLayout | undefined
  memory: number
  stores: number
  dcache: TagsLayout
  multiplier: MultiplierConfig
  /** Whether what nothing holds up is done here; otherwise the units are asked for it. */
  shortcuts: boolean
}

/** What the loop asks the units for. Records are by index, times are cycles of issue. */
export interface LoopImports {
  /** Decodes an instruction into its slot. */
  fill(slot: number, key: number): void
  /**
   * Fetches for a record that does not just go on in its line: `front` has its arrival. How many cycles it waits in decode
   * although all of it has come.
   */
  fetch(index: number, packed: number, issued: number): number
  /** When the registers of an instruction allow it to be issued, from `earliest` on. */
  operands(packed: number, earliest: number): number
  /** Any instruction but those that only compute: when it is issued for the time that it succeeds. */
  execute(index: number, packed: number, immediate: number, earliest: number): number
  /** A conditional branch, which another record follows, was predicted wrong. */
  mispredicted: ControlFlow['branchMispredicted']
  /** A register is written in the cycle of the iterative unit's result or later. */
  writes(cycle: number): void
}

/** Reads the records from `index` up to `end` and puts the cycle of each into it. */
export type Advance = (index: number, end: number) => void

const zero = i32.const(0)

/** Compiled loops by what they were generated from. */
const modules = new Map<string, WebAssembly.Module>()

/**
 * The loop over the records as a WebAssembly module: what nearly every record needs is here, and everything that a unit
 * decides is asked for. It exports `advance`.
 */
export function loopModule(config: LoopConfig): WebAssembly.Module {
  const key = JSON.stringify(config)
  let module = modules.get(key)
  if (module === undefined) {
    module = new WebAssembly.Module(generate(config))
    modules.set(key, module)
  }
  return module
}

function generate(config: LoopConfig): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder()
  const declare = (name: keyof LoopImports, parameters: number, results: number): number =>
    module.import(name, { parameters: Array(parameters).fill('i32'), results: Array(results).fill('i32') })
  const imports = {
    fill: declare('fill', 2, 0),
    fetch: declare('fetch', 3, 1),
    operands: declare('operands', 2, 1),
    execute: declare('execute', 4, 1),
    mispredicted: declare('mispredicted', 10, 0),
    writes: declare('writes', 1, 0),
  }
  module.function('advance', { parameters: ['i32', 'i32'], results: [] }, ([index, end], variable) =>
    new RecordLoop(config, imports, { index, end }, variable).code(),
  )
  return module.encode()
}

class RecordLoop {
  readonly #config: LoopConfig
  readonly #imports: Record<keyof LoopImports, number>
  readonly #index: Local
  readonly #end: Local
  /** Address of the record. */
  readonly #at: Local
  readonly #flags: Local
  readonly #bits: Local
  /** Address of the decoder's slot, but for the constant part. */
  readonly #slot: Local
  readonly #packed: Local
  /** Issue of the record before, and of this one. */
  readonly #issued: Local
  readonly #issue: Local
  /** Address of the packet that the instruction ends in, and how many bytes it is behind the last one. */
  readonly #packet: Local
  readonly #distance: Local
  /** Whether the packet may be the first that the queue has seen of it. */
  readonly #isNew: Local
  /** Earliest arrival of a packet. */
  readonly #earliest: Local
  readonly #late: Local
  readonly #line: Local
  readonly #pipeline: Words
  readonly #scoreboard: Words
  readonly #front: Words
  readonly #taken: Words
  readonly #fetchShortcut: FetchShortcut
  readonly #access: AccessShortcut
  readonly #multiply: MultiplyShortcut
  readonly #branch: BranchShortcut | undefined

  constructor(
    config: LoopConfig,
    imports: Record<keyof LoopImports, number>,
    { index, end }: { index: Local; end: Local },
    variable: (type: 'i32') => Local,
  ) {
    this.#config = config
    this.#imports = imports
    this.#index = index
    this.#end = end
    this.#at = variable('i32')
    this.#flags = variable('i32')
    this.#bits = variable('i32')
    this.#slot = variable('i32')
    this.#packed = variable('i32')
    this.#issued = variable('i32')
    this.#issue = variable('i32')
    this.#packet = variable('i32')
    this.#distance = variable('i32')
    this.#isNew = variable('i32')
    this.#earliest = variable('i32')
    this.#late = variable('i32')
    this.#line = variable('i32')
    this.#pipeline = words(config.pipeline)
    this.#scoreboard = words(config.scoreboard)
    this.#front = words(config.front)
    this.#taken = words(config.taken)
    const { predictor } = config
    const common = { index, packed: this.#packed, record: (word: number) => this.#record(word) }
    const locals = { ...common, line: this.#line, earliest: this.#earliest, issue: this.#issue }
    this.#fetchShortcut = new FetchShortcut(config, locals, variable)
    this.#access = new AccessShortcut(config, { ...common, flags: this.#flags, issue: this.#issue }, variable)
    this.#multiply = new MultiplyShortcut(config, { ...common, issue: this.#issue }, variable)
    const branch = { ...common, end, issue: this.#issue }
    const { mispredicted } = imports
    if (predictor) this.#branch = new BranchShortcut({ ...config, predictor, mispredicted }, branch, variable)
  }

  code(): Code {
    const record = label('record')
    const done = label('done')
    return [
      this.#at.set(i32.add(i32.mul(this.#index.get, i32.const(WORDS * 4)), i32.const(this.#config.ring))),
      this.#issued.set(this.#pipeline.get(ISSUED)),
      block(
        done,
        loop(record, [
          brIf(done, i32.geS(this.#index.get, this.#end.get)),
          this.#decode(),
          this.#fetch(),
          this.#waitForFetch(),
          this.#execute(),
          this.#leave(),
          this.#index.set(i32.add(this.#index.get, i32.const(1))),
          this.#at.set(i32.add(this.#at.get, i32.const(WORDS * 4))),
          br(record),
        ]),
      ),
      this.#pipeline.set(ISSUED, this.#issued.get),
    ]
  }

  /** Leaves in `packed` what the instruction means; a trap is no instruction. */
  #decode(): Code {
    const key = this.#bits
    const isShort = i32.ne(i32.and(this.#bits.get, i32.const(3)), i32.const(3))
    return [
      this.#flags.set(this.#record(FLAGS)),
      this.#bits.set(this.#record(INSTRUCTION)),
      when(isShort, key.set(i32.and(this.#bits.get, i32.const(0xffff)))),
      this.#slot.set(
        i32.shl(
          i32.shrU(i32.mul(key.get, i32.const(DECODER_FACTOR)), i32.const(32 - DECODER_BITS)),
          i32.const(SLOT_SHIFT + 2),
        ),
      ),
      when(
        i32.ne(this.#slotWord(SLOT_KEY), key.get),
        call(this.#imports.fill, i32.shrU(this.#slot.get, i32.const(SLOT_SHIFT + 2)), key.get),
      ),
      this.#packed.set(this.#slotWord(SLOT_PACKED)),
      when(
        i32.and(this.#flags.get, i32.const(TRAP | INTERRUPT)),
        this.#packed.set(i32.or(i32.and(this.#packed.get, i32.const(SHORT)), i32.const(KIND_NONE))),
      ),
    ]
  }

  /** Fetch that goes on in a line that is there is done here: a packet a cycle, as long as the queue has room. */
  #fetch(): Code {
    const fetched = label('fetched')
    const elsewhere = label('elsewhere')
    const special = i32.or(this.#front.get(AGAIN), i32.or(this.#front.get(REDIRECTED), this.#front.get(JUMPED)))
    const lastByte = select(i32.and(this.#packed.get, i32.const(SHORT)), zero, i32.const(2))
    return [
      this.#issue.set(i32.add(this.#issued.get, i32.const(1))),
      this.#packet.set(i32.and(i32.add(this.#record(PC), lastByte), i32.const(~3))),
      this.#distance.set(i32.sub(this.#packet.get, this.#front.get(PACKET_LOW))),
      this.#isNew.set(i32.shrU(this.#distance.get, i32.const(2))),
      this.#earliest.set(this.#front.get(NEXT)),
      // The queue can be full only where instructions wait.
      when(i32.gtS(i32.sub(this.#issued.get, i32.const(1)), this.#earliest.get), this.#fetchShortcut.waitForRoom()),
      block(fetched, [
        block(elsewhere, [
          brIf(elsewhere, i32.or(i32.and(this.#distance.get, i32.const(~4)), special)),
          brIf(elsewhere, i32.gtS(this.#distance.get, i32.and(this.#packet.get, i32.const(63)))),
          brIf(elsewhere, i32.geS(this.#front.get(FILL_END), i32.sub(this.#earliest.get, i32.const(TO_ARRIVAL)))),
          brIf(elsewhere, i32.eq(this.#index.get, this.#pipeline.get(FETCH_WALK))),
          this.#front.set(NUMBER, i32.add(this.#front.get(NUMBER), this.#isNew.get)),
          this.#front.set(PACKET_LOW, this.#packet.get),
          this.#front.set(
            ARRIVAL,
            this.#late.tee(select(this.#isNew.get, this.#earliest.get, this.#front.get(ARRIVAL))),
          ),
          this.#front.set(NEXT, i32.add(this.#late.get, i32.const(1))),
          br(fetched),
        ]),
        this.#fetchElsewhere(fetched),
      ]),
    ]
  }

  #fetchElsewhere(fetched: Label): Code {
    const asks = label('asks')
    const nothing = label('nothing')
    const isInterrupt = i32.and(this.#flags.get, i32.const(INTERRUPT))
    return [
      this.#line.set(lineOf((word) => this.#record(word), SOURCE)),
      this.#isNew.set(i32.ne(this.#line.get, zero)),
      block(nothing, [
        brIf(nothing, i32.eqz(this.#line.get)),
        this.#config.shortcuts ? block(asks, this.#fetchShortcut.code(asks, fetched)) : [],
        this.#late.set(call(this.#imports.fetch, this.#index.get, this.#packed.get, this.#issued.get)),
        this.#stallFetch(),
        br(fetched),
      ]),
      // Nothing came: an interrupt, or a fetch that was refused.
      when(i32.eqz(isInterrupt), this.#issue.set(max(this.#front.get(NEXT), this.#issue.get))),
    ]
  }

  /** Decode waits `late` cycles for fetch. */
  #stallFetch(): Code {
    return [
      this.#pipeline.set(FETCH_STALLS, i32.add(this.#pipeline.get(FETCH_STALLS), this.#late.get)),
      this.#issue.set(i32.add(this.#issue.get, this.#late.get)),
    ]
  }

  #waitForFetch(): Code {
    return [
      this.#late.set(i32.sub(this.#front.get(ARRIVAL), this.#issue.get)),
      when(i32.gtS(this.#late.get, zero), this.#stallFetch()),
    ]
  }

  #execute(): Code {
    const { execute } = this.#imports
    const executed = label('executed')
    const asks = label('asks')
    const immediate = this.#slotWord(SLOT_IMMEDIATE)
    return [
      when(
        i32.gtS(this.#scoreboard.get(LATEST), this.#issue.get),
        this.#config.shortcuts
          ? this.#waitForOperands()
          : this.#issue.set(call(this.#imports.operands, this.#packed.get, this.#issue.get)),
      ),
      block(executed, [
        brIf(executed, i32.eq(this.#kind(), i32.const(KIND_ALU))),
        this.#config.shortcuts ? block(asks, this.#shortcuts(asks, executed)) : [],
        this.#issue.set(call(execute, this.#index.get, this.#packed.get, immediate, this.#issue.get)),
      ]),
    ]
  }

  /** What `Scoreboard.operands` does, and the cycles of it are counted. */
  #waitForOperands(): Code {
    const { get, set } = this.#pipeline
    const waits = (shift: number): Code => {
      const register = i32.and(i32.shrU(this.#packed.get, i32.const(shift)), i32.const(31))
      return this.#late.set(max(this.#scoreboard.at(FIRST_REGISTER, register), this.#late.get))
    }
    return [
      this.#late.set(this.#issue.get),
      [RS1_SHIFT, RS2_SHIFT, RD_SHIFT].map(waits),
      set(HAZARD_STALLS, i32.add(get(HAZARD_STALLS), i32.sub(this.#late.get, this.#issue.get))),
      this.#issue.set(this.#late.get),
    ]
  }

  #shortcuts(asks: Label, executed: Label): Code {
    return [
      when(i32.eq(this.#kind(), i32.const(KIND_BRANCH)), [this.#branch ? this.#branch.code(asks, executed) : br(asks)]),
      when(i32.eq(this.#kind(), i32.const(KIND_MULTIPLY)), [this.#multiply.code(), br(executed)]),
      this.#access.code(this.#kind(), asks, executed),
    ]
  }

  #leave(): Code {
    // A packet leaves the queue with its first instruction; the place of the others is not looked at.
    const place = i32.or(
      i32.and(this.#front.get(NUMBER), i32.const(7)),
      i32.shl(i32.eqz(this.#isNew.get), i32.const(3)),
    )
    return [
      this.#taken.setAt(0, place, this.#issue.get),
      when(this.#scoreboard.get(UNIT_REGISTER), this.#writePort()),
      this.#issued.set(this.#issue.get),
      i64.store(
        this.#at.get,
        CYCLE * 4,
        i64.add(i64.load(zero, this.#config.pipeline + BASE_LOW * 4), i64.extendS(this.#issue.get)),
      ),
    ]
  }

  /** Tells of a register that an instruction writes, unless it is one of the iterative unit. */
  #writePort(): Code {
    const written = i32.add(this.#issue.get, i32.const(TO_WRITEBACK))
    const rd = i32.and(this.#packed.get, i32.const(31 << RD_SHIFT))
    const others = i32.and(i32.ne(this.#kind(), i32.const(KIND_MULTIPLY)), i32.ne(this.#kind(), i32.const(KIND_DIVIDE)))
    return when(
      i32.and(i32.ne(rd, zero), i32.and(others, i32.geS(written, this.#scoreboard.get(UNIT_RESULT)))),
      this.#config.shortcuts
        ? whenElse(
            i32.eq(written, this.#scoreboard.get(UNIT_RESULT)),
            call(this.#imports.writes, written),
            this.#scoreboard.set(UNIT_REGISTER, zero),
          )
        : call(this.#imports.writes, written),
    )
  }

  #kind(): Code {
    return i32.and(this.#packed.get, i32.const(31))
  }

  #record(word: number): Code {
    return i32.load(this.#at.get, word * 4)
  }

  #slotWord(word: number): Code {
    return i32.load(this.#slot.get, this.#config.slots + word * 4)
  }
}
