import type { CoreConfig } from '../core/config.ts'
import type { Privilege, WalkAccess } from '../core/retirement.ts'
import type { AccessKind, Fault } from './access.ts'
import { hex } from './format.ts'
import { formatRights, neededRight, type Pmp } from './pmp.ts'
import { levelBytes, type PteRules, pteBits, pteFlags, ptePpn, sv39Rules } from './pte.ts'
import type { Tlb, TlbEntry } from './tlb.ts'
import { isCanonical, rootTable, vpnOf, type WalkedLeaf, type Walker, type WalkFault } from './walker.ts'

const MACHINE = 3
const SV39 = 8n
/** Physical addresses have 56 bits. */
const PHYSICAL_END = 1n << 56n
const PAGE_OFFSET = 0xfffn

/** The state that translation depends on, besides memory, PMP and the TLBs. */
export interface AccessContext {
  /** Effective privilege: that of the hart or, for data with `mstatus.MPRV` set, `mstatus.MPP`. */
  privilege: Privilege
  sum: boolean
  mxr: boolean
  satp: bigint
}

/**
 * What may be done anywhere in the 4 KiB page of an address without asking again. Holds until PMP, a TLB or the context
 * changes; each use of a TLB entry still has to count as one (`Tlb.touchMasks`).
 */
export interface PageGrant {
  /** Physical address of the page. */
  page: bigint
  load: boolean
  store: boolean
  fetch: boolean
  /** Entries that translate the page, or -1 where translation is off or the TLB has none. */
  dtlbIndex: number
  itlbIndex: number
}

/** Address translation and protection of every access by the hart (privileged specification, 3.7.2, 4.3 and 4.4). */
export interface Mmu {
  /**
   * Physical address of an access of `size` bytes that does not cross a page, or why it is refused. A page fault
   * outranks an access fault on the translated address. An access that is refused leaves nothing new in the TLBs.
   */
  translate(va: bigint, size: number, kind: AccessKind, context: AccessContext): bigint | Fault
  /** What the TLBs and PMP give now on the page of `va`, changing nothing; undefined where that is nothing. */
  pageGrant(va: bigint, context: AccessContext): PageGrant | undefined
  /** SFENCE.VMA on both TLBs; `asid` is the value of rs2, of which the implemented bits count. */
  fence(va?: bigint, asid?: number): void
  /** Lines for a report: what the TLB has, what a walk would find now, and the PMP verdict. Changes nothing. */
  explain(va: bigint, kind: AccessKind, context: AccessContext): string[]
}

export interface MmuParts {
  pmp: Pmp
  walker: Walker
  itlb: Tlb
  dtlb: Tlb
  config: Pick<CoreConfig, 'pmpVerdictCached' | 'asidBits'>
  rules?: PteRules
  /** Is called for each entry that a walk for `translate` reads, in order, with what the access is for. */
  observeWalk?: (access: WalkAccess, kind: AccessKind) => void
}

export function createMmu(parts: MmuParts): Mmu {
  return new MmuUnit(parts)
}

export class MmuUnit implements Mmu {
  protected readonly parts: MmuParts
  protected readonly rules: PteRules

  constructor(parts: MmuParts) {
    this.parts = parts
    this.rules = parts.rules ?? sv39Rules
  }

  translate(va: bigint, size: number, kind: AccessKind, context: AccessContext): bigint | Fault {
    if (isBare(context)) {
      if (va + BigInt(size) > PHYSICAL_END) return 'access'
      return this.pmpAllows(undefined, va, size, kind, context.privilege) ? va : 'access'
    }
    if (!this.isTranslatable(va)) return 'page'
    const tlb = this.tlbFor(kind)
    const asid = asidOf(context.satp)
    const hit = tlb.entry(tlb.lookup(va, asid))
    const entry = hit ?? this.refill(va, kind, context.satp, asid)
    if (typeof entry === 'string') return entry
    const pa = physicalAddress(entry, va)
    const fault = this.refusal(entry, pa, size, kind, context)
    if (hit === undefined) this.keep(tlb, entry, context, fault)
    return fault ?? pa
  }

  pageGrant(va: bigint, context: AccessContext): PageGrant | undefined {
    if (isBare(context)) {
      if (va >= PHYSICAL_END) return undefined
      const page = va & ~PAGE_OFFSET
      const { uniform, rights } = this.parts.pmp.pageRights(page, context.privilege)
      return uniform ? grant(page, rights, rights, -1, -1) : undefined
    }
    if (!this.isTranslatable(va)) return undefined
    const { itlb, dtlb } = this.parts
    const asid = asidOf(context.satp)
    const dtlbIndex = dtlb.peek(va, asid)
    const data = dtlb.entry(dtlbIndex)
    const itlbIndex = itlb.peek(va, asid)
    const code = itlb.entry(itlbIndex)
    if (data === undefined) {
      if (code === undefined) return undefined
      const page = physicalAddress(code, va) & ~PAGE_OFFSET
      return grant(page, 0, this.pageEntryRights(code, page, context), -1, itlbIndex)
    }
    const page = physicalAddress(data, va) & ~PAGE_OFFSET
    const dataRights = this.pageEntryRights(data, page, context)
    // The two TLBs may disagree, where one has not been flushed: then the grant is for data alone.
    if (code === undefined || (physicalAddress(code, va) & ~PAGE_OFFSET) !== page)
      return grant(page, dataRights, 0, dtlbIndex, -1)
    return grant(page, dataRights, this.pageEntryRights(code, page, context), dtlbIndex, itlbIndex)
  }

  fence(va?: bigint, asid?: number): void {
    const implemented = asid === undefined ? undefined : asid & ((1 << this.parts.config.asidBits) - 1)
    this.parts.itlb.flush(va, implemented)
    this.parts.dtlb.flush(va, implemented)
  }

  /** Whether translation knows the address at all: bits 63 to 39 have to equal bit 38 (4.4.1). */
  protected isTranslatable(va: bigint): boolean {
    return isCanonical(va)
  }

  /** Why a translated access is refused, if it is: what the leaf says comes before PMP (3.7.2, 4.3.2). */
  protected refusal(
    entry: TlbEntry,
    pa: bigint,
    size: number,
    kind: AccessKind,
    { privilege, sum, mxr }: AccessContext,
  ): Fault | undefined {
    if (!this.rules.permits(entry.flags, kind, privilege, sum, mxr)) return 'page'
    return this.pmpAllows(entry, pa, size, kind, privilege) ? undefined : 'access'
  }

  /** Puts what a walk found into the TLB, if the access that needed it is not refused. */
  protected keep(tlb: Tlb, entry: TlbEntry, _context: AccessContext, fault: Fault | undefined): void {
    if (fault === undefined) tlb.insert(entry)
  }

  protected tlbFor(kind: AccessKind): Tlb {
    return kind === 'fetch' ? this.parts.itlb : this.parts.dtlb
  }

  /** The entry that a walk gives, not yet in any TLB. Its PMP verdict is for all that the leaf maps. */
  protected refill(va: bigint, kind: AccessKind, satp: bigint, asid: number): TlbEntry | Fault {
    const { observeWalk } = this.parts
    const walked = this.parts.walker.walk(va, satp, kind, observeWalk && ((access) => observeWalk(access, kind)))
    if ('fault' in walked) return walked.fault
    return this.entryOf(walked, va, asid)
  }

  protected entryOf({ pte, level, global }: WalkedLeaf, va: bigint, asid: number): TlbEntry {
    const ppn = ptePpn(pte)
    // S and U have the same rights to physical memory, and M is never translated.
    const { uniform, rights } = this.parts.pmp.pageRights(ppn << 12n, 1, levelBytes(level))
    return { vpn: vpnOf(va), level, asid, global, ppn, flags: pteFlags(pte), rights, uniform }
  }

  /**
   * The PMP verdict on an access, with the entry that translates it, if translation is on: the verdict kept with the entry
   * where the core keeps it and it is uniform.
   */
  protected pmpAllows(
    entry: TlbEntry | undefined,
    pa: bigint,
    size: number,
    kind: AccessKind,
    privilege: Privilege,
  ): boolean {
    if (this.parts.config.pmpVerdictCached && entry?.uniform) return (entry.rights & neededRight[kind]) !== 0
    return this.parts.pmp.allows(pa, size, kind, privilege)
  }

  /** Rights that an entry gives on one 4 KiB page, PMP and permissions together; none where PMP divides the page. */
  protected pageEntryRights(entry: TlbEntry, page: bigint, context: AccessContext): number {
    const cached = this.parts.config.pmpVerdictCached && entry.uniform
    const { uniform, rights } = cached ? entry : this.parts.pmp.pageRights(page, context.privilege)
    if (!uniform) return 0
    let permitted = 0
    for (const kind of accessKinds) {
      if (this.rules.permits(entry.flags, kind, context.privilege, context.sum, context.mxr))
        permitted |= neededRight[kind]
    }
    return rights & permitted
  }

  explain(va: bigint, kind: AccessKind, context: AccessContext): string[] {
    const { pmp } = this.parts
    const title = `${kind} at va ${hex(va)}, privilege ${context.privilege}`
    if (isBare(context)) {
      if (va >= PHYSICAL_END) return [`${title}, no translation: not a physical address, access fault`]
      return [`${title}, no translation: pa ${hex(va)}`, pmp.explain(va, 1, kind, context.privilege)]
    }
    const asid = asidOf(context.satp)
    const lines = [
      `${title}, SUM ${Number(context.sum)}, MXR ${Number(context.mxr)}, Sv39, ASID ${asid}, root ${hex(rootTable(context.satp))}`,
    ]
    if (!isCanonical(va)) return [...lines, 'the address is not canonical: page fault']
    const name = kind === 'fetch' ? 'ITLB' : 'DTLB'
    const tlb = this.tlbFor(kind)
    const index = tlb.peek(va, asid)
    const hit = tlb.entry(index)
    const judged = (entry: TlbEntry): string =>
      this.rules.permits(entry.flags, kind, context.privilege, context.sum, context.mxr) ? 'permitted' : 'page fault'
    if (hit === undefined) lines.push(`${name}: no entry`)
    else lines.push(`${name} entry ${index}: ${formatEntry(hit, va)}: ${judged(hit)}`)
    const walked = this.parts.walker.walk(va, context.satp, kind, ({ pa, pte, level }) =>
      lines.push(`walk level ${level}: PTE at ${hex(pa)} is ${hex(pte)} (${formatFlags(pteFlags(pte))})`),
    )
    if ('fault' in walked) lines.push(formatFault(walked))
    const fresh = 'fault' in walked ? undefined : this.entryOf(walked, va, asid)
    if (fresh !== undefined) lines.push(`walk now: ${formatEntry(fresh, va)}: ${judged(fresh)}`)
    const used = hit ?? fresh
    if (used !== undefined) lines.push(pmp.explain(physicalAddress(used, va), 1, kind, context.privilege))
    return lines
  }
}

const accessKinds: AccessKind[] = ['fetch', 'load', 'store']

/** Whether addresses are physical: in M, and where `satp.MODE` is not Sv39 (privileged specification, 4.1.11). */
function isBare(context: AccessContext): boolean {
  return context.privilege === MACHINE || context.satp >> 60n !== SV39
}

function asidOf(satp: bigint): number {
  return Number((satp >> 44n) & 0xffffn)
}

/** The translated address (4.3.2, step 8): the offset into a superpage comes from the virtual address. */
function physicalAddress(entry: TlbEntry, va: bigint): bigint {
  return (entry.ppn << 12n) | (va & offsetMask[entry.level])
}

const offsetMask = [0, 1, 2].map((level) => BigInt(levelBytes(level) - 1))

function grant(page: bigint, data: number, code: number, dtlbIndex: number, itlbIndex: number): PageGrant | undefined {
  const load = (data & neededRight.load) !== 0
  const store = (data & neededRight.store) !== 0
  const fetch = (code & neededRight.fetch) !== 0
  return load || store || fetch ? { page, load, store, fetch, dtlbIndex, itlbIndex } : undefined
}

function formatEntry(entry: TlbEntry, va: bigint): string {
  const bytes = levelBytes(entry.level)
  const size = ['4 KiB', '2 MiB', '1 GiB'][entry.level]
  const space = entry.global ? 'global' : `ASID ${entry.asid}`
  const pmp = entry.uniform ? `PMP ${formatRights(entry.rights)}` : 'PMP not uniform'
  const start = hex(va & ~BigInt(bytes - 1))
  return `${size} at va ${start}, ${space}, pa ${hex(physicalAddress(entry, va))}, ${formatFlags(entry.flags)}, ${pmp}`
}

function formatFault({ fault, pa, level }: WalkFault): string {
  const reason = fault === 'access' ? 'may not be read' : 'is not a legal entry'
  return `walk now: ${fault} fault at level ${level}: the PTE at ${hex(pa)} ${reason}`
}

/** The named bits of an entry, from D to V, with `-` for each that is clear: `da--xwrv`. */
function formatFlags(flags: number): string {
  return Object.entries(pteBits)
    .map(([name, bit]) => ((flags & bit) !== 0 ? name.toLowerCase() : '-'))
    .reverse()
    .join('')
}
