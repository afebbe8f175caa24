import type { Baseline, CaughtBug, KernelFigures } from './baseline.ts'
import { keyOf, type Move, movesOf } from './moves.ts'
import { type GateTask, kernelPrograms, type PartName, type TaskResult, type TimedCore } from './tasks.ts'

/** What a part of the gate came to. */
export interface PartReport {
  readonly part: PartName
  readonly title: string
  readonly passed: boolean
  /** What was looked at. */
  readonly scope: string
  /** The verdict in a few words. */
  readonly verdict: string
  /** Each a few lines, of which the first says what. */
  readonly problems: readonly string[]
  readonly seconds: number
}

export interface GateReport {
  readonly parts: readonly PartReport[]
  /** Kernels that take more than 1 % more or fewer cycles than in the baseline. */
  readonly moves: readonly Move[]
  readonly seconds: number
  /** What a baseline of these results says that the one given does not: a line each. */
  readonly changes: readonly string[]
  /** The figures for a new baseline. */
  readonly figures: Omit<Baseline, 'corpus'>
}

/** How much each part does. */
export interface GateSize {
  readonly enginePrograms: number
  /** Cases of the promises on the core by default, and on the one with timing. */
  readonly cases: number
  readonly timedCases: number
  readonly speedSteps: number
}

export const fullSize: GateSize = { enginePrograms: 1200, cases: 2000, timedCases: 300, speedSteps: 10_000_000 }
export const shortSize: GateSize = { enginePrograms: 300, cases: 400, timedCases: 100, speedSteps: 5_000_000 }

/** Fixed: the gate says the same of the same model. */
const SEED = 20_261_122
/** Tasks that a part's work is cut into, at most, and how much each is at least. */
const MOST_PIECES = 4
const LEAST_PIECE = 100
const pieces = (work: number): number[] => {
  const count = Math.min(MOST_PIECES, Math.ceil(work / LEAST_PIECE))
  return Array.from({ length: count }, () => Math.ceil(work / count))
}

const timedCores: readonly TimedCore[] = ['rocket', 'rocket-l2', 'rocket-medium']
const inCommon = { count: (results: readonly TaskResult[]) => results.reduce((sum, { count }) => sum + count, 0) }

/** The share of its speed in the baseline that the engine must have: the machine may be another one. */
export const LEAST_SPEED = 0.7
/** Cycles may move, and are shown; where those of a core move by so much on the mean, its timing is no longer what it was. */
export const MOST_MEAN_MOVE = 0.1

interface Part {
  readonly part: PartName
  readonly title: string
  tasks(): readonly GateTask[]
  /** Scope, verdict, and problems beside those of the tasks. */
  judge(results: readonly TaskResult[]): { scope: string; verdict: string; problems: readonly string[] }
}

const grouped = (value: number): string => value.toLocaleString('en-US')

function partsOf({ root, out, names, baseline, size }: GateOptions): readonly Part[] {
  const { corpus, bugs, kernels, speed } = baseline
  const problemsOf = (results: readonly TaskResult[]): string[] => results.flatMap(({ problems }) => [...problems])
  return [
    {
      part: 'recorded',
      title: 'recorded Spike logs',
      tasks: () => names.map((name) => ({ part: 'recorded', root, name })),
      judge: (results) => ({
        scope: `${results.length} programs, ${grouped(inCommon.count(results))} instructions`,
        verdict: problemsOf(results).length === 0 ? 'clean' : `${problemsOf(results).length} DIFFER`,
        problems: [],
      }),
    },
    {
      part: 'engines',
      title: 'engines agree',
      tasks: () =>
        pieces(size.enginePrograms).map((programs, piece) => ({ part: 'engines', seed: SEED + piece, programs })),
      judge: (results) => ({
        scope: `${grouped(inCommon.count(results))} random programs`,
        verdict: problemsOf(results).length === 0 ? 'same' : 'DIFFERENT',
        problems: [],
      }),
    },
    {
      part: 'properties',
      title: 'properties',
      tasks: () => [
        ...pieces(size.cases).map((cases, piece, { length }): GateTask => {
          const part = corpus.filter((_, index) => index % length === piece)
          return { part: 'properties', root, out, core: 'default', seed: SEED + piece, cases, corpus: part }
        }),
        { part: 'properties', root, out, core: 'rocket', seed: SEED, cases: size.timedCases, corpus: [] },
      ],
      judge: (results) => ({
        scope: `${grouped(inCommon.count(results))} cases, fixed seeds and ${corpus.length} of the corpus`,
        verdict: problemsOf(results).length === 0 ? 'held' : 'BROKEN',
        problems: [],
      }),
    },
    {
      part: 'bugs',
      title: 'planted bugs',
      tasks: () => bugs.map((bug) => ({ part: 'bugs', root, bug })),
      judge: (results) => ({
        scope: `${results.length} planted bugs`,
        verdict: `${results.length - problemsOf(results).length} of ${results.length} still caught`,
        problems: [],
      }),
    },
    {
      part: 'cycles',
      title: 'cycles',
      tasks: () =>
        timedCores.flatMap((core) =>
          kernelPrograms(root).map((elf): GateTask => ({ part: 'cycles', root, core, elf })),
        ),
      judge: (results) => {
        const { moves, problems } = movesOf(kernels, kernelsOf(results))
        const worst = [...moves].sort((a, b) => Math.abs(b.change) - Math.abs(a.change))[0]
        const told = timedCores.flatMap((core) => {
          const mean = meanMove(moves, kernels, core)
          return mean > MOST_MEAN_MOVE ? [`${core}: its kernels moved by ${(100 * mean).toFixed(1)} % on the mean`] : []
        })
        return {
          scope: `${grouped(inCommon.count(results))} kernels`,
          verdict:
            worst === undefined
              ? 'as before'
              : `${moves.length} moved, worst ${nameOf(worst)} ${percent(worst.change)}`,
          problems: [...problems, ...told],
        }
      },
    },
    {
      part: 'speed',
      title: 'speed',
      tasks: () => [{ part: 'speed', root, steps: size.speedSteps }],
      judge: ([{ speed: now = 0 }]) => ({
        scope: `${now.toFixed(1)} times the reference engine`,
        verdict: `${(now / speed).toFixed(2)} of baseline, at least ${LEAST_SPEED}`,
        problems:
          now < LEAST_SPEED * speed
            ? [
                `the WebAssembly engine is ${now.toFixed(1)} times as fast as the reference engine, ${speed.toFixed(1)} times in the baseline`,
              ]
            : [],
      }),
    },
  ]
}

const kernelsOf = (results: readonly TaskResult[]): KernelFigures[] =>
  results.flatMap(({ kernels }) => [...(kernels ?? [])])

function meanMove(moves: readonly Move[], kernels: readonly KernelFigures[], core: TimedCore): number {
  const count = kernels.filter((kernel) => kernel.core === core).length
  const sum = moves.reduce((total, move) => total + (move.core === core ? Math.abs(move.change) : 0), 0)
  return count === 0 ? 0 : sum / count
}

const nameOf = ({ elf, name }: Move): string => `${elf} ${name}`
export const percent = (change: number): string => `${change > 0 ? '+' : ''}${(100 * change).toFixed(1)} %`

export interface GateOptions {
  /** The folder of the package. */
  readonly root: string
  /** The folder of findings and their pages. */
  readonly out: string
  /** Names of the recorded traces. */
  readonly names: readonly string[]
  readonly baseline: Baseline
  readonly size: GateSize
  /** Does the tasks, in order or several at a time; results in the order of the tasks. */
  run(tasks: readonly GateTask[]): Promise<readonly TaskResult[]>
  /** Only these parts. */
  readonly only?: readonly PartName[]
  begun?(title: string): void
  done?(part: PartReport): void
}

/** Runs the parts one after the other. */
export async function runGate(options: GateOptions): Promise<GateReport> {
  const { baseline, run, only, begun, done } = options
  const start = performance.now()
  const parts: PartReport[] = []
  const all: TaskResult[] = []
  for (const { part, title, tasks, judge } of partsOf(options)) {
    if (only !== undefined && !only.includes(part)) continue
    begun?.(title)
    const before = performance.now()
    const results = await run(tasks())
    const { scope, verdict, problems: more } = judge(results)
    const problems = [...results.flatMap((result) => [...result.problems]), ...more]
    const seconds = (performance.now() - before) / 1000
    const passed = problems.length === 0
    const report: PartReport = { part, title, passed, scope, verdict, problems, seconds }
    parts.push(report)
    all.push(...results)
    done?.(report)
  }
  const ran = (part: PartName): boolean => parts.some((one) => one.part === part)
  const kernels = ran('cycles') ? kernelsOf(all) : baseline.kernels
  const bugs = ran('bugs') ? all.flatMap(({ bug }) => (bug === undefined ? [] : [bug])) : baseline.bugs
  const speed = all.find((one) => one.speed !== undefined)?.speed ?? baseline.speed
  const { moves } = movesOf(baseline.kernels, kernels)
  const figures = { bugs, kernels, speed }
  const seconds = (performance.now() - start) / 1000
  return { parts, moves, seconds, figures, changes: changesOf(baseline, figures) }
}

/** Speeds that differ less are taken to be the same. */
const SAME_SPEED = 0.15

function changesOf(baseline: Baseline, { bugs, kernels, speed }: Omit<Baseline, 'corpus'>): string[] {
  const before = new Map(baseline.kernels.map((kernel) => [keyOf(kernel), kernel]))
  const after = new Map(kernels.map((kernel) => [keyOf(kernel), kernel]))
  const kernelChanges = kernels.flatMap((kernel) => {
    const old = before.get(keyOf(kernel))
    if (old === undefined) return [`${keyOf(kernel)}: new, ${kernel.cycles} cycles`]
    return old.cycles === kernel.cycles && old.instret === kernel.instret
      ? []
      : [`${keyOf(kernel)}: ${old.cycles} to ${kernel.cycles} cycles`]
  })
  const gone = baseline.kernels.filter((kernel) => !after.has(keyOf(kernel))).map((kernel) => `${keyOf(kernel)}: gone`)
  const found = new Map(bugs.map((bug) => [bug.id, bug]))
  const bugChanges = baseline.bugs.flatMap(({ id, cases }: CaughtBug) => {
    const now = found.get(id)
    return now === undefined
      ? [`${id}: no longer caught`]
      : now.cases === cases
        ? []
        : [`${id}: case ${cases} to ${now.cases}`]
  })
  const ratio = speed / baseline.speed
  const speedChanges =
    Math.abs(ratio - 1) > SAME_SPEED
      ? [`speed: ${baseline.speed.toFixed(1)} to ${speed.toFixed(1)} times the reference engine`]
      : []
  return [...bugChanges, ...kernelChanges, ...gone, ...speedChanges]
}
