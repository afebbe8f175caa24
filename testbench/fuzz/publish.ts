/** What a campaign leaves in its folder. */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { enclaveCalls, hostCalls } from '../../monitor/abi.ts'
import { presets } from '../../rtl-model/core/config.ts'
import { writeWhole } from '../../traces/output-file.ts'
import { writeCorpus } from './corpus.ts'
import { describeStep } from './describe.ts'
import { counterexampleHash, FINDING_VERSION, type Finding, writeFinding } from './finding.ts'
import type { Promised } from './promise.ts'
import { junitXml } from './report/junit.ts'
import { storyPage } from './report/page.ts'
import { sarifLog } from './report/sarif.ts'
import { summaryPage } from './report/summary-page.ts'
import { type Counts, type Found, ROUND_CASES } from './round.ts'
import { type Prepared, prepare, type Setup } from './setup.ts'
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

/** What a campaign comes to, to be written into its folder. */
export interface Report {
  readonly summary: Summary
  /** Texts of files by their paths: findings with their pages, then the summary in all its forms. */
  readonly texts: ReadonlyMap<string, string>
  /** The path of the summary's page. */
  readonly page: string
}

export interface Results extends Pick<Tally, 'found' | 'reached'> {
  readonly counts: Counts
}

/** What a report must know beside results. */
export interface About {
  readonly promises: readonly Promised[]
  readonly setup: Setup
  readonly facts: Facts
}

/** Keeps what there is so far: should the campaign end here, it can be taken up again. */
export async function keep(folder: string, tally: Tally, tallyText: string): Promise<void> {
  await writeWhole(join(folder, files.tally), tallyText)
  await writeCorpus(join(folder, files.corpus), corpusOf(tally))
}

/** Writes the files of a report. @throws InputError where that cannot be */
export async function writeReport(texts: Report['texts']): Promise<void> {
  for (const [path, text] of texts) await writeWhole(path, text)
}

/** Tells what a campaign came to: plays each finding once more for its page. */
export async function report(folder: string, results: Results, about: About & { version: string }): Promise<Report> {
  const texts = new Map<string, string>()
  const found = [...results.found.values()].sort((a, b) => casesUntil(a) - casesUntil(b))
  const add = (name: string, text: string): string => {
    const path = join(folder, name)
    texts.set(path, text)
    return path
  }
  const summary = summaryOf(results, found.length === 0 ? [] : await tellAll(found, about, add), about)
  add(files.summary, `${JSON.stringify(summary, null, 2)}\n`)
  add(files.junit, junitXml(summary))
  add(files.sarif, sarifLog(summary, about.version))
  return { summary, texts, page: add(files.page, summaryPage(summary, folder)) }
}

/** What a campaign comes to, with its breaches as far as they have been told. */
export function summaryOf(results: Results, breaches: readonly Breach[], { promises, setup, facts }: About): Summary {
  const { counts, found } = results
  return {
    ...facts,
    cases: counts.cases,
    casesPerSecond: counts.cases / Math.max(facts.seconds, 0.001),
    promises: promises.map((promise) => ({
      name: promise.name,
      statement: promise.statement,
      cases: casesOf(promise, counts, setup),
      breaches: [...found.values()].filter((one) => one.promise === promise.name).length,
    })),
    breaches,
    reached: reachedBy(results),
  }
}

/** Cases that a promise was held against. */
function casesOf(promise: Promised, { cases, pairs }: Counts, setup: Setup): number {
  if (promise.judgePair === undefined) return cases
  return canJudge(promise, setup) ? pairs : 0
}

/** Whether a promise can be judged on the core. */
export const canJudge = ({ needsTiming }: Promised, { core }: Setup): boolean =>
  needsTiming === undefined || presets[core].timing !== undefined

/** Cases of the campaign until a breach was met. */
const casesUntil = ({ round, afterCases }: Found): number => round * ROUND_CASES + afterCases

/** Keeps a text under a name; says where. */
type Add = (name: string, text: string) => string

async function tellAll(found: readonly Found[], { promises, setup, facts }: About, add: Add): Promise<Breach[]> {
  const prepared = await prepare(setup, promises)
  const sha256 = await hashOf(setup.monitor)
  return found.map((one) => tellFound(one, prepared, { ...setup, monitor: facts.monitor }, sha256, add))
}

/**
 * Plays a breach once more, and writes its finding and its page.
 * @param setup with the monitor's image as the finding is to name it
 * @param sha256 of the image, in hex
 */
export function tellFound(
  found: Found,
  { player, points }: Pick<Prepared, 'player' | 'points'>,
  setup: Setup,
  sha256: string,
  add: Add,
): Breach {
  const { statement } = player.promises.find(({ name }) => name === found.promise)!
  const finding = findingOf(found, statement, setup, sha256)
  const name = `${finding.promise}-${finding.id}`
  const file = add(`${name}.json`, writeFinding(finding))
  const replay = `npx yingzhou replay ${file}`
  const story = tellStory(player, points.find((point) => point.name === found.start)!, finding, replay)
  const shown =
    story === undefined
      ? { why: ['played once more, the promise held'] }
      : { why: story.explain, page: add(`${name}.html`, storyPage(story)) }
  return breachOf(finding, { stepsFound: found.stepsFound, cases: casesUntil(found), replay, file, ...shown })
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

/** The SHA-256 of a file that is there, in hex. */
export async function hashOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
}

/** What was reached, in numbers. */
function reachedBy({ reached, counts: { walks } }: Pick<Results, 'reached' | 'counts'>): Reached {
  const of = (kind: string): string[] =>
    [...reached.keys()]
      .filter((feature) => feature.startsWith(`${kind}:`))
      .map((feature) => feature.slice(kind.length + 1))
  const known = [
    ...Object.keys(hostCalls).map((name) => `host ${name}`),
    ...Object.keys(enclaveCalls).map((name) => `enclave ${name}`),
  ]
  return {
    calls: { made: of('call').filter((call) => known.includes(call)).length, of: known.length },
    errors: of('error').length,
    walks: [walks[0], walks[1], walks[2]],
    traps: new Set(of('trap').map((trap) => trap.replace(/^\S+ /, ''))).size,
    pmpEntries: of('pmp').length,
    tlbEvents: of('tlb').length,
    states: of('state').length,
  }
}
