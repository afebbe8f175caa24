import type { Region, RegionAllocator } from '../core/state.ts'
import type { Tlb, TlbEntry, TouchMasks } from './tlb.ts'
import { isCanonical, vpnOf } from './walker.ts'

/** How a TLB is divided: neighbouring 4 KiB pages an entry, at least 2, and entries for superpages. Powers of two. */
export interface TlbOrganization {
  sectors: number
  superpages: number
}

/** Words of a translation that are not its physical page number. Those of an entry's tag are the same in all its sectors. */
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

/** Translations start after the replacement word and a word of padding. */
const FIRST = 2

/** Bits of a virtual page number that an entry of each level matches. */
const levelMask = [0x7ff_ffff, 0x7ff_fe00, 0x7fc_0000]

/**
 * The TLB of Rocket: entries that hold the translations of some neighbouring pages under one tag, each valid by itself, and
 * apart from them entries for superpages; each kind with tree pseudo-LRU replacement. `size` counts translations of pages.
 */
export class SectoredTlb implements Tlb {
  readonly size: number
  readonly replacementOffset: number
  changes = 0
  readonly #region: Region
  readonly #sectors: number
  /** Entries for pages, and for superpages. */
  readonly #pages: number
  readonly #superpages: number

  constructor(allocator: RegionAllocator, size: number, { sectors, superpages }: TlbOrganization) {
    this.#sectors = sectors
    this.#pages = Math.max(1, size / sectors)
    this.#superpages = superpages
    this.size = this.#pages * sectors + superpages
    this.#region = allocator.allocate((FIRST + this.size * WORDS) * 4)
    this.replacementOffset = this.#region.offset
  }

  lookup(va: bigint, asid: number): number {
    const index = this.peek(va, asid)
    if (index >= 0) this.#touch(index)
    return index
  }

  peek(va: bigint, asid: number): number {
    const vpn = vpnOf(va)
    for (let index = vpn & (this.#sectors - 1); index < this.#firstSuperpage; index += this.#sectors) {
      if (this.#maps(index, vpn) && this.#isVisible(index, asid)) return index
    }
    for (let index = this.#firstSuperpage; index < this.size; index++) {
      if (this.#maps(index, vpn) && this.#isVisible(index, asid)) return index
    }
    return -1
  }

  entry(index: number): TlbEntry | undefined {
    if (index < 0) return undefined
    const { u32, u64 } = this.#region
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
    const { u32, u64 } = this.#region
    const index = entry.level > 0 ? this.#firstSuperpage + this.#victim(true) : this.#placeOfPage(entry)
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
    this.#touch(index)
    return index
  }

  flush(va?: bigint, asid?: number): void {
    if (va !== undefined && !isCanonical(va)) return
    this.changes++
    const { u32 } = this.#region
    const vpn = va === undefined ? undefined : vpnOf(va)
    for (let index = 0; index < this.size; index++) {
      const at = FIRST + index * WORDS
      if (vpn !== undefined && !this.#maps(index, vpn)) continue
      if (asid === undefined || (u32[at + ASID] === asid && u32[at + GLOBAL] === 0)) u32[at + VALID] = 0
    }
  }

  touchMasks(index: number): TouchMasks {
    const isSuperpage = index >= this.#firstSuperpage
    const entries = isSuperpage ? this.#superpages : this.#pages
    const leaf = isSuperpage ? index - this.#firstSuperpage : Math.floor(index / this.#sectors)
    const shift = isSuperpage ? this.#pages : 0
    let and = 0xffff_ffff
    let or = 0
    for (let node = entries + leaf; node > 1; node >>= 1) {
      const bit = 1 << (shift + (node >> 1))
      if ((node & 1) === 0) or |= bit
      else and &= ~bit
    }
    return { and: and >>> 0, or: or >>> 0 }
  }

  get #firstSuperpage(): number {
    return this.#pages * this.#sectors
  }

  #maps(index: number, vpn: number): boolean {
    const { u32 } = this.#region
    const at = FIRST + index * WORDS
    return u32[at + VALID] !== 0 && ((u32[at + VPN] ^ vpn) & levelMask[u32[at + LEVEL]]) === 0
  }

  #isVisible(index: number, asid: number): boolean {
    const { u32 } = this.#region
    const at = FIRST + index * WORDS
    return u32[at + ASID] === asid || u32[at + GLOBAL] !== 0
  }

  /** Where a page goes: into the entry of its neighbours in the same address space, or into an entry emptied for it. */
  #placeOfPage({ vpn, asid, global }: TlbEntry): number {
    const { u32 } = this.#region
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

  /** The first entry of a kind that holds nothing, or else where its tree points. */
  #victim(isSuperpage: boolean): number {
    const { u32 } = this.#region
    const entries = isSuperpage ? this.#superpages : this.#pages
    const shift = isSuperpage ? this.#pages : 0
    for (let entry = 0; entry < entries; entry++) if (!this.#holds(entry, isSuperpage)) return entry
    let node = 1
    while (node < entries) node = 2 * node + ((u32[0] >>> (shift + node)) & 1)
    return node - entries
  }

  #holds(entry: number, isSuperpage: boolean): boolean {
    const { u32 } = this.#region
    const first = isSuperpage ? this.#firstSuperpage + entry : entry * this.#sectors
    const count = isSuperpage ? 1 : this.#sectors
    for (let index = first; index < first + count; index++) {
      if (u32[FIRST + index * WORDS + VALID] !== 0) return true
    }
    return false
  }

  #touch(index: number): void {
    const { and, or } = this.touchMasks(index)
    this.#region.u32[0] = (this.#region.u32[0] & and) | or
  }
}
