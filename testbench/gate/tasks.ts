/** What the gate does, in pieces that can be done anywhere and at the same time. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CoreConfig, presets } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { InputError } from '../../traces/input-error.ts'
import { mips } from '../bench/engines.ts'
import { compareWithLog } from '../compare/lockstep.ts'
import { hasKernels, kernelCycles } from '../cycles/kernels.ts'
import { loadElf } from '../elf/load.ts'
import { parseElf } from '../elf/read.ts'
import { configFor } from '../faults/fault.ts'
import { variationById } from '../faults/index.ts'
import { planOf } from '../fuzz/actions.ts'
import type { CorpusEntry } from '../fuzz/corpus.ts'
import { Player } from '../fuzz/player.ts'
import { preparePoints } from '../fuzz/points.ts'
import type { Promised } from '../fuzz/promise.ts'
import { hashOf, tellFound } from '../fuzz/publish.ts'
import { breachText } from '../fuzz/report/text.ts'
import { ROUND_CASES, runRound } from '../fuzz/round.ts'
import { findDeviation } from '../random/architecture.ts'
import { compareEngines, EngineComparer } from '../random/engines.ts'
import { recordedHeader, recordedOptions, recordedTrace } from '../recorded.ts'
import { ARCHITECTURE, BOOT } from '../zoo/attempt.ts'
import type { CaughtBug, KernelFigures } from './baseline.ts'

/** The hardware model that is judged: as it is, or as if it were changed. */
export interface Model {
  /** Units that replace those of the core. */
  readonly units?: Partial<CoreUnits>
  /** Units of the WebAssembly engine alone. */
  readonly wasmUnits?: Partial<CoreUnits>
  /** What it changes of the parameters of a core. */
  changes?(config: CoreConfig): Partial<CoreConfig>
}

export type TimedCore = 'rocket' | 'rocket-l2' | 'rocket-medium'

export type GateTask =
  | { readonly part: 'recorded'; readonly root: string; readonly name: string }
  | { readonly part: 'engines'; readonly seed: number; readonly programs: number }
  | {
      readonly part: 'properties'
      readonly root: string
      /** The folder of findings and their pages. */
      readonly out: string
      readonly core: 'default' | 'rocket'
      readonly seed: number
      readonly cases: number
      readonly corpus: readonly CorpusEntry[]
    }
  | { readonly part: 'bugs'; readonly root: string; readonly bug: CaughtBug }
  | { readonly part: 'cycles'; readonly root: string; readonly core: TimedCore; readonly elf: string }
  | { readonly part: 'speed'; readonly root: string; readonly steps: number }

export type PartName = GateTask['part']

export interface TaskResult {
  readonly part: PartName
  /** What must not be: each a few lines, of which the first says what. */
  readonly problems: readonly string[]
  /** Instructions, programs, cases, bugs or kernels. */
  readonly count: number
  readonly kernels?: readonly KernelFigures[]
  readonly speed?: number
  /** The planted bug, where it is caught now. */
  readonly bug?: CaughtBug
  /** Texts of files that show a problem, by their paths. */
  readonly files?: ReadonlyMap<string, string>
}

const changedBy = (changes: Model['changes'], config: CoreConfig): CoreConfig => ({ ...config, ...changes?.(config) })

const MONITOR = 'monitor/images/firmware.elf'

/** @param promises of `properties/` */
export async function runTask(task: GateTask, promises: readonly Promised[], model: Model = {}): Promise<TaskResult> {
  switch (task.part) {
    case 'recorded':
      return recorded(task, model)
    case 'engines':
      return engines(task, model)
    case 'properties':
      return properties(task, promises, model)
    case 'bugs':
      return plantedBug(task, promises, model)
    case 'cycles':
      return cycles(task, model)
    case 'speed':
      return speed(task, model)
  }
}

type Of<Part extends PartName> = Extract<GateTask, { part: Part }>

async function recorded({ part, root, name }: Of<'recorded'>, { units, changes }: Model): Promise<TaskResult> {
  const { comparisonText } = await import('../compare/report.ts')
  const trace = await recordedTrace(root, recordedHeader(root, name))
  const { config = presets.spike, leftOut } = recordedOptions(trace.header)
  const comparison = await compareWithLog(trace.elf, trace.log, {
    config: changedBy(changes, config),
    ...(units && { units }),
    ...(leftOut && { leftOut }),
  })
  const { same, instructions } = comparison
  return {
    part,
    count: instructions,
    problems: same ? [] : [`${name} differs from Spike\n${comparisonText(comparison)}`],
  }
}

function engines({ part, seed, programs }: Of<'engines'>, { units = {}, wasmUnits = {} }: Model): TaskResult {
  const comparer = new EngineComparer({ reference: units, other: { ...units, ...wasmUnits } })
  const { difference } = compareEngines({ programs, seed, comparer, shrink: false })
  const problems = difference === undefined ? [] : [`the engines differ, seed ${seed}\n${difference.text}`]
  return { part, count: programs, problems }
}

async function properties(
  { part, root, out, core, seed, cases, corpus }: Of<'properties'>,
  promises: readonly Promised[],
  { units, changes }: Model,
): Promise<TaskResult> {
  const problem = (text: string): TaskResult => ({ part, count: cases, problems: [text] })
  const config = changedBy(changes, presets[core])
  const firmware = await loadElf(join(root, MONITOR))
  let player: Player
  let prepared: ReturnType<typeof preparePoints>
  try {
    player = new Player(firmware, promises, { config, ...(units && { units }) })
    prepared = preparePoints(player.driver)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return problem(`the monitor does not boot as specified: ${error.message}`)
  }
  const { points, missing } = prepared
  if (missing.length > 0) return problem(`the monitor does not do as specified: ${missing[0]}`)
  for (const { start, actions } of corpus) {
    const point = points.get(start)
    const breach = point && player.play(point, actions.map(planOf)).breach
    if (breach !== undefined)
      return problem(`${breach.promise}: ${breach.sentence}\na case of the corpus from '${start}'`)
  }
  let done = 0
  for (let round = 0; done < cases; round++) {
    const count = Math.min(ROUND_CASES, cases - done)
    const task = { seed, round, cases: count, known: [], corpus, untilFound: true }
    const [found] = runRound(player, [...points.values()], task).found
    done += count
    if (found === undefined) continue
    const files = new Map<string, string>()
    const add = (name: string, text: string): string => {
      const path = join(out, name)
      files.set(path, text)
      return path
    }
    const setup = { monitor: MONITOR, core, faults: [] }
    const sha256 = await hashOf(join(root, MONITOR))
    const breach = tellFound(found, { player, points: [...points.values()] }, setup, sha256, add)
    return { ...problem(breachText(breach)), files }
  }
  return { part, count: done + corpus.length, problems: [] }
}

/** Cases in which a planted bug must be found again where it is not found at its place. */
const AGAIN = { programs: 1500, rounds: 3 }

async function plantedBug(
  { part, root, bug }: Of<'bugs'>,
  promises: readonly Promised[],
  { units: changed = {}, changes }: Model,
): Promise<TaskResult> {
  const variation = variationById(bug.id)
  const caught = (cases: number): TaskResult => ({ part, count: 1, problems: [], bug: { ...bug, cases } })
  const lost: TaskResult = {
    part,
    count: 1,
    problems: [`${bug.id} is no longer caught by ${bug.by}: ${variation.title}`],
  }
  const units = (config: CoreConfig): Partial<CoreUnits> => ({ ...changed, ...variation.units(config) })
  if (bug.by === ARCHITECTURE) {
    const search = (first: number, programs: number): number | undefined => {
      const campaign = {
        seed: bug.seed,
        first,
        programs,
        shrink: false,
        honest: changed,
        timed: variation.core === 'rocket',
      }
      return findDeviation(units, { ...changes?.(presets[variation.core ?? 'default']), ...variation.config }, campaign)
        .found?.cases
    }
    const met = search(bug.cases, 1) ?? search(1, Math.max(AGAIN.programs, 2 * bug.cases))
    return met === undefined ? lost : caught(met)
  }
  const firmware = await loadElf(join(root, variation.monitor ?? MONITOR))
  const config = { ...changedBy(changes, configFor(variation)), ...variation.config }
  let player: Player
  let prepared: ReturnType<typeof preparePoints>
  try {
    player = new Player(firmware, promises, { config, units: units(config) })
    prepared = preparePoints(player.driver)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return caught(0)
  }
  if (bug.by === BOOT) return prepared.missing.length > 0 ? caught(0) : lost
  const points = [...prepared.points.values()]
  const first = Math.max(0, Math.floor((bug.cases - 1) / ROUND_CASES))
  for (let round = first; round < first + AGAIN.rounds; round++) {
    const task = { seed: bug.seed, round, cases: ROUND_CASES, known: [], corpus: [], untilFound: true, shrink: false }
    const [found] = runRound(player, points, task).found
    if (found !== undefined) return caught(round * ROUND_CASES + found.afterCases)
  }
  return lost
}

/** The programs that measure kernels. */
export const kernelPrograms = (root: string): string[] =>
  readdirSync(join(root, 'testbench/kernels'))
    .filter((name) => name.endsWith('.elf'))
    .map((name) => name.replace(/\.elf$/, ''))
    .sort()

function cycles({ part, root, core, elf }: Of<'cycles'>, { units, changes }: Model): TaskResult {
  const path = join(root, 'testbench/kernels', `${elf}.elf`)
  const program = parseElf(readFileSync(path), path)
  if (!hasKernels(program)) return { part, count: 0, problems: [] }
  try {
    const found = kernelCycles(program, path, changedBy(changes, presets[core]), 'wasm', units)
    const kernels = found.map(({ name, cycles: count, instret }) => ({ core, elf, name, cycles: count, instret }))
    return { part, count: kernels.length, problems: [], kernels }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { part, count: 0, problems: [error.message] }
  }
}

/** Measured in turns, so that what else the machine does counts for both. */
const TURNS = 5
/** Enough to be measured, and so many that the engine is as fast as it gets. */
const REFERENCE_STEPS = 500_000

async function speed({ part, root, steps }: Of<'speed'>, { units, wasmUnits }: Model): Promise<TaskResult> {
  const elf = await loadElf(join(root, 'testbench/programs/mix.elf'))
  const changed = { ...units, ...wasmUnits }
  // In turns, and the time of all together: a thread's clock moves by some milliseconds at a time.
  let [time, referenceTime] = [0, 0]
  for (let turn = 0; turn < TURNS; turn++) {
    referenceTime += 1 / mips(elf, 'reference', { record: true, steps: REFERENCE_STEPS, warmUp: REFERENCE_STEPS })
    time += 1 / mips(elf, 'wasm', { record: true, steps, warmUp: steps / 5, units: changed })
  }
  return { part, count: TURNS, problems: [], speed: referenceTime / time }
}
