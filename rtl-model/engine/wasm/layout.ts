import type { Core } from '../../core/core.ts'
import { csrLayout } from '../../core/csr/registers.ts'
import { hartLayout } from '../../core/hart.ts'
import type { Region } from '../../core/state.ts'
import { LINE_BYTES } from '../../memory/icache.ts'

/**
 * What the generated code keeps in the buffer beside the machine's state. All of it is derived from the state, or is how the
 * code and the functions it calls hand values to each other (64-bit values do not cross as arguments: that is slow).
 */
export interface EngineRegions {
  /** `portLayout` */
  port: Region
  /** Lines of code that may be fetched without asking: `fetchLayout`, FETCH_ENTRIES of them, found by virtual line number. */
  fetch: Region
  /** Pages of data that may be accessed without asking: `dataLayout`, DATA_ENTRIES of them, found by virtual page number. */
  data: Region
  /** Of each line of the instruction cache, a decoded instruction for each two bytes (`packing`). */
  decoded: Region
}

/** Byte offsets in the port. */
export const portLayout = {
  /** `hart.steps` at which to return. */
  limit: 0,
  /**
   * Numbers of the present version of the two tables, in the bits of a tag that the address leaves free. An entry with
   * another number is out of date, so that a change of this number empties the table.
   */
  fetchVersion: 8,
  dataVersion: 16,
  /** Bits that must be 0 in the target of a jump. */
  misalignment: 24,
  /** Bits of an instruction that does not come from a line. */
  bits: 32,
  /** Address of the record being made. */
  record: 36,
  /** Physical address of an instruction that does not come from a line. */
  source: 40,
  bytes: 48,
} as const

/** Enough that a firmware's code has no two lines in one place, and few of its pages of data have. */
export const FETCH_ENTRIES = 1024
export const FETCH_ENTRY_SHIFT = 6
export const fetchLayout = {
  /** Virtual address of the line and version; never equal to a valid one where the entry is empty. */
  tag: 0,
  /** Address of the line's decoded instructions, and of its data. */
  decoded: 8,
  lineData: 12,
  /** What a use does to the ITLB's replacement word. */
  touchAnd: 16,
  touchOr: 20,
  /** The decoded instruction that begins in the last two bytes and goes on in the next line, and its bits; 0 if unknown. */
  straddling: 24,
  straddlingBits: 32,
  /** Physical address of the line. */
  source: 40,
} as const

export const DATA_ENTRIES = 4096
export const DATA_ENTRY_SHIFT = 5
export const dataLayout = {
  /** Virtual address of the page and version, for loads and for stores; likewise. */
  loadTag: 0,
  storeTag: 8,
  /** Address of the page in the buffer. */
  page: 16,
  touchAnd: 20,
  touchOr: 24,
} as const

/** A tag that no address and version equal: version bits and all others are set. */
export const EMPTY_TAG = 0xffff_ffff_ffff_ffffn

/** Versions lie in the low bits that a line's (page's) address leaves free; for data, above those that show misalignment. */
export const fetchVersions = { count: 63 } as const
export const dataVersions = { shift: 3n, count: 511 } as const

/**
 * A decoded instruction in 64 bits: operation in bits 7..0, rd in 13..8 (32 where it is x0), 1 in bit 14 where the
 * instruction has 32 bits, eight times rs1 in 23..16 and rs2 in 31..24, the immediate in 63..32.
 */
export const packing = { rd: 8, wide: 14, rs1: 16, rs2: 24 } as const

/** Operations that are no row's. */
export const UNDECODED = 0
export const ILLEGAL = 1
export const FIRST_ROW = 2

export const DECODED_BYTES = 8
export const DECODED_LINE_BYTES = (LINE_BYTES / 2) * DECODED_BYTES

export function allocateRegions(core: Core): EngineRegions {
  const allocator = core.accelerationAllocator
  const regions = {
    port: allocator.allocate(portLayout.bytes),
    fetch: allocator.allocate(FETCH_ENTRIES << FETCH_ENTRY_SHIFT),
    data: allocator.allocate(DATA_ENTRIES << DATA_ENTRY_SHIFT),
    decoded: allocator.allocate(core.icache.lines * DECODED_LINE_BYTES),
  }
  regions.fetch.u64.fill(EMPTY_TAG)
  regions.data.u64.fill(EMPTY_TAG)
  return regions
}

/** Every address in the buffer that the generated code has as a constant. */
export interface Addresses {
  x: number
  pc: number
  clock: number
  steps: number
  privilege: number
  misa: number
  itlbReplacement: number
  dtlbReplacement: number
  port: number
  fetch: number
  data: number
  /** What to add to an address of RAM in the buffer for its physical address. */
  physicalOffset: bigint
  /** Whether records are made, and the clock is the timing's. */
  record: boolean
  timing: boolean
}

export function addressesOf(core: Core, { port, fetch, data }: EngineRegions): Addresses {
  const hart = core.hart.region.offset
  return {
    x: hart + hartLayout.x,
    pc: hart + hartLayout.pc,
    clock: hart + hartLayout.clock,
    steps: hart + hartLayout.steps,
    privilege: hart + hartLayout.privilege,
    misa: core.csr.region.offset + csrLayout.misa,
    itlbReplacement: core.itlb.replacementOffset,
    dtlbReplacement: core.dtlb.replacementOffset,
    port: port.offset,
    fetch: fetch.offset,
    data: data.offset,
    physicalOffset: core.bus.ramBase - BigInt(core.bus.ramOffset),
    record: core.recorder !== undefined,
    timing: core.timing !== undefined,
  }
}
