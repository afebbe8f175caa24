/** What the timing units count, in order of their words. */
export const counterNames = [
  'loads',
  'stores',
  'dcacheMisses',
  'dcacheWritebacks',
  'storeConflicts',
  'icacheMisses',
  'itlbMisses',
  'dtlbMisses',
  'pteCacheHits',
  'l2Hits',
  'l2Misses',
  'branches',
  'branchMispredictions',
  'targetMispredictions',
  'flushes',
  'traps',
  'deviceAccesses',
  'stallsFetch',
  'stallsHazard',
  'stallsMemory',
  'stallsMulDiv',
] as const

export type CounterName = (typeof counterNames)[number]

/** Index of each counter in the array of counts. */
export const counterIndex = Object.fromEntries(counterNames.map((name, index) => [name, index])) as Record<
  CounterName,
  number
>

/** The counts with their names. */
export function countsByName(counts: Float64Array): Record<CounterName, number> {
  return Object.fromEntries(counterNames.map((name, index) => [name, counts[index]])) as Record<CounterName, number>
}
