import { type Code, i32, type Local, select, when, whenElse } from '../engine/wasm/encoder.ts'
import { MULDIV_STALLS, RS1 } from './pipeline-state.ts'
import { FIRST_REGISTER, LATEST, UNIT_REGISTER, UNIT_RESULT } from './scoreboard.ts'
import type { TimingConfig } from './timing-config.ts'
import { HIGH, RD_SHIFT, WORD } from './timing-decode.ts'
import { max, min, type Words, words } from './words.ts'

export type MultiplierConfig = Pick<TimingConfig, 'multiplierBits' | 'multiplierEarlyOut'>

export interface MultiplyLocals {
  packed: Local
  issue: Local
  record(word: number): Code
}

/** Multiplications as code: what the iterative unit does with them, and `multiplyCycles`. */
export class MultiplyShortcut {
  readonly #config: MultiplierConfig
  readonly #record: MultiplyLocals
  readonly #pipeline: Words
  readonly #scoreboard: Words
  readonly #ready: Local
  readonly #rd: Local

  constructor(
    { multiplier, pipeline, scoreboard }: { multiplier: MultiplierConfig; pipeline: number; scoreboard: number },
    record: MultiplyLocals,
    variable: (type: 'i32') => Local,
  ) {
    this.#config = multiplier
    this.#record = record
    this.#pipeline = words(pipeline)
    this.#scoreboard = words(scoreboard)
    this.#ready = variable('i32')
    this.#rd = variable('i32')
  }

  code(): Code {
    const { packed, issue } = this.#record
    const { get, set } = this.#scoreboard
    const waited = i32.sub(get(UNIT_RESULT), issue.get)
    return [
      when(i32.gtS(get(UNIT_RESULT), issue.get), [
        this.#pipeline.set(MULDIV_STALLS, i32.add(this.#pipeline.get(MULDIV_STALLS), waited)),
        issue.set(get(UNIT_RESULT)),
      ]),
      this.#cycles(),
      this.#ready.set(i32.add(i32.add(issue.get, i32.const(2)), this.#ready.get)),
      this.#rd.set(i32.and(i32.shrU(packed.get, i32.const(RD_SHIFT)), i32.const(31))),
      set(UNIT_RESULT, this.#ready.get),
      set(UNIT_REGISTER, this.#rd.get),
      when(this.#rd.get, [
        this.#scoreboard.setAt(FIRST_REGISTER, this.#rd.get, this.#ready.get),
        set(LATEST, max(this.#ready.get, get(LATEST))),
      ]),
    ]
  }

  /** Leaves in `ready` how many cycles the unit computes. */
  #cycles(): Code {
    const { multiplierBits, multiplierEarlyOut } = this.#config
    const { packed, record } = this.#record
    const isWord = i32.and(packed.get, i32.const(WORD))
    const all = select(isWord, i32.const(32 / multiplierBits), i32.const(64 / multiplierBits))
    if (!multiplierEarlyOut) return this.#ready.set(all)
    const low = i32.sub(i32.const(32), i32.clz(record(RS1)))
    const upper = i32.sub(i32.const(64), i32.clz(record(RS1 + 1)))
    const significant = select(i32.or(isWord, i32.eqz(record(RS1 + 1))), low, upper)
    const steps = i32.divU(i32.add(significant, i32.const(multiplierBits - 1)), i32.const(multiplierBits))
    return whenElse(i32.and(packed.get, i32.const(HIGH)), this.#ready.set(all), [
      this.#ready.set(i32.add(steps, i32.const(1))),
      this.#ready.set(max(select(isWord, i32.const(1), i32.const(2)), this.#ready.get)),
      this.#ready.set(min(all, this.#ready.get)),
    ])
  }
}
