/** What a campaign, or a shard of one, came to so far, in a file: to be taken up again, or to be merged with others. */

import { readStep, stringify } from './finding.ts'
import { JsonValue } from './json-value.ts'
import type { Found } from './round.ts'
import { sortOf } from './round.ts'
import type { Setup } from './setup.ts'
import { emptyTally, type Tally } from './tally.ts'

const VERSION = 1
const CORES: readonly Setup['core'][] = ['default', 'rocket']

/** What must be the same for two tallies to be parts of one campaign. */
export interface Identity {
  readonly seed: number
  readonly promises: readonly string[]
  /** The SHA-256 of the monitor's image, in hex. */
  readonly monitor: string
  readonly core: Setup['core']
  readonly faults: readonly string[]
}

export interface TallyFile {
  readonly identity: Identity
  /** `i/n`. */
  readonly shard: string
  /** Rounds of the shard that are done. */
  readonly rounds: number
  readonly seconds: number
  readonly tally: Tally
}

export function writeTally({ tally, ...rest }: TallyFile): string {
  const { cases, walks, found, reached } = tally
  const features = [...reached.keys()].sort()
  return `${stringify({ version: VERSION, ...rest, cases, walks, features, found: [...found.values()] }, 1)}\n`
}

/** @throws InputError where the text is not one that `writeTally` wrote, or one of another version */
export function readTally(text: string, fileName: string): TallyFile {
  const file = JsonValue.parse(text, fileName)
  const version = file.member('version')
  if (!version.exists || version.integer() !== VERSION) version.fail(`expected version ${VERSION}`)
  const identity = file.member('identity')
  const tally = emptyTally()
  tally.cases = file.member('cases').integer()
  tally.walks = file
    .member('walks')
    .list()
    .map((count) => count.integer())
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
    },
    shard: file.member('shard').text(),
    rounds: file.member('rounds').integer(),
    seconds: file.member('seconds').number(),
    tally,
  }
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
