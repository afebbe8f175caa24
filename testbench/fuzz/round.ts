import fc from 'fast-check'
import { type Action, actions, planOf } from './actions.ts'
import type { CorpusEntry } from './corpus.ts'
import type { Feature } from './features.ts'
import type { Step } from './finding.ts'
import { type CasePlayer, judgesPairs, PairPlayer, playerOf } from './pair.ts'
import type { Player, Trial } from './player.ts'
import type { PreparedPoint } from './points.ts'
import type { Breach } from './promise.ts'
import { countSteps, shortened } from './shorten.ts'

/** What a round is told: the same gives the same result, wherever and whenever it is run. */
export interface RoundTask {
  readonly seed: number
  /** Counted from 0. */
  readonly round: number
  readonly cases: number
  /** Sorts of breaches that need not be found again, as `sortOf` writes them. */
  readonly known: readonly string[]
  /** Cases that are worth going on from. */
  readonly corpus: readonly CorpusEntry[]
  /** Whether the round ends with the first breach. */
  readonly untilFound?: boolean
  /** Whether what is found is made shorter; by default it is. */
  readonly shrink?: boolean
}

/** A breach in its shortest form. */
export interface Found extends Breach {
  /** Of fast-check, for the steps as it left them. */
  readonly seed: number
  readonly path: string
  readonly round: number
  /** Cases of the round until it was met. */
  readonly afterCases: number
  readonly start: string
  readonly steps: readonly Step[]
  /** Steps of the case that met it. */
  readonly stepsFound: number
}

export interface RoundResult {
  readonly round: number
  readonly cases: number
  /** Page-table walks of its cases by how many entries they read, from one on. */
  readonly walks: readonly number[]
  readonly found: readonly Found[]
  readonly features: readonly Feature[]
  /** Cases that reached something first, within the round. */
  readonly corpus: readonly CorpusEntry[]
}

/**
 * Cases of a round: those of its first part are made anew, those of the others also go on from what was worth it. Those of
 * its last part are played in pairs where a promise is about that.
 */
export const ROUND_CASES = 1000
const PARTS = 5
/** Steps of a case beyond those that it goes on from. */
export const MOST_STEPS = 8

/** Breaches of one sort are one finding. */
export const sortOf = ({ promise, sort }: Pick<Breach, 'promise' | 'sort'>): string => `${promise}: ${sort}`

/** Plays the cases of a round from the points; each sort of breach is found once. */
export function runRound(player: Player, points: readonly PreparedPoint[], task: RoundTask): RoundResult {
  const known = new Set(task.known)
  const found: Found[] = []
  const features = new Set<Feature>()
  const corpus: CorpusEntry[] = [...task.corpus]
  let cases = 0
  const walks = [0, 0, 0]
  const result = (): RoundResult => ({
    ...{ round: task.round, cases, walks, found, features: [...features] },
    corpus: corpus.slice(task.corpus.length),
  })
  const last = judgesPairs(player) ? new PairPlayer(player) : player
  for (let part = 0; part < PARTS; part++) {
    const casePlayer = part === PARTS - 1 ? last : playerOf(player)
    const seed = seedOf(task, part)
    const runs = Math.floor((task.cases * (part + 1)) / PARTS) - Math.floor((task.cases * part) / PARTS)
    if (runs === 0) continue
    const bases = part === 0 ? [] : [...corpus]
    for (;;) {
      const made = [0, 0, 0]
      const { found: one, played } = check(
        casePlayer,
        points,
        { seed, runs, bases, shrink: task.shrink !== false },
        known,
        (start, list, { reached, walks: counts }) => {
          for (const [index, count] of counts.entries()) made[index] += count
          const fresh = [...reached].filter((feature) => !features.has(feature))
          if (fresh.length === 0) return
          for (const feature of fresh) features.add(feature)
          corpus.push({ start, actions: list, features: fresh })
        },
      )
      if (one === undefined) {
        cases += played
        for (const [index, count] of made.entries()) walks[index] += count
        break
      }
      found.push({ ...one, round: task.round, afterCases: cases + one.afterCases })
      known.add(sortOf(one))
      if (task.untilFound) return result()
    }
  }
  return result()
}

/** Seeds of fast-check have 32 bits. */
const seedOf = ({ seed, round }: RoundTask, part: number): number => (seed + round * PARTS + part) | 0

interface Part {
  readonly seed: number
  readonly runs: number
  readonly bases: readonly CorpusEntry[]
  readonly path?: string
  readonly shrink?: boolean
}

/** Runs fast-check until a breach of a sort that is not known, and gives that breach in its shortest form. */
function check(
  player: CasePlayer,
  points: readonly PreparedPoint[],
  { seed, runs, bases, path, shrink = true }: Part,
  known: ReadonlySet<string>,
  played: (start: string, actions: readonly Action[], trial: Trial) => void,
): { found: Omit<Found, 'round'> | undefined; played: number } {
  let first: { sort: string; stepsFound: number; afterCases: number } | undefined
  let last: { breach: Breach; point: PreparedPoint; steps: readonly Step[] } | undefined
  let count = 0
  const property = fc.property(caseOf(points, bases), ({ point, list }) => {
    if (player.control.isStopped()) return true
    count++
    const trial = player.play(point, list.map(planOf))
    const { steps, breach } = trial
    if (first === undefined) played(point.name, list, trial)
    if (breach === undefined) return true
    const sort = sortOf(breach)
    if (first === undefined ? known.has(sort) : sort !== first.sort) return true
    first ??= { sort, stepsFound: countSteps(steps), afterCases: count }
    last = { breach, point, steps }
    return false
  })
  const details = fc.check(property, {
    seed,
    numRuns: runs,
    endOnFailure: !shrink,
    ...(path !== undefined && { path }),
  })
  if (first === undefined || last === undefined) return { found: undefined, played: count }
  const { steps, breach } = shrink ? shortened(player, last.point, last.steps, last.breach) : last
  const { stepsFound, afterCases } = first
  const where = { seed, path: details.counterexamplePath ?? '', start: last.point.name }
  return { found: { ...breach, ...where, afterCases, steps, stepsFound }, played: count }
}

interface Case {
  readonly point: PreparedPoint
  readonly list: readonly Action[]
}

function caseOf(points: readonly PreparedPoint[], bases: readonly CorpusEntry[]): fc.Arbitrary<Case> {
  // Where there are no enclaves, most of what a case does is to create one, which takes long.
  const weighted = points.map((point) => ({
    weight: point.state.enclaves.size === 0 ? 1 : 20,
    arbitrary: fc.constant(point),
  }))
  const fresh = fc.record({ point: fc.oneof(...weighted), list: actions(MOST_STEPS) })
  const usable = bases.flatMap(({ start, actions: before }) => {
    const point = points.find(({ name }) => name === start)
    return point === undefined ? [] : [{ point, before }]
  })
  if (usable.length === 0) return fresh
  const onwards = fc
    .tuple(fc.constantFrom(...usable), actions(MOST_STEPS))
    .map(([{ point, before }, list]) => ({ point, list: [...before, ...list] }))
  return fc.oneof(fresh, onwards)
}

/** The breach that a seed and a path of fast-check lead to, from the points alone. */
export function replayPath(
  player: Player,
  points: readonly PreparedPoint[],
  seed: number,
  path: string,
): Found | undefined {
  const { found } = check(playerOf(player), points, { seed, path, runs: ROUND_CASES, bases: [] }, new Set(), () => {})
  return found && { ...found, round: 0 }
}
