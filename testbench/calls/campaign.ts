/** Many random sequences on one firmware, and where it and the specification disagree. */

import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describeMove, describeProblems } from './describe.ts'
import type { Driver } from './driver.ts'
import { type Disagreement, type Played, type Point, play } from './play.ts'
import { type Action, actions, planOf } from './sequences.ts'

export interface CampaignOptions {
  readonly sequences: number
  readonly seed: number
  /** Calls of a sequence, at most. */
  readonly length: number
  /** Told after each sequence. */
  progress?(done: Counts): void
  /** Ends the campaign early. */
  readonly signal?: AbortSignal
}

export interface Counts {
  sequences: number
  calls: number
  /** Calls that changed something. */
  effective: number
  /** Sequences with a disagreement. */
  disagreeing: number
}

/** Disagreements of one sort, with the shortest way to one. */
export interface Finding {
  readonly sort: string
  readonly count: number
  /** Moves from the starting point on. */
  readonly moves: readonly string[]
  readonly problems: readonly string[]
}

export interface CampaignResult {
  readonly counts: Counts
  /** How often each call was made, and how often it changed something. */
  readonly calls: ReadonlyMap<string, number>
  readonly findings: readonly Finding[]
}

interface Found {
  count: number
  readonly start: Point
  readonly list: readonly Action[]
}

/** Sequences made from one seed: fast-check's own numbers go from small to large over them. */
const CHUNK = 50

/** Plays until all sequences are played, or the signal says enough; then tells what was found so far. */
export async function runCampaign(
  driver: Driver,
  starts: readonly Point[],
  options: CampaignOptions,
): Promise<CampaignResult> {
  const { sequences, seed, length, progress, signal } = options
  const counts: Counts = { sequences: 0, calls: 0, effective: 0, disagreeing: 0 }
  const calls = new Map<string, number>()
  const found = new Map<string, Found>()
  for (let chunk = 0; counts.sequences < sequences && !signal?.aborted; chunk++) {
    const numRuns = Math.min(CHUNK, sequences - counts.sequences)
    for (const list of fc.sample(fc.noBias(actions(length)), { seed: seed + chunk, numRuns })) {
      if (signal?.aborted) break
      const start = starts[counts.sequences % starts.length]
      const played = play(driver, start, list.map(planOf), (move) => {
        const name = 'call' in move ? move.call.call : move.by
        calls.set(name, (calls.get(name) ?? 0) + 1)
      })
      count(counts, played)
      for (const disagreement of played.disagreements) {
        const sort = sortOf(disagreement)
        const known = found.get(sort)
        const isShorter = known === undefined || list.length < known.list.length
        const { start: from, list: way } = isShorter ? { start, list } : known
        found.set(sort, { count: (known?.count ?? 0) + 1, start: from, list: way })
      }
      progress?.(counts)
      await setImmediate()
    }
  }
  const findings = [...found].map(([sort, one]) => finding(driver, sort, one))
  return { counts, calls, findings: findings.sort((a, b) => b.count - a.count) }
}

function count(counts: Counts, { moves, effective, disagreements }: Played): void {
  counts.sequences++
  counts.calls += moves
  counts.effective += effective
  if (disagreements.length > 0) counts.disagreeing++
}

/** The last call, and in which ways it went wrong. */
function sortOf({ moves, problems }: Disagreement): string {
  const last = moves[moves.length - 1]
  const name = 'call' in last ? last.call.call : last.by
  const detail = 'call' in last && last.call.call === 'ocall' ? ` ${last.call.ocall}` : ''
  return `${name}${detail}: ${[...new Set(problems.map(({ kind }) => kind))].join(', ')}`
}

function finding(driver: Driver, sort: string, { count: times, start, list }: Found): Finding {
  const disagreement = disagreementOf(driver, start, sort, shortest(driver, start, sort, list))
  return {
    sort,
    count: times,
    moves: disagreement!.moves.map(describeMove),
    problems: describeProblems(disagreement!.problems),
  }
}

/** The disagreement of this sort that a sequence leads to. */
function disagreementOf(driver: Driver, start: Point, sort: string, list: readonly Action[]): Disagreement | undefined {
  return play(driver, start, list.map(planOf)).disagreements.find((disagreement) => sortOf(disagreement) === sort)
}

/** Without the actions that are not needed for a disagreement of this sort. */
function shortest(driver: Driver, start: Point, sort: string, list: readonly Action[]): readonly Action[] {
  let best = list
  for (let size = Math.ceil(list.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length; ) {
      const without = best.toSpliced(at, size)
      if (disagreementOf(driver, start, sort, without) !== undefined) best = without
      else at += size
    }
  }
  return best
}
