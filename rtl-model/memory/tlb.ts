import type { Region, RegionAllocator } from '../core/state.ts'
import { isCanonical, vpnOf } from './walker.ts'

/** A translation as the TLB keeps it. */
export interface TlbEntry {
  /** Virtual page number, 27 bits; those that a superpage does not match are 0. */
  vpn: number
  /** Level of the leaf: 0 for 4 KiB, 1 for 2 MiB, 2 for 1 GiB. */
  level: number
  asid: number
  /** Matches in every address space. */
  global: boolean
  /** Physical page number of the leaf, 44 bits. */
  ppn: bigint
  /** Low eight bits of the leaf (`pteBits`). */
  flags: number
  /** PMP verdict when the entry was made, and whether it holds for all that the entry maps. */
  rights: number
  uniform: boolean
}

/** How a hit changes the replacement word: `word & and | or`. */
export interface TouchMasks {
  and: number
  or: number
}

/**
 * Translation look-aside buffer. What is in it stays in it until a flush names it or an insertion replaces it, whatever
 * memory says by then. Virtual addresses are canonical.
 */
export interface Tlb {
  readonly size: number
  /** Offset of the replacement word (32 bits) in the state's buffer, in bytes. */
  readonly replacementOffset: number
  /** Counts insertions and flushes, for whoever keeps something derived from an entry. Not state. */
  changes: number
  /** Index of the entry that translates `va` in the address space `asid`, or -1. A hit counts as a use. */
  lookup(va: bigint, asid: number): number
  /** `lookup` that does not count as a use. */
  peek(va: bigint, asid: number): number
  /** A copy of a valid entry; undefined for any other index, and for -1. */
  entry(index: number): TlbEntry | undefined
  /** Puts an entry in a free place, or in that of the pseudo-least recently used one; returns its index. Counts as a use. */
  insert(entry: TlbEntry): number
  /**
   * SFENCE.VMA in its four forms (privileged specification, 4.2.1). With `va`: entries that map it, of any page size;
   * none where it is not canonical. With `asid`: entries of that address space that are not global.
   */
  flush(va?: bigint, asid?: number): void
  /** What a hit of entry `index` does to the replacement word. */
  touchMasks(index: number): TouchMasks
}

/**
 * Fully associative, with tree pseudo-LRU replacement, or divided as an organization says. `size` is a power of two, at
 * most 32.
 */
export function createTlb(allocator: RegionAllocator, size: number, organization?: TlbOrganization): Tlb {
  return organization ? new SectoredTlb(allocator, size, organization) : new TlbUnit(allocator, size)
}

/** Bits of a virtual page number that an entry of each level matches. */
const levelMask = [0x7ff_ffff, 0x7ff_fe00, 0x7fc_0000]

/** Words of an entry that are not its physical page number. */
const VALID = 0
const VPN = 1
const LEVEL = 2
const ASID = 3
const GLOBAL = 4
const FLAGS = 5
const RIGHTS = 6
const UNIFORM = 7
const PPN = 8
const WORDS = 10

/** Entries start after the replacement word and a word of padding. */
const FIRST = 2

export class TlbUnit implements Tlb {
  readonly size: number
  readonly replacementOffset: number
  changes = 0
  protected readonly region: Region
  readonly #touch: TouchMasks[]

  constructor(allocator: RegionAllocator, size: number) {
    this.size = size
    this.region = allocator.allocate((FIRST + size * WORDS) * 4)
    this.replacementOffset = this.region.offset
    this.#touch = Array.from({ length: size }, (_, index) => treePath(index, size))
  }

  lookup(va: bigint, asid: number): number {
    const index = this.peek(va, asid)
    if (index >= 0) this.touch(index)
    return index
  }

  peek(va: bigint, asid: number): number {
    const vpn = vpnOf(va)
    for (let index = 0; index < this.size; index++) {
      if (this.maps(index, vpn) && this.isVisible(index, asid)) return index
    }
    return -1
  }

  entry(index: number): TlbEntry | undefined {
    if (index < 0) return undefined
    const { u32, u64 } = this.region
    const at = FIRST + index * WORDS
    if (u32[at + VALID] === 0) return undefined
    return {
      vpn: u32[at + VPN],
      level: u32[at + LEVEL],
      asid: u32[at + ASID],
      global: u32[at + GLOBAL] !== 0,
      ppn: u64[(at + PPN) / 2],
      flags: u32[at + FLAGS],
      rights: u32[at + RIGHTS],
      uniform: u32[at + UNIFORM] !== 0,
    }
  }

  insert(entry: TlbEntry): number {
    const { u32, u64 } = this.region
    const index = this.place(entry)
    this.changes++
    const at = FIRST + index * WORDS
    u32[at + VALID] = 1
    u32[at + VPN] = entry.vpn & levelMask[entry.level]
    u32[at + LEVEL] = entry.level
    u32[at + ASID] = entry.asid
    u32[at + GLOBAL] = entry.global ? 1 : 0
    u64[(at + PPN) / 2] = entry.ppn
    u32[at + FLAGS] = entry.flags
    u32[at + RIGHTS] = entry.rights
    u32[at + UNIFORM] = entry.uniform ? 1 : 0
    this.touch(index)
    return index
  }

  flush(va?: bigint, asid?: number): void {
    if (va !== undefined && !isCanonical(va)) return
    this.changes++
    const vpn = va === undefined ? undefined : vpnOf(va)
    for (let index = 0; index < this.size; index++) {
      if (this.isFlushed(index, vpn, asid)) this.region.u32[FIRST + index * WORDS + VALID] = 0
    }
  }

  touchMasks(index: number): TouchMasks {
    return this.#touch[index]
  }

  /** Whether a valid entry maps the page: a superpage matches fewer bits of its number (4.3.2). */
  protected maps(index: number, vpn: number): boolean {
    const { u32 } = this.region
    const at = FIRST + index * WORDS
    return u32[at + VALID] !== 0 && ((u32[at + VPN] ^ vpn) & levelMask[u32[at + LEVEL]]) === 0
  }

  /** Whether an entry may be used in the address space: its own, or any where it is global (4.3.1). */
  protected isVisible(index: number, asid: number): boolean {
    const { u32 } = this.region
    const at = FIRST + index * WORDS
    return u32[at + ASID] === asid || u32[at + GLOBAL] !== 0
  }

  /** Whether SFENCE.VMA of that page (any, if undefined) and address space (likewise) removes the entry (4.2.1). */
  protected isFlushed(index: number, vpn: number | undefined, asid: number | undefined): boolean {
    const { u32 } = this.region
    const at = FIRST + index * WORDS
    if (vpn !== undefined && !this.maps(index, vpn)) return false
    return asid === undefined || (u32[at + ASID] === asid && u32[at + GLOBAL] === 0)
  }

  protected touch(index: number): void {
    const { and, or } = this.touchMasks(index)
    this.region.u32[0] = (this.region.u32[0] & and) | or
  }

  /** Where a new entry goes: the first free place, or else where the tree points. */
  protected place(_entry: TlbEntry): number {
    const { u32 } = this.region
    for (let index = 0; index < this.size; index++) {
      if (u32[FIRST + index * WORDS + VALID] === 0) return index
    }
    let node = 1
    while (node < this.size) node = 2 * node + ((u32[0] >>> node) & 1)
    return node - this.size
  }
}

/** How a TLB is divided: neighbouring 4 KiB pages an entry, at least 2, and entries for superpages. Powers of two. */
export interface TlbOrganization {
  sectors: number
  superpages: number
}

/**
 * The TLB of Rocket: entries that hold the translations of some neighbouring pages under one tag, each valid by itself, and
 * apart from them entries for superpages; each kind with a replacement tree of its own. `size` counts translations of
 * pages. What an entry matches, and what a flush removes, is as in any TLB.
 */
export class SectoredTlb extends TlbUnit {
  readonly #sectors: number
  /** Entries for pages, and for superpages. */
  readonly #pages: number
  readonly #superpages: number

  constructor(allocator: RegionAllocator, size: number, { sectors, superpages }: TlbOrganization) {
    const pages = Math.max(1, size / sectors)
    super(allocator, pages * sectors + superpages)
    this.#sectors = sectors
    this.#pages = pages
    this.#superpages = superpages
  }

  override peek(va: bigint, asid: number): number {
    const vpn = vpnOf(va)
    for (let index = vpn & (this.#sectors - 1); index < this.#firstSuperpage; index += this.#sectors) {
      if (this.maps(index, vpn) && this.isVisible(index, asid)) return index
    }
    for (let index = this.#firstSuperpage; index < this.size; index++) {
      if (this.maps(index, vpn) && this.isVisible(index, asid)) return index
    }
    return -1
  }

  override touchMasks(index: number): TouchMasks {
    return index < this.#firstSuperpage
      ? treePath(Math.floor(index / this.#sectors), this.#pages)
      : treePath(index - this.#firstSuperpage, this.#superpages, this.#pages)
  }

  /** A page goes into the entry of its neighbours in the same address space, or into an entry emptied for it. */
  protected override place({ vpn, level, asid, global }: TlbEntry): number {
    if (level > 0) return this.#firstSuperpage + this.#victim(true)
    const { u32 } = this.region
    const sector = vpn & (this.#sectors - 1)
    for (let index = 0; index < this.#firstSuperpage; index++) {
      const at = FIRST + index * WORDS
      const sameTag = (u32[at + VPN] & -this.#sectors) === (vpn & -this.#sectors)
      const sameSpace = u32[at + ASID] === asid && (u32[at + GLOBAL] !== 0) === global
      if (u32[at + VALID] !== 0 && sameTag && sameSpace) return index - (index % this.#sectors) + sector
    }
    const first = this.#victim(false) * this.#sectors
    for (let index = first; index < first + this.#sectors; index++) u32[FIRST + index * WORDS + VALID] = 0
    return first + sector
  }

  get #firstSuperpage(): number {
    return this.#pages * this.#sectors
  }

  /** The first entry of a kind that holds nothing, or else where its tree points. */
  #victim(isSuperpage: boolean): number {
    const { u32 } = this.region
    const entries = isSuperpage ? this.#superpages : this.#pages
    const shift = isSuperpage ? this.#pages : 0
    for (let entry = 0; entry < entries; entry++) if (!this.#holds(entry, isSuperpage)) return entry
    let node = 1
    while (node < entries) node = 2 * node + ((u32[0] >>> (shift + node)) & 1)
    return node - entries
  }

  #holds(entry: number, isSuperpage: boolean): boolean {
    const { u32 } = this.region
    const first = isSuperpage ? this.#firstSuperpage + entry : entry * this.#sectors
    const count = isSuperpage ? 1 : this.#sectors
    for (let index = first; index < first + count; index++) {
      if (u32[FIRST + index * WORDS + VALID] !== 0) return true
    }
    return false
  }
}

/**
 * Bit n of the replacement word is node n of a binary tree: 1 is the root, 2n and 2n + 1 are below n, `size` + i is entry i.
 * A node points to the half to replace from. A use makes every node above the entry point away from it. The tree begins
 * `shift` bits up in the word.
 */
function treePath(index: number, size: number, shift = 0): TouchMasks {
  let and = 0xffff_ffff
  let or = 0
  for (let node = size + index; node > 1; node >>= 1) {
    const bit = 1 << (shift + (node >> 1))
    if ((node & 1) === 0) or |= bit
    else and &= ~bit
  }
  return { and: and >>> 0, or: or >>> 0 }
}
