import type { CoreConfig } from '../core/config.ts'
import type { Privilege } from '../core/retirement.ts'
import type { Region, RegionAllocator } from '../core/state.ts'
import type { AccessKind } from './access.ts'
import { hex } from './format.ts'

/** Rights to physical memory, by the bits of a configuration byte (privileged specification, 3.7.1). */
export const READ = 1
export const WRITE = 2
export const EXECUTE = 4
export const ALL_RIGHTS = READ | WRITE | EXECUTE

/** The right that an access needs. */
export const neededRight: Record<AccessKind, number> = { fetch: EXECUTE, load: READ, store: WRITE }

/** The other fields of a configuration byte: address matching (A) with its four values, and lock (L). */
export const MATCHING = 0x18
const OFF = 0x00
export const TOR = 0x08
export const NA4 = 0x10
export const NAPOT = 0x18
export const LOCKED = 0x80

/** `pmpaddr` holds bits 55 to 2 of an address. */
const ADDRESS_BITS = (1n << 54n) - 1n

const MACHINE = 3

/** Physical memory protection (privileged specification, 3.7). */
export interface Pmp {
  /** Whether `size` bytes at `pa` may be accessed from `privilege`. */
  allows(pa: bigint, size: number, kind: AccessKind, privilege: Privilege): boolean
  /**
   * What `privilege` may do in the naturally aligned block of `bytes` (a power of two, by default a 4 KiB page) at `page`.
   * `uniform` where one entry, or none, decides for every byte; only then do `rights` (READ | WRITE | EXECUTE) mean anything.
   */
  pageRights(page: bigint, privilege: Privilege, bytes?: number): PageRights
  /** The first entry from `from` on that matches any byte of an access; its lock plays no part (3.7.1.3). */
  match(pa: bigint, size: number, from?: number): PmpMatch | undefined
  /** `pmpaddr` of an entry as it reads back; 0 for an entry that is not there. */
  readAddress(entry: number): bigint
  /** Writes `pmpaddr`; false where a lock, or the lack of any PMP, kept the write from happening. */
  writeAddress(entry: number, value: bigint): boolean
  /** `pmpcfg` by the number in its name: 0, 2, … 14, each with eight entries. */
  readConfig(register: number): bigint
  /** Writes the bytes of the entries that are not locked; false where the register has no entry. */
  writeConfig(register: number, value: bigint): boolean
  /** All entries OFF and unlocked, all addresses 0. */
  reset(): void
  /** One line for a report: which entry decides on the access, its range, rights and lock, and the verdict. */
  explain(pa: bigint, size: number, kind: AccessKind, privilege: Privilege): string
}

export interface PageRights {
  uniform: boolean
  rights: number
}

/** Bytes from `lower` up to but not including `upper`; none where both are 0. */
export interface AddressRange {
  lower: bigint
  upper: bigint
}

/** The entry that decides on an access, and whether it matches every byte of it. */
export interface PmpMatch {
  entry: number
  whole: boolean
}

/** PMP with `config.pmpEntries` entries and regions of at least `config.pmpGranularity` bytes. */
export function createPmp(allocator: RegionAllocator, config: PmpConfig): Pmp {
  return new PmpUnit(allocator, config)
}

export type PmpConfig = Pick<CoreConfig, 'pmpEntries' | 'pmpGranularity'>

export class PmpUnit implements Pmp {
  protected readonly entries: number
  protected readonly granularity: number
  /** Low bits of `pmpaddr` that lie inside one grain. */
  protected readonly grainBits: bigint
  protected readonly configs: Uint8Array
  /** As written; what is read back depends on the entry's mode. */
  protected readonly addresses: BigUint64Array
  /** The range of each entry, decoded when it is written because it is matched far more often. */
  protected readonly lowers: BigUint64Array
  protected readonly uppers: BigUint64Array
  readonly #region: Region

  constructor(allocator: RegionAllocator, config: PmpConfig) {
    const n = config.pmpEntries
    this.entries = n
    this.granularity = config.pmpGranularity
    this.grainBits = BigInt(config.pmpGranularity / 4 - 1)
    this.#region = allocator.allocate(n * 32)
    this.configs = this.#region.u8.subarray(0, n)
    this.addresses = this.#region.u64.subarray(n, 2 * n)
    this.lowers = this.#region.u64.subarray(2 * n, 3 * n)
    this.uppers = this.#region.u64.subarray(3 * n, 4 * n)
  }

  allows(pa: bigint, size: number, kind: AccessKind, privilege: Privilege): boolean {
    return (this.verdict(this.match(pa, size), privilege) & neededRight[kind]) !== 0
  }

  pageRights(page: bigint, privilege: Privilege, bytes = 4096): PageRights {
    const match = this.match(page, bytes)
    return { uniform: match === undefined || match.whole, rights: this.verdict(match, privilege) }
  }

  match(pa: bigint, size: number, from = 0): PmpMatch | undefined {
    const end = pa + BigInt(size)
    for (let entry = from; entry < this.entries; entry++) {
      if ((this.configs[entry] & MATCHING) === OFF) continue
      const lower = this.lowers[entry]
      if (end <= lower) continue
      const upper = this.uppers[entry]
      if (pa >= upper) continue
      return { entry, whole: lower <= pa && end <= upper }
    }
    return undefined
  }

  /** Rights to an access: none where the entry that decides matches only a part of it, even in M (3.7.1.3). */
  protected verdict(match: PmpMatch | undefined, privilege: Privilege): number {
    if (match === undefined) return this.unmatchedRights(privilege)
    return match.whole ? this.entryRights(match.entry, privilege) : 0
  }

  /** Rights where no entry matches: all in M, none in S and U, unless no PMP is implemented (3.7.1.3). */
  protected unmatchedRights(privilege: Privilege): number {
    return privilege === MACHINE || this.entries === 0 ? ALL_RIGHTS : 0
  }

  /** Rights that a matching entry gives: its R, W and X bind M only when it is locked (3.7.1.2). */
  protected entryRights(entry: number, privilege: Privilege): number {
    const config = this.configs[entry]
    return privilege === MACHINE && (config & LOCKED) === 0 ? ALL_RIGHTS : config & ALL_RIGHTS
  }

  /** The range of an entry (3.7.1.1). A TOR range that ends before it begins is empty. */
  protected range(entry: number): AddressRange {
    const matching = this.configs[entry] & MATCHING
    if (matching === OFF) return { lower: 0n, upper: 0n }
    if (matching === TOR) {
      const lower = entry === 0 ? 0n : this.torBound(entry - 1)
      const upper = this.torBound(entry)
      return lower < upper ? { lower, upper } : { lower: 0n, upper: 0n }
    }
    const address = this.addresses[entry]
    if (matching === NA4) return { lower: address << 2n, upper: (address + 1n) << 2n }
    // The ones at the end of pmpaddr give the size: none 8 bytes, one 16, … At least as many count as a grain holds.
    const ones = address | (this.grainBits >> 1n)
    const inside = ones ^ (ones + 1n)
    const lower = (ones & ~inside) << 2n
    return { lower, upper: lower + ((inside + 1n) << 2n) }
  }

  /** The address in `pmpaddr` as a bound of a TOR range: bits below the granularity do not count (3.7.1.1). */
  protected torBound(entry: number): bigint {
    return (this.addresses[entry] & ~this.grainBits) << 2n
  }

  protected isConfigLocked(entry: number): boolean {
    return (this.configs[entry] & LOCKED) !== 0
  }

  /** `pmpaddr` is locked with its entry, and with the next entry where that is a TOR range and so begins here (3.7.1.2). */
  protected isAddressLocked(entry: number): boolean {
    if (this.isConfigLocked(entry)) return true
    return entry + 1 < this.entries && (this.configs[entry + 1] & (LOCKED | MATCHING)) === (LOCKED | TOR)
  }

  /** What a configuration byte becomes when written: bits 5 and 6 are 0, W needs R, NA4 needs grains of 4 bytes. */
  protected legalConfig(value: number): number {
    let config = value & (LOCKED | MATCHING | ALL_RIGHTS)
    if ((config & READ) === 0) config &= ~WRITE
    if ((config & MATCHING) === NA4 && this.granularity > 4) config |= NAPOT
    return config
  }

  readAddress(entry: number): bigint {
    if (entry >= this.entries) return 0n
    const address = this.addresses[entry]
    return (this.configs[entry] & MATCHING) === NAPOT ? address | (this.grainBits >> 1n) : address & ~this.grainBits
  }

  writeAddress(entry: number, value: bigint): boolean {
    // As in Spike, writing an entry that is not there counts as a write of a register that is always 0.
    if (entry >= this.entries) return this.entries > 0
    if (this.isAddressLocked(entry)) return false
    this.addresses[entry] = value & ADDRESS_BITS
    this.#decode(entry)
    if (entry + 1 < this.entries) this.#decode(entry + 1)
    return true
  }

  readConfig(register: number): bigint {
    let value = 0n
    for (let byte = 7; byte >= 0; byte--) value = (value << 8n) | BigInt(this.configs[register * 4 + byte] ?? 0)
    return value
  }

  writeConfig(register: number, value: bigint): boolean {
    const first = register * 4
    for (let byte = 0; byte < 8 && first + byte < this.entries; byte++) {
      const entry = first + byte
      if (this.isConfigLocked(entry)) continue
      this.configs[entry] = this.legalConfig(Number((value >> BigInt(8 * byte)) & 0xffn))
      this.#decode(entry)
    }
    return first < this.entries
  }

  reset(): void {
    this.#region.u8.fill(0)
  }

  #decode(entry: number): void {
    const { lower, upper } = this.range(entry)
    this.lowers[entry] = lower
    this.uppers[entry] = upper
  }

  explain(pa: bigint, size: number, kind: AccessKind, privilege: Privilege): string {
    const match = this.match(pa, size)
    const right = this.verdict(match, privilege) & neededRight[kind]
    const verdict = `${kind} of ${size} B at ${hex(pa)} by ${privilegeNames[privilege]} ${right ? 'allowed' : 'denied'}`
    if (match === undefined) return `PMP: no entry matches: ${verdict}`
    const { entry, whole } = match
    const config = this.configs[entry]
    const mode = matchingNames[(config & MATCHING) >> 3]
    const range = `${hex(this.lowers[entry])}..${hex(this.uppers[entry] - 1n)}`
    const lock = (config & LOCKED) !== 0 ? ' locked' : ''
    const partly = whole ? '' : ', matches only a part'
    return `PMP entry ${entry}: ${mode} ${range} ${formatRights(config)}${lock}${partly}: ${verdict}`
  }
}

const matchingNames = ['OFF', 'TOR', 'NA4', 'NAPOT']
const privilegeNames: Record<Privilege, string> = { 0: 'U', 1: 'S', 3: 'M' }

/** Rights as `rwx`, with `-` for each that is missing. */
export function formatRights(rights: number): string {
  return `${rights & READ ? 'r' : '-'}${rights & WRITE ? 'w' : '-'}${rights & EXECUTE ? 'x' : '-'}`
}
