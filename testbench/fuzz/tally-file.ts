/** What a campaign, or a shard of one, came to so far, in a file: to be taken up again, or to be merged with others. */

import type { Progress } from './campaign.ts'
import { readStep, stringify } from './finding.ts'
import { JsonValue } from './json-value.ts'
import { type Counts, type Found, sortOf } from './round.ts'
import type { Setup } from './setup.ts'
import { emptyTally } from './tally.ts'

const VERSION = 2
const CORES: readonly Setup['core'][] = ['default', 'rocket']

/** What must be the same for two tallies to be parts of one campaign. */
export interface Identity {
  readonly seed: number
  readonly promises: readonly string[]
  /** The SHA-256 of the monitor's image, in hex. */
  readonly monitor: string
  readonly core: Setup['core']
  readonly faults: readonly string[]
  /** The SHA-256 of the code that plays the cases, in hex. */
  readonly code: string
}

export interface TallyFile {
  readonly identity: Identity
  /** `i/n`, or that this is several of them together. */
  readonly shard: string
  readonly seconds: number
  readonly progress: Progress
}

export function writeTally({ identity, shard, seconds, progress }: TallyFile): string {
  const { next, unfinished, tally } = progress
  const features = [...tally.reached.keys()].sort()
  const found = [...tally.found.values()]
  const rounds = {
    next,
    unfinished: [...unfinished].map(([round, { cases, pairs, walks }]) => ({ round, cases, pairs, walks })),
  }
  return `${stringify({ version: VERSION, identity, shard, seconds, ...rounds, ...tally.counts, features, found }, 1)}\n`
}

/** @throws InputError where the text is not one that `writeTally` wrote, or one of another version */
export function readTally(text: string, fileName: string): TallyFile {
  const file = JsonValue.parse(text, fileName)
  const version = file.member('version')
  if (!version.exists || version.integer() !== VERSION) version.fail(`expected version ${VERSION}`)
  const identity = file.member('identity')
  const tally = emptyTally()
  tally.counts = readCounts(file)
  for (const feature of file.member('features').list()) tally.reached.set(feature.text(), undefined)
  for (const found of file.member('found').list().map(readFound)) tally.found.set(sortOf(found), found)
  return {
    identity: {
      seed: identity.member('seed').integer(),
      promises: identity
        .member('promises')
        .list()
        .map((name) => name.text()),
      monitor: identity.member('monitor').text(),
      core: identity.member('core').oneOf(CORES),
      faults: identity
        .member('faults')
        .list()
        .map((id) => id.text()),
      code: identity.member('code').text(),
    },
    shard: file.member('shard').text(),
    seconds: file.member('seconds').number(),
    progress: {
      tally,
      next: file.member('next').integer(),
      unfinished: new Map(
        file
          .member('unfinished')
          .list()
          .map((round) => [round.member('round').integer(), readCounts(round)]),
      ),
    },
  }
}

function readCounts(counts: JsonValue): Counts {
  const walks = counts.member('walks')
  const list = walks.list().map((count) => count.integer())
  if (list.length !== 3) walks.fail('expected three numbers')
  return { cases: counts.member('cases').integer(), pairs: counts.member('pairs').integer(), walks: list }
}

function readFound(found: JsonValue): Found {
  const text = (name: string): string => found.member(name).text()
  const integer = (name: string): number => found.member(name).integer()
  return {
    promise: text('promise'),
    sentence: text('sentence'),
    sort: text('sort'),
    order: found.member('order').unsigned(64),
    seed: integer('seed'),
    path: text('path'),
    round: integer('round'),
    afterCases: integer('afterCases'),
    start: text('start'),
    steps: found.member('steps').list().map(readStep),
    stepsFound: integer('stepsFound'),
  }
}
