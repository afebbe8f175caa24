import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { promisesNamed } from '../../properties/index.ts'
import { countsOf, type Progress, runCampaign, type Shard } from '../../testbench/fuzz/campaign.ts'
import { mergeFolders } from '../../testbench/fuzz/merge.ts'
import { keep } from '../../testbench/fuzz/publish.ts'
import { runRound } from '../../testbench/fuzz/round.ts'
import { type Prepared, prepare } from '../../testbench/fuzz/setup.ts'
import { corpusOf, emptyTally } from '../../testbench/fuzz/tally.ts'
import { writeTally } from '../../testbench/fuzz/tally-file.ts'
import { makeFolder } from '../../traces/output-file.ts'
import { temporaryFolder } from '../commands/heard.ts'
import { ourMonitor } from '../terminal/fuzz-options.ts'

const path = temporaryFolder()
const SEED = 20261121

/** Runs a shard of a campaign, with two rounds at a time, and leaves it in a folder. */
async function leave(
  folder: string,
  { player, points }: Prepared,
  shard: Shard,
  size: { cases: number; roundCases: number },
) {
  const progress: Progress = { tally: emptyTally(), next: 0, unfinished: new Map() }
  const signal = new AbortController().signal
  const options = { seed: SEED, ...size, shard, workers: 2, progress, corpus: [], signal }
  await runCampaign(async (task) => runRound(player, points, task), options)
  const identity = { seed: SEED, promises: [], monitor: '', core: 'default' as const, faults: [], code: '' }
  await makeFolder(folder)
  await keep(
    folder,
    progress.tally,
    writeTally({ identity, shard: `${shard.index}/${shard.count}`, seconds: 1, progress }),
  )
  return progress
}

/** What a folder of a corpus holds. */
const corpusIn = (folder: string) =>
  readdirSync(`${folder}/corpus`).map((name) => [name, readFileSync(`${folder}/corpus/${name}`, 'utf8')])

describe('shards together come to what one campaign over the same seeds comes to', () => {
  const cases = [
    { name: 'on the honest core', faults: [], promises: [], size: { cases: 60, roundCases: 20 }, broken: false },
    {
      name: 'with a planted bug',
      faults: ['T01a'],
      promises: ['isolation'],
      size: { cases: 24, roundCases: 8 },
      broken: true,
    },
  ]
  test.each(cases)('$name', async ({ name, faults, promises, size, broken }) => {
    const prepared = await prepare({ monitor: ourMonitor(), core: 'default', faults }, promisesNamed(promises))
    const folder = (part: string) => path(`${name} ${part}`)
    const one = await leave(folder('all'), prepared, { index: 1, count: 1 }, size)
    // In another order.
    for (const index of [3, 1, 2]) await leave(folder(`${index}`), prepared, { index, count: 3 }, size)
    const { tally, notes, shards } = await mergeFolders([folder('2'), folder('3'), folder('1')])

    expect({ notes, shards }).toEqual({ notes: [], shards: 3 })
    expect(tally.counts.cases).toBe(size.cases)
    expect(tally.counts).toEqual(countsOf(one))
    const sorted = (found: typeof tally.found) => [...found].sort(([a], [b]) => (a < b ? -1 : 1))
    expect(sorted(tally.found)).toEqual(sorted(one.tally.found))
    expect(tally.found.size > 0).toBe(broken)
    expect([...tally.reached.keys()].sort()).toEqual([...one.tally.reached.keys()].sort())
    await makeFolder(folder('merged'))
    await keep(folder('merged'), tally, '')
    expect(corpusIn(folder('merged'))).toEqual(corpusIn(folder('all')))
    expect(corpusOf(tally).length).toBeGreaterThan(10)
  })
})
