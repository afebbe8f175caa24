/** What a campaign leaves in its folder. */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { enclaveCalls, hostCalls } from '../../monitor/abi.ts'
import { writeWhole } from '../../traces/output-file.ts'
import { writeCorpus } from './corpus.ts'
import { describeStep } from './describe.ts'
import { counterexampleHash, FINDING_VERSION, type Finding, writeFinding } from './finding.ts'
import type { Promised } from './promise.ts'
import { junitXml } from './report/junit.ts'
import { storyPage } from './report/page.ts'
import { sarifLog } from './report/sarif.ts'
import { summaryPage } from './report/summary-page.ts'
import type { Found } from './round.ts'
import { prepare, type Setup } from './setup.ts'
import { type Breach, breachOf, type Reached, type Summary } from './summary.ts'
import { corpusOf, type Tally } from './tally.ts'
import { tellStory } from './tell.ts'

/** Files of the folder beside findings and their pages. */
export const files = {
  summary: 'summary.json',
  page: 'index.html',
  junit: 'junit.xml',
  sarif: 'results.sarif',
  tally: 'tally.json',
  corpus: 'corpus',
} as const

/** How a campaign was run: the summary without what it came to. */
export type Facts = Omit<Summary, 'promises' | 'breaches' | 'reached' | 'cases' | 'casesPerSecond'>

/** Keeps what there is so far: should the campaign end here, it can be taken up again. */
export async function keep(folder: string, tally: Tally, tallyText: string): Promise<void> {
  await writeCorpus(join(folder, files.corpus), corpusOf(tally))
  await writeWhole(join(folder, files.tally), tallyText)
}

/** Writes the findings with their pages, and the summary in all its forms. */
export async function publish(
  folder: string,
  tally: Tally,
  { promises, setup, facts, version }: { promises: readonly Promised[]; setup: Setup; facts: Facts; version: string },
): Promise<Summary> {
  const found = [...tally.found.values()].sort((a, b) => a.round - b.round)
  const breaches = found.length === 0 ? [] : await publishFindings(folder, found, promises, setup)
  const summary: Summary = {
    ...facts,
    cases: tally.cases,
    casesPerSecond: tally.cases / Math.max(facts.seconds, 0.001),
    promises: promises.map(({ name, statement }) => ({
      name,
      statement,
      cases: tally.cases,
      breaches: breaches.filter(({ promise }) => promise === name).length,
    })),
    breaches,
    reached: reachedBy(tally),
  }
  const write = (name: string, text: string) => writeWhole(join(folder, name), text)
  await write(files.summary, `${JSON.stringify(summary, null, 2)}\n`)
  await write(files.junit, junitXml(summary))
  await write(files.sarif, sarifLog(summary, version))
  await write(files.page, summaryPage(summary, folder))
  return summary
}

async function publishFindings(
  folder: string,
  found: readonly Found[],
  promises: readonly Promised[],
  setup: Setup,
): Promise<Breach[]> {
  const { player, points } = await prepare(setup, promises)
  const sha256 = await hashOf(setup.monitor)
  const breaches: Breach[] = []
  for (const one of found) {
    const { statement } = promises.find(({ name }) => name === one.promise)!
    const finding = findingOf(one, statement, setup, sha256)
    const file = join(folder, `${finding.promise}-${finding.id}.json`)
    await writeWhole(file, writeFinding(finding))
    const replay = `npx yingzhou replay ${file}`
    const story = tellStory(player, points.find(({ name }) => name === one.start)!, finding, replay)
    const page = file.replace(/\.json$/, '.html')
    if (story !== undefined) await writeWhole(page, storyPage(story))
    const shown = story === undefined ? { why: [] } : { why: story.explain, page }
    breaches.push(breachOf(finding, { stepsFound: one.stepsFound, cases: one.afterCases, replay, file, ...shown }))
  }
  return breaches
}

function findingOf(found: Found, statement: string, setup: Setup, sha256: string): Finding {
  const { promise, sentence, seed, path, start, steps } = found
  return {
    version: FINDING_VERSION,
    id: counterexampleHash({ start, steps }).slice(0, 8),
    promise,
    statement,
    sentence,
    seed,
    path,
    start,
    steps,
    stepTexts: steps.map(describeStep),
    monitor: { file: setup.monitor, sha256 },
    core: setup.core,
    faults: setup.faults,
  }
}

/** The SHA-256 of a file, in hex. */
export async function hashOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
}

/** What was reached, in numbers. */
export function reachedBy({ reached, walks }: Tally): Reached {
  const count = (kind: string): number => [...reached.keys()].filter((feature) => feature.startsWith(`${kind}:`)).length
  const of = Object.keys(hostCalls).length + Object.keys(enclaveCalls).length
  return {
    calls: { made: count('call'), of },
    errors: count('error'),
    walks: [walks[0], walks[1], walks[2]],
    traps: count('trap'),
    pmpEntries: count('pmp'),
    tlbEvents: count('tlb'),
    states: count('state'),
  }
}
