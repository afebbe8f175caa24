import type { CorpusEntry } from './corpus.ts'
import { addCounts, type Counts, NO_COUNTS, ROUND_CASES, type RoundResult, type RoundTask } from './round.ts'
import { addFindings, addRound, type Tally } from './tally.ts'

export interface Shard {
  /** From 1 to `count`. */
  readonly index: number
  readonly count: number
}

/** How far a campaign, or a shard of one, has come. */
export interface Progress {
  /** What whole rounds came to, and what was found and reached in the others. */
  readonly tally: Tally
  /** Of the rounds that the shard has not begun, the first is this one of its own. */
  next: number
  /** Rounds of fewer cases than rounds have, and what those come to, which the tally does not count. */
  readonly unfinished: Map<number, Counts>
}

/** All cases that were played. */
export const countsOf = ({ tally, unfinished }: Progress): Counts =>
  [...unfinished.values()].reduce(addCounts, tally.counts)

export interface CampaignOptions {
  readonly seed: number
  /** Cases in all shards together; without an end where absent. */
  readonly cases?: number
  readonly shard: Shard
  /** Rounds at a time. */
  readonly workers: number
  /** What was done before, to which this adds. Rounds that were cut short are played again. */
  readonly progress: Progress
  /** What every round goes on from. */
  readonly corpus: readonly CorpusEntry[]
  /** Of a round, where it is not as many as usual. */
  readonly roundCases?: number
  /** Ends the campaign: no further round begins. */
  readonly signal: AbortSignal
  /** A round is done. */
  done?(): void
}

/**
 * Runs the shard's rounds, in their order, and adds up what they come to. A round depends on nothing but its task, so that
 * shards together come to what one campaign comes to.
 * @param run runs one round, somewhere; it may end early once the signal is given
 */
export async function runCampaign(
  run: (task: RoundTask) => Promise<RoundResult>,
  options: CampaignOptions,
): Promise<void> {
  const { seed, cases = Number.POSITIVE_INFINITY, shard, workers, progress, corpus, signal, done } = options
  const { roundCases = ROUND_CASES } = options
  const { tally, unfinished } = progress
  const sizeOf = (round: number): number => Math.min(roundCases, cases - round * roundCases)
  const again = [...unfinished].filter(([round, counts]) => counts.cases < sizeOf(round)).map(([round]) => round)
  const nextRound = (): number | undefined => {
    if (again.length > 0) return again.shift()
    const round = shard.index - 1 + shard.count * progress.next
    if (sizeOf(round) <= 0) return undefined
    progress.next++
    return round
  }
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      const round = nextRound()
      if (round === undefined) return
      const before = unfinished.get(round) ?? NO_COUNTS
      unfinished.set(round, before)
      const result = await run({ seed, round, cases: sizeOf(round), known: [...tally.found.keys()], corpus })
      if (result.cases < roundCases) {
        addFindings(tally, result)
        if (result.cases > before.cases) unfinished.set(round, result)
      } else {
        addRound(tally, result)
        unfinished.delete(round)
      }
      done?.()
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
}
