import { InputError } from '../../traces/input-error.ts'
import type { Control, Fault } from '../faults/fault.ts'
import { variationById } from '../faults/index.ts'
import { describeStep } from '../fuzz/describe.ts'
import type { Promised } from '../fuzz/promise.ts'
import { ROUND_CASES, runRound } from '../fuzz/round.ts'
import { type Prepared, prepare, readyTo, type Setup } from '../fuzz/setup.ts'
import { countSteps } from '../fuzz/shorten.ts'
import { findDeviation } from '../random/architecture.ts'
import { cpuSeconds } from './cpu-seconds.ts'

/** What is tried on a planted bug: what a promise of `properties/` is called, or one of these. */
export const ARCHITECTURE = 'architecture'
export const BOOT = 'boot'

export interface AttemptTask {
  readonly id: string
  readonly seed: number
  /** Seconds of the thread in all, of which a part is for each check. */
  readonly seconds: number
  /** The file of the monitor's image. */
  readonly monitor: string
}

/** How a planted bug was caught. */
export interface Catch {
  /** The promise that broke; `architecture`; or `boot` where the monitor does not come to all points as specified. */
  readonly by: string
  readonly sentence: string
  /** Cases or programs until it was met. */
  readonly cases: number
  /** Calls and instructions left of it. */
  readonly steps: number
  readonly stepsFound: number
  /** The last lines before it, or the steps. */
  readonly lines: readonly string[]
}

/** A check that did not catch anything, or that did. */
export interface Try {
  readonly check: string
  readonly cases: number
  readonly seconds: number
}

export interface Attempt {
  readonly id: string
  readonly seed: number
  readonly seconds: number
  readonly caught: Catch | undefined
  readonly tried: readonly Try[]
}

/** Of the time, what the first check gets: it should find the bug; and where both should. */
const FIRST_SHARE = 3 / 4
const SHARE_OF_BOTH = 1 / 2

/** Programs without an end, as far as fast-check knows one. */
const MANY = 1_000_000

/**
 * Has the checks look for a planted bug until one finds it or the time is over. Where the bug is said to break promises
 * they come first, otherwise the comparison with the honest core does. A control is tried with the promises only: it may
 * differ from the honest core.
 * @param promises of `properties/`
 */
export async function attempt(task: AttemptTask, promises: readonly Promised[]): Promise<Attempt> {
  const variation = variationById(task.id)
  const start = cpuSeconds()
  const elapsed = (): number => cpuSeconds() - start
  const tried: Try[] = []
  const checks = checksFor(variation)
  const isForBoth = variation.kind === 'fault' && variation.breaks.length > 1 && variation.breaks.includes(ARCHITECTURE)
  const firstShare = isForBoth ? SHARE_OF_BOTH : FIRST_SHARE
  let caught: Catch | undefined
  for (const [index, check] of checks.entries()) {
    const before = elapsed()
    const end = index === checks.length - 1 ? task.seconds : firstShare * task.seconds
    const isOver = (): boolean => elapsed() > end
    const { cases, caught: found } =
      check === 'promises'
        ? await tryPromises(variation, task, promises, isOver)
        : tryArchitecture(variation, task, isOver)
    tried.push({ check, cases, seconds: elapsed() - before })
    caught = found
    if (caught !== undefined) break
  }
  return { id: task.id, seed: task.seed, seconds: elapsed(), caught, tried }
}

type Check = 'promises' | typeof ARCHITECTURE

function checksFor(variation: Fault | Control): readonly Check[] {
  // The comparison runs without a monitor.
  if (variation.kind === 'control' || variation.monitor !== undefined) return ['promises']
  const breaksPromises = variation.breaks.some((name) => name !== ARCHITECTURE)
  return breaksPromises ? ['promises', ARCHITECTURE] : [ARCHITECTURE, 'promises']
}

interface Outcome {
  readonly cases: number
  readonly caught: Catch | undefined
}

function tryArchitecture(variation: Fault | Control, { seed }: AttemptTask, isOver: () => boolean): Outcome {
  const units = variation.units.bind(variation)
  const timed = variation.core === 'rocket'
  const { cases, found } = findDeviation(units, variation.config ?? {}, { seed, programs: MANY, isOver, timed })
  if (found === undefined) return { cases, caught: undefined }
  const { sentence, steps, stepsFound, lines } = found
  return { cases, caught: { by: ARCHITECTURE, sentence, cases, steps, stepsFound, lines } }
}

/** What a monitor on the core with this variation is set up as. */
export function setupFor({ id, core }: Fault | Control, monitor: string): Setup {
  return { monitor, core: core ?? 'default', faults: [id] }
}

async function tryPromises(
  variation: Fault | Control,
  { seed, monitor }: AttemptTask,
  promises: readonly Promised[],
  isOver: () => boolean,
): Promise<Outcome> {
  let cases = 0
  const notBooted = (sentence: string): Outcome => ({
    cases,
    caught: { by: BOOT, sentence, cases, steps: 0, stepsFound: 0, lines: [] },
  })
  const setup = setupFor(variation, monitor)
  // An image that is not there is not a bug that was caught.
  await readyTo(setup)
  let prepared: Prepared
  try {
    prepared = await prepare(setup, promises, {
      control: { isStopped: isOver, played: () => cases++ },
    })
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return notBooted(`the monitor does not boot as specified: ${error.message}`)
  }
  const { player, points, missing } = prepared
  const missesPoints = (): Outcome => notBooted(`the monitor does not do as specified: ${missing[0]}`)
  if (points.length === 0) return missesPoints()
  for (let round = 0; !isOver(); round++) {
    const task = { seed, round, cases: ROUND_CASES, known: [], corpus: [], untilFound: true }
    const [found] = runRound(player, points, task).found
    if (found === undefined) continue
    const { promise, sentence, steps, stepsFound, afterCases } = found
    const lines = steps.map(describeStep)
    const met = round * ROUND_CASES + afterCases
    return { cases, caught: { by: promise, sentence, cases: met, steps: countSteps(steps), stepsFound, lines } }
  }
  // A broken promise would have said more.
  return missing.length > 0 ? missesPoints() : { cases, caught: undefined }
}
