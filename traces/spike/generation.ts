/**
 * What a line shows about the Spike that printed it, as bits. Dates are those of the commits in riscv-isa-sim that
 * changed the text.
 */
export const Evidence = {
  bareCommit: 1 << 0,
  prefixedCommit: 1 << 1,
  storeLogged: 1 << 2,
  loadLogged: 1 << 3,
  storeUnlogged: 1 << 4,
  loadUnlogged: 1 << 5,
  severalWrites: 1 << 6,
  unorderedWrites: 1 << 7,
  csrWrite: 1 << 8,
  padBeforeNumber: 1 << 9,
  padAfterNumber: 1 << 10,
  byteWithoutZero: 1 << 11,
  byteWithZero: 1 << 12,
  vectorLength: 1 << 13,
  vectorWithoutLength: 1 << 14,
  fractionalMultiplier: 1 << 15,
  symbol: 1 << 16,
  badaddr: 1 << 17,
  tval: 1 << 18,
  repeat: 1 << 19,
  narrowDisassembly: 1 << 20,
  triggerAction: 1 << 21,
  disassembly: 1 << 22,
  exception: 1 << 23,
  cva6: 1 << 24,
} as const

interface Bound {
  evidence: number
  shows: string
  /** First day on which Spike printed this. */
  since?: string
  /** First day on which Spike no longer printed this. */
  before?: string
}

const bounds: Bound[] = [
  { evidence: Evidence.bareCommit, shows: 'commit lines without "core   0: "', before: '2020-09-29' },
  { evidence: Evidence.prefixedCommit, shows: 'commit lines with "core   0: "', since: '2020-09-29' },
  { evidence: Evidence.storeLogged, shows: 'stores with address and data', since: '2019-09-18' },
  { evidence: Evidence.storeUnlogged, shows: 'store instructions without "mem"', before: '2019-09-18' },
  { evidence: Evidence.loadLogged, shows: 'loads with their address', since: '2019-12-16' },
  { evidence: Evidence.loadUnlogged, shows: 'load instructions without "mem"', before: '2019-12-16' },
  { evidence: Evidence.severalWrites, shows: 'several registers on a line', since: '2019-12-19' },
  { evidence: Evidence.unorderedWrites, shows: 'registers of a line out of order', before: '2024-08-09' },
  { evidence: Evidence.csrWrite, shows: 'CSR writes', since: '2020-07-01' },
  { evidence: Evidence.padBeforeNumber, shows: 'padding "x 5"', before: '2022-05-04' },
  { evidence: Evidence.padAfterNumber, shows: 'padding "x5 "', since: '2022-05-04' },
  { evidence: Evidence.byteWithoutZero, shows: 'stored bytes of one digit', before: '2022-10-21' },
  { evidence: Evidence.byteWithZero, shows: 'stored bytes with a leading zero', since: '2022-10-21' },
  { evidence: Evidence.vectorLength, shows: 'vector items "eN mN lN"', since: '2020-03-03' },
  {
    evidence: Evidence.vectorWithoutLength,
    shows: 'vector items "eN mN"',
    since: '2019-12-19',
    before: '2020-03-03',
  },
  { evidence: Evidence.fractionalMultiplier, shows: 'fractional LMUL', since: '2020-06-17' },
  { evidence: Evidence.symbol, shows: 'symbol lines', since: '2020-09-30' },
  { evidence: Evidence.badaddr, shows: '"badaddr"', before: '2017-11-27' },
  { evidence: Evidence.tval, shows: '"tval"', since: '2017-11-27' },
  { evidence: Evidence.repeat, shows: '"Executed N times"', since: '2017-02-17' },
  { evidence: Evidence.narrowDisassembly, shows: 'disassembly of 32-bit width', since: '2021-04-13' },
  { evidence: Evidence.triggerAction, shows: '"trigger action"', since: '2022-11-16' },
]

/** Which Spike printed a log, as precisely as its lines permit. */
export interface Generation {
  /** One phrase, such as `Spike 2022-10-21 or later (ordered)`. */
  name: string
  /** First day of a Spike that could have printed the log. */
  since?: string
  /** First day of a Spike that could no longer have printed it. */
  before?: string
  /**
   * Whether lines with several registers have them in ascending order, as always since 2024-08-09; absent when no line
   * has several.
   */
  ordered?: boolean
  /** Whether there are disassembly lines (`-l`). */
  disassembly: boolean
  /** Whether there are exception lines (`-l`). */
  exceptions: boolean
  /** What in the log shows the dates. */
  evidence: string[]
}

/** The generation that a set of `Evidence` bits shows. */
export function generationOf(seen: number): Generation {
  const shown = bounds.filter(({ evidence }) => seen & evidence)
  const since = shown
    .flatMap((bound) => bound.since ?? [])
    .sort()
    .at(-1)
  const before = shown
    .flatMap((bound) => bound.before ?? [])
    .sort()
    .at(0)
  const generation: Generation = {
    name: nameOf(seen, since, before),
    disassembly: (seen & Evidence.disassembly) !== 0,
    exceptions: (seen & Evidence.exception) !== 0,
    evidence: shown.map(({ shows }) => shows),
  }
  if (since !== undefined) generation.since = since
  if (before !== undefined) generation.before = before
  if (seen & Evidence.severalWrites) generation.ordered = (seen & Evidence.unorderedWrites) === 0
  return generation
}

function nameOf(seen: number, since: string | undefined, before: string | undefined): string {
  if (seen & Evidence.cva6) return 'CVA6 tracer (form of Spike before 2020-09)'
  const orTracer = seen & Evidence.bareCommit ? ', or a tracer in its form (CVA6)' : ''
  if (since !== undefined && before !== undefined) {
    return since < before
      ? `Spike from ${since} to ${before}${orTracer}`
      : `no single Spike: in part since ${since}, in part before ${before}`
  }
  if (before !== undefined) return `Spike before ${before}${orTracer}`
  if (since === undefined) return 'Spike'
  const ordered = seen & Evidence.severalWrites && since >= '2022-05-04'
  return `Spike ${since} or later${ordered ? ' (ordered)' : ''}`
}
