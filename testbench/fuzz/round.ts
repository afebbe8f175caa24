import fc from 'fast-check'
import { InputError } from '../../traces/input-error.ts'
import { type Action, actions, planOf, spyingActions } from './actions.ts'
import type { CorpusEntry } from './corpus.ts'
import type { Feature } from './features.ts'
import type { Step } from './finding.ts'
import { type CasePlayer, judgesPairs, PairPlayer, playerOf } from './pair.ts'
import type { Player, Trial } from './player.ts'
import type { PreparedPoint } from './points.ts'
import type { Breach } from './promise.ts'
import { secretOf } from './secret.ts'
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
  /** Of the round: with `path` it leads to the steps as fast-check left them. */
  readonly seed: number
  /** The cases of the round, the part, then the path of fast-check in that. */
  readonly path: string
  readonly round: number
  /** Cases of the round until it was met. */
  readonly afterCases: number
  readonly start: string
  readonly steps: readonly Step[]
  /** Steps of the case that met it. */
  readonly stepsFound: number
}

/** What cases came to, in numbers. */
export interface Counts {
  readonly cases: number
  /** Those of them that were judged in pairs. */
  readonly pairs: number
  /** Their page-table walks by how many entries they read, from one on. */
  readonly walks: readonly number[]
}

export const NO_COUNTS: Counts = { cases: 0, pairs: 0, walks: [0, 0, 0] }

/** Sums of what stands in the same places. */
const sums = (one: readonly number[], other: readonly number[]): readonly number[] =>
  one.map((count, index) => count + other[index])

export const addCounts = (one: Counts, other: Counts): Counts => ({
  cases: one.cases + other.cases,
  pairs: one.pairs + other.pairs,
  walks: sums(one.walks, other.walks),
})

export interface RoundResult extends Counts {
  readonly round: number
  readonly found: readonly Found[]
  readonly features: readonly Feature[]
  /** Cases that reached something that none did before, within the round. */
  readonly corpus: readonly CorpusEntry[]
}

/** What a round has come to since the last news of it. */
export type News = Pick<RoundResult, 'features' | 'found' | 'walks'>

/**
 * Cases of a round: those of its first part are made anew, most of the others go on from what was worth it. Where a promise
 * is about pairs, those of its last part are made anew and played in pairs, which takes several times as long.
 */
export const ROUND_CASES = 1000
const PARTS = 20
/** Shrinking goes no further after so many instructions: each try at a monitor that hangs takes millions. */
const SHRINK_INSTRUCTIONS = 100_000_000
/** Cases that take more instructions are not gone on from: each of those that did would take as many. */
const CORPUS_INSTRUCTIONS = 500_000
/** Steps of a case that is made anew, those with which one goes on from another, and those of what is gone on from. */
const MOST_STEPS = 3
const MOST_STEPS_MORE = 2
const MOST_STEPS_BEFORE = 8

/** Breaches of one sort are one finding. */
export const sortOf = ({ promise, sort }: Pick<Breach, 'promise' | 'sort'>): string => `${promise}: ${sort}`

/**
 * Plays the cases of a round from the points; each sort of breach is found once.
 * @param tell hears at once what is reached and found
 */
export function runRound(
  player: Player,
  points: readonly PreparedPoint[],
  task: RoundTask,
  tell: (news: News) => void = () => {},
): RoundResult {
  const round = new Round(player, points, task, tell)
  const known = new Set(task.known)
  for (let part = 0; part < PARTS && !round.isDone; part++) round.play(part, known)
  return round.result
}

/**
 * The breach that seed and path of a finding lead to, from the points alone: what the campaign had of earlier ones to go on
 * from is not known here.
 */
export function replayPath(
  player: Player,
  points: readonly PreparedPoint[],
  seed: number,
  path: string,
): Found | undefined {
  const [cases, part, ...rest] = path.split(':')
  if (Number(cases) > ROUND_CASES || !(Number(part) < PARTS) || rest.length === 0)
    throw new InputError(
      `--path ${path}: it begins with the cases of a round, at most ${ROUND_CASES}, and a part, 0 to ${PARTS - 1}`,
    )
  const task = { seed, round: 0, cases: Number(cases), known: [], corpus: [] }
  const round = new Round(player, points, task, () => {})
  for (let before = 0; before < Number(part); before++) round.play(before, { has: () => true, add() {} })
  round.play(Number(part), new Set(), rest.join(':'))
  return round.result.found[0]
}

/** Sorts of breaches that need not be found. */
type Known = Pick<Set<string>, 'has'> & { add(sort: string): void }

class Round {
  readonly #player: Player
  readonly #usual: CasePlayer
  readonly #points: readonly PreparedPoint[]
  readonly #task: RoundTask
  readonly #tell: (news: News) => void
  readonly #found: Found[] = []
  readonly #features = new Set<Feature>()
  readonly #corpus: CorpusEntry[] = []
  #walks = NO_COUNTS.walks
  #untoldWalks = NO_COUNTS.walks
  #cases = 0
  #pairs = 0

  constructor(player: Player, points: readonly PreparedPoint[], task: RoundTask, tell: (news: News) => void) {
    this.#player = player
    this.#usual = playerOf(player)
    this.#points = points
    this.#task = task
    this.#tell = tell
  }

  /** Whether a breach was found, and one is enough. */
  get isDone(): boolean {
    return this.#task.untilFound === true && this.#found.length > 0
  }

  get result(): RoundResult {
    return {
      round: this.#task.round,
      cases: this.#cases,
      pairs: this.#pairs,
      walks: this.#walks,
      found: this.#found,
      features: [...this.#features],
      corpus: this.#corpus,
    }
  }

  /** Plays a part; only the case at the path, where there is one. */
  play(part: number, known: Known, path?: string): void {
    const { seed: campaign, round, cases, corpus } = this.#task
    // Seeds of fast-check have 32 bits.
    const seed = (campaign + round * PARTS) | 0
    const inPairs = part === PARTS - 1 && judgesPairs(this.#player)
    const player = inPairs ? new PairPlayer(this.#player) : this.#usual
    const runs = Math.floor((cases * (part + 1)) / PARTS) - Math.floor((cases * part) / PARTS)
    const bases = part === 0 || inPairs ? [] : [...corpus, ...this.#corpus]
    const played = (entry: Case, trial: Trial): void => this.#played(player, entry, trial)
    for (let from = 0; from < runs; ) {
      const where = path === undefined ? { runs: runs - from, path: String(from) } : { runs: 1, path }
      const run = { seed: (seed + part) | 0, bases, shrink: this.#task.shrink !== false, ...where }
      const one = check(player, this.#points, run, known, played)
      if (one === undefined) return
      const { cases: since, path: at, ...breach } = one
      from += since
      const found = { ...breach, seed, path: `${cases}:${part}:${at}`, round, afterCases: this.#cases }
      this.#found.push(found)
      this.#news([], [found])
      known.add(sortOf(found))
      if (path !== undefined || this.isDone) return
    }
  }

  #played(player: CasePlayer, played: Case, { reached, walks, instructions, isPair, breach }: Trial): void {
    this.#player.control.played()
    this.#cases++
    if (isPair) this.#pairs++
    this.#walks = sums(this.#walks, walks)
    this.#untoldWalks = sums(this.#untoldWalks, walks)
    const fresh = [...reached].filter((feature) => !this.#features.has(feature))
    if (fresh.length === 0) return
    for (const feature of fresh) this.#features.add(feature)
    if (instructions <= CORPUS_INSTRUCTIONS) {
      const entry = { start: played.point.name, actions: actionsOf(played), features: [...reached].sort() }
      this.#corpus.push(entry)
      if (breach === undefined) player.keepEnd(entry)
    }
    this.#news(fresh, [])
  }

  #news(features: readonly Feature[], found: readonly Found[]): void {
    this.#tell({ features, found, walks: this.#untoldWalks })
    this.#untoldWalks = NO_COUNTS.walks
  }
}

interface Run {
  readonly seed: number
  /** Cases at most: behind a path there are others. */
  readonly runs: number
  readonly bases: readonly CorpusEntry[]
  /** Of fast-check; a number by itself is the case to begin with. */
  readonly path: string
  readonly shrink: boolean
}

/** Runs fast-check until a breach of a sort that is not known, and gives that breach in its shortest form. */
function check(
  player: CasePlayer,
  points: readonly PreparedPoint[],
  { seed, runs, bases, path, shrink }: Run,
  known: Known,
  played: (played: Case, trial: Trial) => void,
): (Omit<Found, 'round' | 'afterCases'> & { cases: number }) | undefined {
  let first: { sort: string; stepsFound: number } | undefined
  let last: { breach: Breach; point: PreparedPoint; steps: readonly Step[] } | undefined
  let cases = 0
  /** Instructions that shrinking has taken. */
  let spent = 0
  const spies = player instanceof PairPlayer && player.hasTiming
  const property = fc.property(spies ? withSpying(points, bases) : caseOf(points, bases), (one) => {
    const isOver = first === undefined ? cases === runs : spent > SHRINK_INSTRUCTIONS
    if (player.control.isStopped() || isOver) return true
    const { point, before, list } = one
    const trial = before ? player.playOn(point, before, list.map(planOf)) : player.play(point, list.map(planOf))
    const { steps, breach } = trial
    if (first === undefined) {
      cases++
      played(one, trial)
    } else spent += trial.instructions
    if (breach === undefined) return true
    const sort = sortOf(breach)
    if (first === undefined ? known.has(sort) : sort !== first.sort) return true
    if (first === undefined) {
      first = { sort, stepsFound: countSteps(steps) }
      player.control.met?.()
    }
    last = { breach, point, steps }
    return false
  })
  const details = fc.check(property, { seed, numRuns: runs, path, endOnFailure: !shrink })
  if (first === undefined || last === undefined) return undefined
  const { steps, breach } = shrink ? shortened(player, last.point, last.steps, last.breach) : last
  const { stepsFound } = first
  const where = { seed, path: details.counterexamplePath ?? '', start: last.point.name }
  return { ...breach, ...where, steps, stepsFound, cases }
}

interface Case {
  readonly point: PreparedPoint
  /** What it goes on from. */
  readonly before?: CorpusEntry
  readonly list: readonly Action[]
}

const actionsOf = ({ before, list }: Case): readonly Action[] => [...(before?.actions ?? []), ...list]

function caseOf(points: readonly PreparedPoint[], bases: readonly CorpusEntry[]): fc.Arbitrary<Case> {
  // Where there are no enclaves, most of what a case does is to create one, which takes long.
  const weighted = points.map((point) => ({
    weight: point.state.enclaves.size === 0 ? 1 : 20,
    arbitrary: fc.constant(point),
  }))
  const fresh = fc.record({ point: fc.oneof(...weighted), list: actions(MOST_STEPS) })
  const usable = bases.flatMap((before) => {
    const point = points.find(({ name }) => name === before.start)
    return point === undefined || before.actions.length > MOST_STEPS_BEFORE ? [] : [{ point, before }]
  })
  if (usable.length === 0) return fresh
  const onwards = fc
    .tuple(fc.constantFrom(...usable), actions(MOST_STEPS_MORE))
    .map(([base, list]) => ({ ...base, list }))
  return fc.oneof(fresh, { weight: 2, arbitrary: onwards })
}

/**
 * Of pairs whose times are compared, a quarter are about those alone: they begin where the host may let the enclave with the
 * secret run.
 */
function withSpying(points: readonly PreparedPoint[], bases: readonly CorpusEntry[]): fc.Arbitrary<Case> {
  const others = caseOf(points, bases)
  const usable = points.filter((point) => {
    const secret = secretOf(point)
    const { running, enclaves } = point.state
    return running === undefined && secret !== undefined && enclaves.get(secret.eid)?.state !== 'STOPPED'
  })
  if (usable.length === 0) return others
  const spying = fc.record({ point: fc.constantFrom(...usable), list: spyingActions })
  return fc.oneof({ weight: 3, arbitrary: others }, { weight: 1, arbitrary: spying })
}
