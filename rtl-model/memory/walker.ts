import type { WalkAccess } from '../core/retirement.ts'
import type { AccessKind, Fault } from './access.ts'
import type { Pmp } from './pmp.ts'
import { type PteRules, pteBits, pteFlags, ptePpn, sv39Rules } from './pte.ts'

const LEVELS = 3
const SUPERVISOR = 1

/** Physical address of the root table that `satp` names (privileged specification, 4.1.11). */
export function rootTable(satp: bigint): bigint {
  return (satp & 0xfff_ffff_ffffn) << 12n
}

/** Whether bits 63 to 39 of a virtual address equal bit 38 (privileged specification, 4.4.1). */
export function isCanonical(va: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(39, va)) === va
}

/** Virtual page number, 27 bits. */
export function vpnOf(va: bigint): number {
  return Number((va >> 12n) & 0x7ff_ffffn)
}

/** What a walk found: the leaf, its level, and whether it or a table above it is global. */
export interface WalkedLeaf {
  pte: bigint
  level: number
  global: boolean
}

/** How a walk failed, and at which entry. */
export interface WalkFault {
  fault: Fault
  /** Physical address of the entry that was refused. */
  pa: bigint
  level: number
}

/** Page-table walker (privileged specification, 4.3.2). */
export interface Walker {
  /**
   * Walks the tables from the root in `satp` for a canonical `va`, up to and including step 6: what the leaf permits is
   * for the caller to judge. Changes nothing.
   *
   * @param kind of the access that needs the translation; reading an entry is a load whatever it is
   * @param observe is called for each entry read, in order; an entry that PMP or the bus refuses is not read
   */
  walk(va: bigint, satp: bigint, kind: AccessKind, observe?: (access: WalkAccess) => void): WalkedLeaf | WalkFault
}

export interface WalkerParts {
  pmp: Pmp
  /** Eight bytes of memory at `pa`, or undefined where nothing answers. Must have no effect. */
  readPte(pa: bigint): bigint | undefined
  rules?: PteRules
}

/** A walker without state: three levels, no cache of its own. */
export function createWalker(parts: WalkerParts): Walker {
  return new WalkerUnit(parts)
}

export class WalkerUnit implements Walker {
  protected readonly parts: WalkerParts
  protected readonly rules: PteRules

  constructor(parts: WalkerParts) {
    this.parts = parts
    this.rules = parts.rules ?? sv39Rules
  }

  walk(va: bigint, satp: bigint, kind: AccessKind, observe?: (access: WalkAccess) => void): WalkedLeaf | WalkFault {
    const vpn = vpnOf(va)
    let table = rootTable(satp)
    let global = false
    for (let level = LEVELS - 1; ; level--) {
      const pa = table + BigInt(((vpn >> (9 * level)) & 511) * 8)
      const pte = this.readEntry(pa, kind)
      if (pte === undefined) return { fault: 'access', pa, level }
      observe?.({ pa, pte, level })
      if (!this.rules.isWellFormed(pte)) return { fault: 'page', pa, level }
      // G on a pointer makes everything below it global (4.3.1).
      if ((pteFlags(pte) & pteBits.G) !== 0) global = true
      if (this.rules.isLeaf(pte))
        return this.rules.isAligned(pte, level) ? { pte, level, global } : { fault: 'page', pa, level }
      if (!this.rules.isLegalPointer(pte) || level === 0) return { fault: 'page', pa, level }
      table = ptePpn(pte) << 12n
    }
  }

  /** Reads an entry as a load with S rights, whatever needs the translation (3.7.2); undefined where it is refused. */
  protected readEntry(pa: bigint, _kind: AccessKind): bigint | undefined {
    return this.parts.pmp.allows(pa, 8, 'load', SUPERVISOR) ? this.parts.readPte(pa) : undefined
  }
}
