import { join } from 'node:path'
import { countsOf, runCampaign, type Shard } from '../../testbench/fuzz/campaign.ts'
import { readCorpus } from '../../testbench/fuzz/corpus.ts'
import type { Promised } from '../../testbench/fuzz/promise.ts'
import { type Facts, files, hashOf, keep, report, summaryOf } from '../../testbench/fuzz/publish.ts'
import { counted } from '../../testbench/fuzz/report/words.ts'
import { addCounts, type News } from '../../testbench/fuzz/round.ts'
import { readyTo, type Setup } from '../../testbench/fuzz/setup.ts'
import type { Summary } from '../../testbench/fuzz/summary.ts'
import { addFindings } from '../../testbench/fuzz/tally.ts'
import { writeTally } from '../../testbench/fuzz/tally-file.ts'
import { makeFolder } from '../../traces/output-file.ts'
import { createCampaignLine } from '../terminal/campaign-line.ts'
import { monitorName } from '../terminal/fuzz-options.ts'
import { packageDescription } from '../terminal/package-root.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { createPool, workerFile } from './pool.ts'
import { giveResults } from './results.ts'
import { takenUp } from './taken-up.ts'

export interface Attack {
  readonly setup: Setup
  readonly promises: readonly Promised[]
  /** That of the campaign in the folder, or of the clock, where absent. */
  readonly seed?: number
  readonly seconds?: number
  /** Cases in all shards together. */
  readonly runs?: number
  readonly workers: number
  readonly shard: Shard
  /** The folder where everything is kept. */
  readonly out: string
  readonly asJson: boolean
}

/** Between two times that what there is so far is kept, unless something was found. */
const KEEP_MILLISECONDS = 10_000
const LINE_MILLISECONDS = 250

/**
 * Runs a campaign until its end or the user's, with a line that tells where it is; prints what it came to, and leaves
 * everything in the folder.
 * @throws InputError for what cannot be used, read or written
 */
export async function runAttack(attack: Attack, terminal: Terminal): Promise<Summary> {
  const { setup, promises, seed: given, seconds: most, runs, workers, shard, out, asJson } = attack
  await readyTo(setup)
  await makeFolder(out)
  const { monitor, core, faults } = setup
  const names = promises.map(({ name }) => name)
  const [image, code] = [await hashOf(monitor), await hashOf(workerFile())]
  const before = await takenUp(
    out,
    { promises: names, monitor: image, core, faults, code },
    `${shard.index}/${shard.count}`,
    given,
  )
  const { seed } = before.identity
  const { progress } = before
  const { tally } = progress
  const { entries: corpus, skipped } = await readCorpus(join(out, files.corpus))
  for (const note of skipped) terminal.say(`yingzhou: ${note}\n`)
  let seen = countsOf(progress)
  if (seen.cases > 0) terminal.say(`yingzhou: ${out}: taken up after ${counted(seen.cases, 'case')} of seed ${seed}\n`)

  const start = performance.now()
  const facts = (): Facts => ({
    ...{ seed, workers, core, faults, monitor: monitorName(monitor) },
    seconds: before.seconds + (performance.now() - start) / 1000,
    shard: shard.count === 1 ? null : before.shard,
    interrupted: terminal.interrupted.aborted,
  })
  const ending = new AbortController()
  const end = (): void => ending.abort()
  let failure: unknown
  let keeping = Promise.resolve()
  let kept = start
  const keepAll = (): Promise<void> => keep(out, tally, writeTally({ ...before, seconds: facts().seconds }))
  const keepNow = (): void => {
    kept = performance.now()
    keeping = keeping.then(keepAll).catch((error) => {
      failure ??= error
      end()
    })
  }
  const hear = ({ features, found, walks }: News): void => {
    seen = addCounts(seen, { cases: 0, pairs: 0, walks })
    addFindings(tally, { features, found, corpus: [] })
    if (found.length > 0) keepNow()
  }
  const pool = createPool(setup, names, workers, hear)
  ending.signal.addEventListener('abort', () => pool.stop())
  terminal.interrupted.addEventListener('abort', end)
  if (terminal.interrupted.aborted) end()
  const timer = most === undefined ? undefined : setTimeout(end, most * 1000)
  const line = await createCampaignLine(terminal)
  const lines = setInterval(() => {
    const counts = { ...seen, cases: seen.cases + pool.played }
    line.update(summaryOf({ ...tally, counts }, [], { promises, setup, facts: facts() }))
  }, LINE_MILLISECONDS)
  try {
    await runCampaign((task) => pool.run(task), {
      ...{ seed, shard, workers, progress, corpus, signal: ending.signal },
      ...(runs !== undefined && { cases: runs }),
      done() {
        if (performance.now() - kept > KEEP_MILLISECONDS) keepNow()
      },
    })
  } catch (error) {
    failure ??= error
  } finally {
    clearTimeout(timer)
    clearInterval(lines)
    terminal.interrupted.removeEventListener('abort', end)
    line.stop()
    await pool.close()
    await keeping
  }
  const counts = countsOf(progress)
  if (failure !== undefined && counts.cases === 0 && tally.found.size === 0) throw failure
  for (const note of pool.missing) terminal.say(`yingzhou: ${monitorName(monitor)}: no cases from the point ${note}\n`)
  const about = { promises, setup, facts: facts(), version: packageDescription().version }
  const results = await report(out, { ...tally, counts }, about)
  await giveResults(results, terminal, { keep: keepAll, asJson, failure })
  return results.summary
}
