/** What a campaign did and found: also its JSON form, as it is. */

import { counterexampleHash, type Finding } from './finding.ts'

export interface PromiseSummary {
  readonly name: string
  readonly statement: string
  /** Cases that it was held against. */
  readonly cases: number
  /** Breaches that differ. */
  readonly breaches: number
}

/** What the feedback saw at least once. */
export interface Reached {
  /** Of all calls that there are. */
  readonly calls: { readonly made: number; readonly of: number }
  /** Pairs of a call and an error that it ended in. */
  readonly errors: number
  /** Page-table walks that ended at the first, second and third level. */
  readonly walks: readonly [one: number, two: number, three: number]
  /** Causes of traps. */
  readonly traps: number
  /** PMP entries that decided on an access, by mode, wholly or in part. */
  readonly pmpEntries: number
  /** Sorts of TLB events. */
  readonly tlbEvents: number
  /** States of the specification. */
  readonly states: number
}

/** A finding without what only a replay needs. */
export interface Breach extends Pick<Finding, 'id' | 'promise' | 'statement' | 'sentence' | 'seed' | 'path' | 'start'> {
  readonly steps: readonly string[]
  /** Steps of the case before it was shrunk. */
  readonly stepsFound: number
  /** Cases until it was found. */
  readonly cases: number
  readonly why: readonly string[]
  /** The command that shows it again. */
  readonly replay: string
  /** Where the finding, its page, and a program that shows it elsewhere are kept. */
  readonly file: string
  readonly page?: string
  readonly elf?: string
  /** Of start and steps. */
  readonly hash: string
}

export interface Summary {
  readonly cases: number
  readonly seconds: number
  readonly casesPerSecond: number
  readonly seed: number
  readonly workers: number
  /** `i/n` where this was a part of a campaign. */
  readonly shard: string | null
  /** The file of the monitor's image. */
  readonly monitor: string
  readonly core: string
  /** Planted bugs. */
  readonly faults: readonly string[]
  readonly promises: readonly PromiseSummary[]
  /** Each once, the shortest known. */
  readonly breaches: readonly Breach[]
  readonly reached: Reached
  /** Ended before it was done. */
  readonly interrupted: boolean
}

/** A finding as a summary has it. */
export function breachOf(
  finding: Finding,
  found: Pick<Breach, 'stepsFound' | 'cases' | 'why' | 'replay' | 'file' | 'page' | 'elf'>,
): Breach {
  const { id, promise, statement, sentence, seed, path, start, stepTexts: steps } = finding
  return { id, promise, statement, sentence, seed, path, start, steps, ...found, hash: counterexampleHash(finding) }
}
