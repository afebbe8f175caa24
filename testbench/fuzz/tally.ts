/** What rounds came to together, in whatever order they are added. */

import { type CorpusEntry, entryId } from './corpus.ts'
import type { Feature } from './features.ts'
import { addCounts, type Counts, type Found, NO_COUNTS, type RoundResult, sortOf } from './round.ts'

export interface Tally {
  counts: Counts
  /** Of each sort, the one of the first round that has it. */
  readonly found: Map<string, Found>
  /** For each thing reached, the smallest case that reached it. */
  readonly reached: Map<Feature, CorpusEntry | undefined>
}

export const emptyTally = (): Tally => ({ counts: NO_COUNTS, found: new Map(), reached: new Map() })

export function addRound(tally: Tally, { found, features, corpus, ...counts }: Omit<RoundResult, 'round'>): void {
  tally.counts = addCounts(tally.counts, counts)
  addFindings(tally, { found, features, corpus })
}

/** Adds what was found and reached, and no cases. */
export function addFindings(
  tally: Tally,
  { found, features, corpus }: Pick<RoundResult, 'found' | 'features' | 'corpus'>,
): void {
  for (const one of found) {
    const other = tally.found.get(sortOf(one))
    if (other === undefined || one.round < other.round) tally.found.set(sortOf(one), one)
  }
  for (const feature of features) if (!tally.reached.has(feature)) tally.reached.set(feature, undefined)
  for (const entry of corpus) {
    for (const feature of entry.features) {
      const other = tally.reached.get(feature)
      if (other === undefined || isSmaller(entry, other)) tally.reached.set(feature, entry)
    }
  }
}

/** The cases that together reach all that was reached. */
export function corpusOf({ reached }: Tally): CorpusEntry[] {
  const entries = [...reached.values()].filter((entry) => entry !== undefined)
  return [...new Map(entries.map((entry) => [entryId(entry), entry])).values()]
}

function isSmaller(one: CorpusEntry, other: CorpusEntry): boolean {
  const [a, b] = [one, other].map((entry) => JSON.stringify(entry.actions).length)
  return a < b || (a === b && entryId(one) < entryId(other))
}
