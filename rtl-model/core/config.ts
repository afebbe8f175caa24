import { type TimingConfig, timingPresets } from '../pipeline/timing-config.ts'

/** The parameters of a core, in one record. Presets are complete records; `withParameter` changes one field. */
export interface CoreConfig {
  /** First physical address (a multiple of a page, above the devices) and bytes of RAM (a multiple of 64 KiB, at most 2 GiB). */
  ramBase: bigint
  ramBytes: number
  /** Where the hart starts after reset. */
  resetPc: bigint
  /** PMP entries (0, 8, 16 or 64; privileged specification, 3.7) and bytes of the smallest region (a power of two from 4). */
  pmpEntries: number
  pmpGranularity: number
  /** Whether PMP entry 0 opens all memory to S and U after reset, as in Spike; hardware resets to all entries off. */
  pmpOpenAtReset: boolean
  /** Whether a PMP verdict is kept with a cached translation until that is flushed, as in Rocket, or found at each access. */
  pmpVerdictCached: boolean
  /** Entries of the instruction and data TLB, each fully associative; at most 32, a power of two. */
  itlbEntries: number
  dtlbEntries: number
  /**
   * Neighbouring pages that a TLB entry holds, and, where that is more than one, the entries that each TLB has for
   * superpages; otherwise any entry holds a page of any size.
   */
  tlbSectors: number
  tlbSuperpages: number
  /** Bits of `satp.ASID` that can be written, 0 to 16. */
  asidBits: number
  /** Instruction cache: sets and ways of 64-byte lines (powers of two, at most 128 sets and 16 ways). */
  icacheSets: number
  icacheWays: number
  /** Whether a misaligned load or store is done by the core, or traps. */
  misalignedAccess: boolean
  /** Bytes of the naturally aligned block that a load-reserved reserves: 8 to 4096, a power of two. */
  reservationBytes: number
  /** Cycles to a tick of `mtime`. */
  cyclesPerTick: number
  /** Cycles from a read request at the memory port to its first 8 bytes, where `timing` says when things happen. */
  memoryLatency: number
  /** When things happen; undefined where every step takes one cycle. */
  timing?: TimingConfig
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
  tlbSectors: 1,
  tlbSuperpages: 4,
  asidBits: 16,
  icacheSets: 64,
  icacheWays: 4,
  misalignedAccess: false,
  reservationBytes: 64,
  cyclesPerTick: 100,
  memoryLatency: 20,
}

/** A Rocket core. The one that was measured has 8 PMP entries; how many there are costs no cycles. */
const rocket: CoreConfig = { ...standard, tlbSectors: 4, timing: timingPresets.rocket }

/** The core by default, three Rocket cores with their timing, and the machine that Spike is without options. */
export const presets = {
  default: standard,
  rocket,
  'rocket-l2': { ...rocket, pmpGranularity: 4096, timing: timingPresets['rocket-l2'] },
  'rocket-medium': {
    ...rocket,
    itlbEntries: 4,
    dtlbEntries: 4,
    icacheWays: 1,
    timing: timingPresets['rocket-medium'],
  },
  spike: { ...standard, ramBytes: 2 * 1024 * 1024 * 1024, pmpOpenAtReset: true },
} as const satisfies Record<string, CoreConfig>

/** What a parameter can be: in words, and as a test. */
interface Range<Value> {
  readonly allowed: string
  accepts(value: Value): boolean
}

const flag: Range<boolean> = { allowed: 'true or false', accepts: () => true }

function oneOf(...values: readonly number[]): Range<number> {
  return {
    allowed: `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`,
    accepts: (value) => values.includes(value),
  }
}

function between(least: number, most: number): Range<number> {
  return { allowed: `${least} to ${most}`, accepts: (value) => value >= least && value <= most }
}

function powerOfTwo(least: number, most: number): Range<number> {
  return {
    allowed: `a power of two, ${least} to ${most}`,
    accepts: (value) => value >= least && value <= most && Number.isInteger(Math.log2(value)),
  }
}

const RAM_UNIT = 0x1_0000
const LARGEST_RAM = 0x8000_0000
/** Below it are ROM and devices (`devices/memory-map.ts`); physical addresses have 56 bits. */
const LOWEST_RAM = 0x2000_0000n
const HIGHEST_RAM = (1n << 56n) - BigInt(LARGEST_RAM)

/** A field that holds one value: all but the timing, which comes with a preset. */
export type ParameterName = Exclude<keyof CoreConfig, 'timing'>

const ranges: { readonly [Name in ParameterName]: Range<CoreConfig[Name]> } = {
  ramBase: {
    allowed: `a multiple of 4096, 0x${LOWEST_RAM.toString(16)} to 0x${HIGHEST_RAM.toString(16)}`,
    accepts: (value) => value % 4096n === 0n && value >= LOWEST_RAM && value <= HIGHEST_RAM,
  },
  ramBytes: {
    allowed: `a multiple of ${RAM_UNIT}, ${RAM_UNIT} to ${LARGEST_RAM}`,
    accepts: (value) => value % RAM_UNIT === 0 && value >= RAM_UNIT && value <= LARGEST_RAM,
  },
  resetPc: { allowed: 'an even address of 64 bits', accepts: (value) => value % 2n === 0n && value < 1n << 64n },
  pmpEntries: oneOf(0, 8, 16, 64),
  pmpGranularity: powerOfTwo(4, 2 ** 30),
  pmpOpenAtReset: flag,
  pmpVerdictCached: flag,
  itlbEntries: powerOfTwo(1, 32),
  dtlbEntries: powerOfTwo(1, 32),
  tlbSectors: oneOf(1, 2, 4),
  tlbSuperpages: oneOf(2, 4),
  asidBits: between(0, 16),
  icacheSets: powerOfTwo(1, 128),
  icacheWays: powerOfTwo(1, 16),
  misalignedAccess: flag,
  reservationBytes: powerOfTwo(8, 4096),
  cyclesPerTick: between(1, 1_000_000),
  memoryLatency: between(1, 1000),
}

/** The parameters by name, each with the values that it can have, in words. */
export const parameters: readonly { name: ParameterName; allowed: string }[] = Object.entries(ranges).map(
  ([name, { allowed }]) => ({ name: name as ParameterName, allowed }),
)

/**
 * The configuration with one parameter changed. `text` is `true` or `false`, or a whole number, decimal or hexadecimal
 * after `0x`.
 * @throws RangeError with the allowed values for any other text, and for a number that the core cannot be built with.
 */
export function withParameter(config: CoreConfig, name: ParameterName, text: string): CoreConfig {
  return { ...config, [name]: parameterValue(name, text) }
}

function parameterValue<Name extends ParameterName>(name: Name, text: string): CoreConfig[Name] {
  const range = ranges[name]
  const value = readers[typeof standard[name] as keyof typeof readers](text) as CoreConfig[Name] | undefined
  if (value === undefined || !range.accepts(value)) throw new RangeError(`${name} is ${range.allowed}, not "${text}"`)
  return value
}

/** Of each type that a parameter may have, how its text is read; undefined where it is none. */
const readers = {
  boolean: (text: string) => (text === 'true' ? true : text === 'false' ? false : undefined),
  number: (text: string) => (isWholeNumber(text) ? Number(text) : undefined),
  bigint: (text: string) => (isWholeNumber(text) ? BigInt(text) : undefined),
}

const isWholeNumber = (text: string): boolean => /^(\d+|0x[\da-f]+)$/i.test(text)
