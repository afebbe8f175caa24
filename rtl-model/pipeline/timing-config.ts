/** What the timing of a core depends on. Latencies are in cycles of the core; sizes count entries unless they say bytes. */
export interface TimingConfig {
  /** Data cache: sets and ways of 64-byte lines. Powers of two, at most 4 ways. */
  dcacheSets: number
  dcacheWays: number
  /** Branch prediction; undefined where every branch is taken for not taken. */
  predictor: PredictorConfig | undefined
  /** Bits of the multiplier that the iterative unit does in a cycle, and whether it stops when the rest is zero. */
  multiplierBits: number
  multiplierEarlyOut: boolean
  /** Whether division skips the leading quotient bits that must be zero. It does one bit a cycle. */
  dividerEarlyOut: boolean
  /**
   * Lines that the instruction cache has taken in before the first instruction, beyond the boot ROM of the model: how often
   * its random replacement has drawn.
   */
  bootRefills: number
  /** Pointers that the page-table walker remembers. A power of two. */
  pteCacheEntries: number
  /** Unified second-level cache; undefined where there is none. */
  l2: L2Config | undefined
  /** Ways from a first-level cache to memory and back, without the memory itself. */
  bus: BusConfig
}

/** The timing with what it takes from the core's other parameters (`CoreConfig`). */
export interface PipelineConfig extends TimingConfig {
  memoryLatency: number
  icacheSets: number
  icacheWays: number
}

export interface PredictorConfig {
  /** Entries of the branch target buffer, and of its table of pages. */
  btbEntries: number
  btbPages: number
  /** One-bit counters of the branch history table: a power of two. */
  bhtEntries: number
  rasEntries: number
}

export interface L2Config {
  sets: number
  ways: number
  /** Cycles from the request to the last 8 bytes of a line that is there, asked for by the data and the instruction cache. */
  dataHit: number
  fetchHit: number
  /** What a miss costs them more than `BusConfig` says. */
  dataMiss: number
  fetchMiss: number
  /** What it costs to ask the data cache for a line that it may hold before that line is replaced. */
  probe: number
  /** What evicting a line that has been written costs. */
  dirtyVictim: number
}

export interface BusConfig {
  /** Cycles that a refill of the data and of the instruction cache takes besides the memory's latency. */
  dataRefill: number
  fetchRefill: number
  /** Cycles until the data cache is ready again after it began to write back a line. */
  writeback: number
  /** An access to a device, until its answer is there. */
  device: number
  /** From a change of an interrupt line to the first instruction that an interrupt can replace. */
  interrupt: number
}

const rocketPredictor: PredictorConfig = { btbEntries: 28, btbPages: 6, bhtEntries: 512, rasEntries: 6 }

const rocket: TimingConfig = {
  dcacheSets: 64,
  dcacheWays: 4,
  predictor: rocketPredictor,
  multiplierBits: 8,
  multiplierEarlyOut: true,
  dividerEarlyOut: true,
  bootRefills: 2,
  pteCacheEntries: 8,
  l2: undefined,
  bus: { dataRefill: 11, fetchRefill: 16, writeback: 14, device: 8, interrupt: 7 },
}

/** The timing of three Rocket cores, by the name of the core's preset. */
export const timingPresets = {
  rocket,
  'rocket-l2': {
    ...rocket,
    l2: { sets: 1024, ways: 8, dataHit: 13, fetchHit: 13, dataMiss: 6, fetchMiss: 1, probe: 6, dirtyVictim: 0 },
  },
  'rocket-medium': {
    ...rocket,
    dcacheWays: 1,
    predictor: undefined,
    multiplierBits: 1,
    multiplierEarlyOut: false,
    dividerEarlyOut: false,
  },
} as const satisfies Record<string, TimingConfig>
