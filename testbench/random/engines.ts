import fc from 'fast-check'
import type { CoreConfig } from '../../rtl-model/core/config.ts'
import { presets } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { SINK } from '../../rtl-model/core/hart.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { disassemble } from '../../rtl-model/isa/disassemble.ts'
import type { EngineName } from '../machine.ts'
import { renderBatch } from './batch.ts'
import { firstDifference, sameFields, sameLists } from './equality.ts'
import { ramBytesFor } from './layout.ts'
import { RandomMachine } from './model.ts'
import type { Placed, Program } from './program.ts'
import { program } from './program.ts'
import { Statistics } from './statistics.ts'

const base: CoreConfig = { ...presets.default, ramBytes: ramBytesFor(1) }

/** Cores on which the engines are compared. The small ones replace, evict and divide more. */
export const configs: readonly CoreConfig[] = [
  base,
  { ...base, itlbEntries: 4, dtlbEntries: 4, icacheSets: 1, icacheWays: 1, pmpEntries: 0, cyclesPerTick: 1 },
  { ...base, itlbEntries: 4, dtlbEntries: 32, icacheSets: 1, icacheWays: 2, pmpVerdictCached: false, cyclesPerTick: 3 },
  { ...base, dtlbEntries: 4, pmpEntries: 8, pmpGranularity: 64, misalignedAccess: true, reservationBytes: 8 },
  { ...base, itlbEntries: 2, dtlbEntries: 2, pmpEntries: 64, pmpGranularity: 4096, asidBits: 1, icacheSets: 2 },
  {
    ...base,
    pmpOpenAtReset: true,
    misalignedAccess: true,
    pmpVerdictCached: false,
    reservationBytes: 4096,
    asidBits: 0,
  },
]

/** How a program is run: in pieces, and with a snapshot that is gone back to. */
export interface Schedule {
  config: number
  /** Steps that the faster engine makes at a time, in turn. */
  pieces: number[]
  /** Steps until the snapshot, and from it until it is restored. */
  before: number
  again: number
}

export const schedule: fc.Arbitrary<Schedule> = fc.record({
  config: fc.nat(configs.length - 1),
  pieces: fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 }),
  before: fc.nat(1500),
  again: fc.nat(300),
})

/** Steps of a program that are compared, whether it has ended then or not. */
const STEPS = 3000

/** Two machines that differ in their engines only. */
class Pair {
  readonly reference: RandomMachine
  readonly other: RandomMachine
  readonly config: CoreConfig
  #expected: Retirement[] = []
  #actual: Retirement[] = []
  readonly #seen: (retirement: Retirement) => void

  constructor(config: CoreConfig, units: Partial<CoreUnits>, otherUnits: Partial<CoreUnits>, statistics: Statistics) {
    this.config = config
    const machine = (engine: EngineName, units: Partial<CoreUnits>, to: () => Retirement[]) =>
      new RandomMachine({
        config,
        engine,
        units,
        observers: [
          (records) => {
            for (let index = 0; index < records.length; index++) to().push(records.at(index))
          },
        ],
      })
    this.reference = machine('reference', { createMmu: statistics.createMmu, ...units }, () => this.#expected)
    this.other = machine('wasm', otherUnits, () => this.#actual)
    this.#seen = (retirement) => statistics.add(retirement)
  }

  begin(placed: readonly Placed[]): void {
    this.reference.begin(placed)
    this.other.begin(placed)
    this.#expected = []
    this.#actual = []
  }

  /** Both make up to `steps` steps; what differs then, if anything. */
  run(steps: number, pieces: readonly number[]): string | undefined {
    const made = this.reference.machine.run(steps)
    let left = steps
    for (let turn = 0; left > 0 && this.other.machine.exitCode === undefined; turn++) {
      left -= this.other.machine.run(Math.min(left, pieces[turn % pieces.length]))
    }
    const difference = this.#difference() ?? (made === steps - left ? undefined : `${made} and ${steps - left} steps`)
    for (const retirement of this.#expected) this.#seen(retirement)
    this.#expected = []
    this.#actual = []
    return difference
  }

  #difference(): string | undefined {
    const length = Math.max(this.#expected.length, this.#actual.length)
    for (let index = 0; index < length; index++) {
      const [a, b] = [this.#expected[index], this.#actual[index]]
      if (a === undefined || b === undefined || !same(a, b)) return this.#explain(index)
    }
    const { machine } = this.reference
    const other = this.other.machine
    if (machine.exitCode !== other.exitCode) return `exit codes ${machine.exitCode} and ${other.exitCode}`
    const [expected, actual] = [machine.core, other.core].map((core) => {
      // A write to x0 leaves something there in one of the engines; nobody can see it.
      core.hart.region.u64[SINK] = 0n
      return new Uint8Array(core.memory.buffer)
    })
    const { stateAllocator, bus } = machine.core
    const stateEnd = stateAllocator.end
    const inState = firstDifference(expected.subarray(0, stateEnd), actual.subarray(0, stateEnd))
    if (inState >= 0) return `machine state differs at byte ${inState}, after ${this.#explain(length - 1)}`
    const inRam = firstDifference(expected.subarray(bus.ramOffset), actual.subarray(bus.ramOffset))
    return inRam >= 0 ? `memory differs at byte ${inRam} of RAM, after ${this.#explain(length - 1)}` : undefined
  }

  /** The last instructions up to `index`, and both records of that. */
  #explain(index: number): string {
    const { core } = this.reference.machine
    const history = this.#expected
      .slice(Math.max(0, index - 8), index + 1)
      .map(({ pc, instruction, privilege, trap }) => {
        const text = disassemble(core.decode(instruction), instruction, pc, (csr) => core.csr.name(csr))
        return `  ${'US?M'[privilege]} ${pc.toString(16).padStart(16)}  ${text}${trap ? `  trap ${trap.cause}` : ''}`
      })
    const text = (retirement: Retirement | undefined) =>
      JSON.stringify(retirement, (_, value) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value))
    return [
      `record ${index}:`,
      ...history,
      `  reference ${text(this.#expected[index])}`,
      `  wasm      ${text(this.#actual[index])}`,
    ].join('\n')
  }
}

const plainFields = ['order', 'cycle', 'pc', 'nextPc', 'instruction', 'privilege', 'rs1', 'rs1Value'] as const
const moreFields = ['rs2', 'rs2Value', 'rd', 'rdValue'] as const

function same(a: Retirement, b: Retirement): boolean {
  for (const field of plainFields) if (a[field] !== b[field]) return false
  for (const field of moreFields) if (a[field] !== b[field]) return false
  return (
    sameFields(a.trap, b.trap) &&
    sameLists(a.csrWrites, b.csrWrites) &&
    sameLists(a.memory, b.memory) &&
    sameLists(a.walk, b.walk)
  )
}

/** Compares the engines on random programs; machines are built once for each core. */
export class EngineComparer {
  readonly statistics = new Statistics()
  readonly #pairs = new Map<number, Pair>()
  readonly #units: { reference: Partial<CoreUnits>; other: Partial<CoreUnits> }

  /** `units` replace honest ones of either machine, to show that a difference is found. */
  constructor(units: { reference?: Partial<CoreUnits>; other?: Partial<CoreUnits> } = {}) {
    this.#units = { reference: {}, other: {}, ...units }
  }

  /** The first difference between the engines, or undefined. */
  compare(program: Program, { config, pieces, before, again }: Schedule): string | undefined {
    const pair = this.#pair(config)
    const { pmpEntries } = pair.config
    pair.begin(renderBatch({ flavour: 'wild', programs: [program], locked: [], pmpEntries }).placed)
    const difference = this.#play(pair, pieces, before, again)
    // After a difference the machines do not have the same past any more.
    if (difference !== undefined) this.#pairs.delete(config)
    return difference
  }

  #play(pair: Pair, pieces: readonly number[], before: number, again: number): string | undefined {
    const first = pair.run(before, pieces)
    if (first !== undefined) return first
    const snapshots = [pair.reference, pair.other].map(({ machine }) => machine.snapshot())
    const second = pair.run(again, pieces)
    if (second !== undefined) return second
    for (const [index, { machine }] of [pair.reference, pair.other].entries()) machine.restore(snapshots[index])
    return pair.run(STEPS - before, pieces)
  }

  #pair(config: number): Pair {
    let pair = this.#pairs.get(config)
    if (pair === undefined) {
      pair = new Pair(configs[config], this.#units.reference, this.#units.other, this.statistics)
      this.#pairs.set(config, pair)
    }
    return pair
  }
}

export interface EngineCampaign {
  programs: number
  seed: number
  /** Is told after each program. */
  progress?(programs: number): void
  comparer?: EngineComparer
  /** Whether a difference is made smaller; by default it is. */
  shrink?: boolean
  /** Where among the programs of the seed to begin: fast-check's path, which also says how far to shrink. */
  path?: string
}

export interface EngineAgreement {
  statistics: Statistics
  programs: number
  /** The smallest difference found, and fast-check's path of the program that it was found with. */
  difference?: { text: string; program: string; shrinks: number }
}

/** Compares the engines on wild programs; a difference is shrunk. */
export function compareEngines({
  programs,
  seed,
  progress,
  shrink = true,
  path,
  comparer,
}: EngineCampaign): EngineAgreement {
  const engines = comparer ?? new EngineComparer()
  let run = 0
  const property = fc.property(program, schedule, (program, schedule) => {
    progress?.(++run)
    return engines.compare(program, schedule) === undefined
  })
  const result = fc.check(property, {
    seed,
    numRuns: programs,
    endOnFailure: !shrink,
    ...(path !== undefined && { path }),
  })
  const agreement = { statistics: engines.statistics, programs: result.numRuns }
  if (!result.failed) return agreement
  if (result.counterexample === null) throw result.errorInstance ?? new Error('no program was made')
  const [smallest, play] = result.counterexample
  const text = engines.compare(smallest, play) ?? String(result.errorInstance)
  const core = JSON.stringify(configs[play.config], (_, value) => (typeof value === 'bigint' ? String(value) : value))
  const difference = {
    text: `core ${core}\n${text}`,
    program: result.counterexamplePath?.split(':')[0] ?? '',
    shrinks: result.numShrinks,
  }
  return { ...agreement, difference }
}
