import { describe, expect, test } from 'vitest'
import { type CampaignOptions, countsOf, type Progress, runCampaign } from './campaign.ts'
import type { Found, RoundResult, RoundTask } from './round.ts'
import { emptyTally } from './tally.ts'
import { readTally, writeTally } from './tally-file.ts'

const fresh = (): Progress => ({ tally: emptyTally(), next: 0, unfinished: new Map() })

const breach = (round: number): Found => ({
  ...{ promise: 'isolation', sentence: 'it broke', sort: 'one', order: 1n, seed: round, path: '0:1', round },
  ...{ afterCases: 2, start: 'stage', steps: [{ by: 'timer' }], stepsFound: 3 },
})

/** A round as it is if nobody ends it, or one that is ended after some cases. */
const played = ({ round, cases, known }: RoundTask, most = cases): RoundResult => ({
  round,
  cases: Math.min(cases, most),
  pairs: Math.floor(Math.min(cases, most) / 5),
  walks: [1, 0, round],
  found: known.includes('isolation: one') ? [] : [breach(round)],
  features: [`state:${round}`],
  corpus: [],
})

async function run(progress: Progress, options: Partial<CampaignOptions>, most?: number): Promise<RoundTask[]> {
  const tasks: RoundTask[] = []
  const ending = new AbortController()
  const shard = { index: 1, count: 1 }
  await runCampaign(
    async (task) => {
      tasks.push(task)
      if (most !== undefined) ending.abort()
      return played(task, most)
    },
    { seed: 9, cases: 2500, shard, workers: 1, corpus: [], ...options, progress, signal: ending.signal },
  )
  return tasks
}

/** As a campaign is taken up: through its file. */
function again(progress: Progress): Progress {
  const identity = { seed: 9, promises: [], monitor: '', core: 'default' as const, faults: [], code: '' }
  return readTally(writeTally({ identity, shard: '1/1', seconds: 1, progress }), 'tally.json').progress
}

describe('a campaign', () => {
  test('plays so many cases, in rounds one after the other, and finds a sort of breach once', async () => {
    const progress = fresh()
    const tasks = await run(progress, {})
    expect(tasks.map(({ seed, round, cases, known }) => [seed, round, cases, known.length])).toEqual([
      [9, 0, 1000, 0],
      [9, 1, 1000, 1],
      [9, 2, 500, 1],
    ])
    expect(countsOf(progress)).toEqual({ cases: 2500, pairs: 500, walks: [3, 0, 3] })
    expect([...progress.tally.found.values()]).toEqual([breach(0)])
  })

  test('is shared by shards and threads without a round left out or played twice', async () => {
    const shards = [1, 2, 3].map((index) => ({ index, count: 3 }))
    const rounds = shards.map((shard) => run(fresh(), { cases: 7000, shard, workers: 2 }))
    const all = (await Promise.all(rounds)).flat().map(({ round }) => round)
    expect(all.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('that was ended comes to the same when it is taken up', async () => {
    const whole = fresh()
    await run(whole, {})
    const progress = fresh()
    await run(progress, {}, 700)
    expect(countsOf(progress).cases).toBe(700)
    expect(progress.tally.found.size).toBe(1)
    const taken = again(progress)
    const tasks = await run(taken, {})
    expect(tasks.map(({ round, cases }) => [round, cases])).toEqual([
      [0, 1000],
      [1, 1000],
      [2, 500],
    ])
    expect(countsOf(taken)).toEqual(countsOf(whole))
    expect([...taken.tally.found]).toEqual([...whole.tally.found])
    expect(await run(again(taken), {})).toEqual([])
  })

  test('goes on where it is given more cases, also in a round that was smaller', async () => {
    const progress = fresh()
    await run(progress, {})
    const tasks = await run(progress, { cases: 4000 })
    expect(tasks.map(({ round, cases }) => [round, cases])).toEqual([
      [2, 1000],
      [3, 1000],
    ])
    expect(countsOf(progress).cases).toBe(4000)
  })

  test('keeps the cases of a round that was ended again, and earlier', async () => {
    const progress = fresh()
    await run(progress, {}, 700)
    await run(progress, {}, 3)
    expect(countsOf(progress).cases).toBe(700)
  })

  test('has all that was found when a round fails', async () => {
    const progress = fresh()
    const failing = runCampaign(
      async (task) => {
        if (task.round === 2) throw new Error('no memory')
        return played(task)
      },
      {
        ...{ seed: 9, shard: { index: 1, count: 1 }, workers: 1, corpus: [], progress },
        signal: AbortSignal.timeout(9000),
      },
    )
    await expect(failing).rejects.toThrow('no memory')
    expect(countsOf(progress).cases).toBe(2000)
    expect([...again(progress).unfinished.keys()]).toEqual([2])
  })
})
