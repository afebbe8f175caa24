/** The parameters of a core, in one record. Presets are complete records; `--set PARAMETER=VALUE` changes one field. */
export interface CoreConfig {
  /** First physical address and bytes of RAM. */
  ramBase: bigint
  ramBytes: number
  /** Where the hart starts after reset. */
  resetPc: bigint
  /** PMP entries (0, 8, 16 or 64; privileged specification, 3.7) and bytes of the smallest region (4, 8, 16, …). */
  pmpEntries: number
  pmpGranularity: number
  /** Whether PMP entry 0 opens all memory to S and U after reset, as in Spike; hardware resets to all entries off. */
  pmpOpenAtReset: boolean
  /** Whether a PMP verdict is kept with a cached translation until that is flushed, as in Rocket, or found at each access. */
  pmpVerdictCached: boolean
  /** Entries of the instruction and data TLB, each fully associative; at most 32, a power of two. */
  itlbEntries: number
  dtlbEntries: number
  /** Bits of `satp.ASID` that can be written, 0 to 16. */
  asidBits: number
  /** Instruction cache: sets and ways of 64-byte lines (powers of two, at most 16 ways). */
  icacheSets: number
  icacheWays: number
  /** Whether a misaligned load or store is done by the core, or traps. */
  misalignedAccess: boolean
  /** Bytes of the naturally aligned block that a load-reserved reserves: 8 to 4096, a power of two. */
  reservationBytes: number
  /** Cycles to a tick of `mtime`. */
  cyclesPerTick: number
}

const standard: CoreConfig = {
  ramBase: 0x8000_0000n,
  ramBytes: 128 * 1024 * 1024,
  resetPc: 0x1000n,
  pmpEntries: 16,
  pmpGranularity: 4,
  pmpOpenAtReset: false,
  pmpVerdictCached: true,
  itlbEntries: 32,
  dtlbEntries: 32,
  asidBits: 16,
  icacheSets: 64,
  icacheWays: 4,
  misalignedAccess: false,
  reservationBytes: 64,
  cyclesPerTick: 100,
}

/** The core by default, and the machine that Spike is without options. */
export const presets = {
  default: standard,
  spike: { ...standard, ramBytes: 2 * 1024 * 1024 * 1024, pmpOpenAtReset: true },
} as const satisfies Record<string, CoreConfig>
