import type { PromiseName } from '../faults/fault.ts'
import { variationById } from '../faults/index.ts'
import type { Attempt, Try } from './attempt.ts'

/** A planted bug, and what caught it: also its JSON form. Figures are those of the seed in the middle, by time. */
export interface FaultRow {
  readonly id: string
  readonly title: string
  readonly certainty: string
  readonly breaks: readonly PromiseName[]
  /** Null for a survivor: of any seed. */
  readonly caughtBy: string | null
  readonly seconds: number
  readonly cases: number
  readonly steps: number | null
  readonly stepsFound: number | null
  readonly seed: number
  readonly sentence: string | null
  readonly lines: readonly string[]
  readonly runs: readonly Run[]
}

/** What one seed came to. */
export interface Run {
  readonly seed: number
  readonly caughtBy: string | null
  readonly cases: number
  readonly seconds: number
  readonly steps: number | null
  readonly tried: readonly Try[]
}

export interface ControlRow {
  readonly id: string
  readonly title: string
  readonly flaggedBy: string | null
  /** Of what flagged it: null where nothing did. */
  readonly seed: number | null
  readonly sentence: string | null
  readonly lines: readonly string[]
  readonly cases: number
  readonly seconds: number
}

export interface Matrix {
  readonly budgetSeconds: number
  readonly controlSeconds: number
  readonly seeds: readonly number[]
  readonly workers: number
  readonly seconds: number
  readonly faults: readonly FaultRow[]
  readonly controls: readonly ControlRow[]
  /** Planted bugs that some seed did not catch. */
  readonly survivors: readonly string[]
  readonly controlsFlagged: readonly string[]
  /** Of the counterexamples, after shortening. */
  readonly steps: { readonly median: number; readonly percentile95: number }
}

export type MatrixFacts = Pick<Matrix, 'budgetSeconds' | 'controlSeconds' | 'seeds' | 'workers' | 'seconds'>

/** What all attempts came to. */
export function matrixOf(attempts: readonly Attempt[], facts: MatrixFacts): Matrix {
  const ids = [...new Set(attempts.map(({ id }) => id))]
  const of = (id: string): Attempt[] => attempts.filter((one) => one.id === id)
  const faults = ids.filter((id) => variationById(id).kind === 'fault').map((id) => faultRow(of(id)))
  const controls = ids.filter((id) => variationById(id).kind === 'control').map((id) => controlRow(of(id)))
  const steps = faults.flatMap(({ runs }) => runs.flatMap((run) => run.steps ?? [])).sort((a, b) => a - b)
  return {
    ...facts,
    faults,
    controls,
    survivors: faults.filter(({ caughtBy }) => caughtBy === null).map(({ id }) => id),
    controlsFlagged: controls.filter(({ flaggedBy }) => flaggedBy !== null).map(({ id }) => id),
    steps: { median: at(steps, 0.5), percentile95: at(steps, 0.95) },
  }
}

/** The value below which a share of sorted values lies. */
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0

const casesOf = ({ caught, tried }: Attempt): number =>
  caught?.cases ?? tried.reduce((sum, { cases }) => sum + cases, 0)

function faultRow(attempts: readonly Attempt[]): FaultRow {
  const bySeconds = [...attempts].sort((a, b) => a.seconds - b.seconds)
  const shown = bySeconds.find(({ caught }) => caught === undefined) ?? bySeconds[Math.floor(bySeconds.length / 2)]
  const variation = variationById(shown.id)
  if (variation.kind !== 'fault') throw new TypeError(`${shown.id} is no planted bug`)
  const { id, title, certainty, breaks } = variation
  const { caught, seed, seconds } = shown
  return {
    ...{ id, title, certainty, breaks, seed, seconds, cases: casesOf(shown) },
    caughtBy: caught?.by ?? null,
    steps: caught?.steps ?? null,
    stepsFound: caught?.stepsFound ?? null,
    sentence: caught?.sentence ?? null,
    lines: caught?.lines ?? [],
    runs: attempts.map((one) => ({
      seed: one.seed,
      caughtBy: one.caught?.by ?? null,
      cases: casesOf(one),
      seconds: one.seconds,
      steps: one.caught?.steps ?? null,
      tried: one.tried,
    })),
  }
}

function controlRow(attempts: readonly Attempt[]): ControlRow {
  const { id, title } = variationById(attempts[0].id)
  const flagged = attempts.find(({ caught }) => caught !== undefined)
  const caught = flagged?.caught
  return {
    ...{ id, title, flaggedBy: caught?.by ?? null, seed: flagged?.seed ?? null },
    ...{ sentence: caught?.sentence ?? null, lines: caught?.lines ?? [] },
    cases: attempts.reduce((sum, one) => sum + casesOf(one), 0),
    seconds: attempts.reduce((sum, one) => sum + one.seconds, 0),
  }
}

/** What some planted bug was caught by, in order of their number. */
export function columnsOf({ faults }: Matrix): string[] {
  const counts = new Map<string, number>()
  for (const { runs } of faults)
    for (const { caughtBy } of runs) if (caughtBy !== null) counts.set(caughtBy, (counts.get(caughtBy) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name)
}

/** A cell of the table of planted bugs by checks: the cases until a check caught it, or a dot. */
export const cellOf = ({ runs }: FaultRow, column: string): string => {
  const caught = runs.filter(({ caughtBy }) => caughtBy === column)
  if (caught.length === 0) return '·'
  const cases = caught.map(({ cases: count }) => count).sort((a, b) => a - b)
  return String(cases[Math.floor(cases.length / 2)])
}
