import type { CorpusEntry } from './corpus.ts'
import { ROUND_CASES, type RoundResult, type RoundTask } from './round.ts'
import { addRound, type Tally } from './tally.ts'

export interface Shard {
  /** From 1 to `count`. */
  readonly index: number
  readonly count: number
}

export interface CampaignOptions {
  readonly seed: number
  /** Cases in all shards together; without an end where absent. */
  readonly cases?: number
  readonly shard: Shard
  /** Rounds at a time. */
  readonly workers: number
  /** Rounds of the shard that were done before, and what they came to. */
  readonly rounds: number
  readonly tally: Tally
  /** What every round goes on from. */
  readonly corpus: readonly CorpusEntry[]
  /** Ends the campaign: no further round begins. */
  readonly signal: AbortSignal
  /** A round is done, and added to the tally. */
  progress?(): void | Promise<void>
}

/**
 * Runs the shard's rounds, in their order, and adds up what they come to. A round depends on nothing but its task, so that
 * shards together come to what one campaign comes to.
 * @param run runs one round, somewhere
 */
export async function runCampaign(
  run: (task: RoundTask) => Promise<RoundResult>,
  { seed, cases = Number.POSITIVE_INFINITY, shard, workers, rounds, tally, corpus, signal, progress }: CampaignOptions,
): Promise<void> {
  let next = shard.index - 1 + rounds * shard.count
  const work = async (): Promise<void> => {
    while (!signal.aborted && next * ROUND_CASES < cases) {
      const round = next
      next += shard.count
      const task = { seed, round, cases: Math.min(ROUND_CASES, cases - round * ROUND_CASES), corpus }
      addRound(tally, await run({ ...task, known: [...tally.found.keys()] }))
      await progress?.()
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
}
