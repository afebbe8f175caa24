import type { Privilege } from '../core/retirement.ts'
import type { AccessKind } from './access.ts'

/** Bits of a page-table entry of Sv39 (privileged specification, 4.3.1 and 4.4.1). */
export const pteBits = { V: 1, R: 2, W: 4, X: 8, U: 16, G: 32, A: 64, D: 128 } as const

const { V, R, W, X, U, A, D } = pteBits
const USER = 0

/** The bits of an entry that have names, as a number; most rules need no more. */
export function pteFlags(pte: bigint): number {
  return Number(pte & 0xffn)
}

/** Physical page number of an entry, 44 bits. */
export function ptePpn(pte: bigint): bigint {
  return (pte >> 10n) & 0xfff_ffff_ffffn
}

/** Bytes that a leaf maps: level 0 a page of 4 KiB, 1 of 2 MiB, 2 of 1 GiB. */
export function levelBytes(level: number): number {
  return 4096 * 512 ** level
}

/** What makes an entry usable, and for what. One value, so that a core with other rules can be built. */
export interface PteRules {
  /** Whether the entry is valid and uses nothing reserved: R=0 with W=1, or bits 63 to 54 (no Svnapot, no Svpbmt). */
  isWellFormed(pte: bigint): boolean
  /** Whether the entry maps memory, rather than pointing to the next table. */
  isLeaf(pte: bigint): boolean
  /** Whether an entry that points to a table has D, A and U clear, as is required (4.3.1). */
  isLegalPointer(pte: bigint): boolean
  /** Whether a leaf's physical page is aligned to what it maps (4.3.2, step 6). */
  isAligned(pte: bigint, level: number): boolean
  /**
   * Whether a leaf lets `privilege` (S or U) make the access, given `mstatus.SUM` and `mstatus.MXR` (4.3.1). Under Svade
   * an access to a page with A=0, or a store to one with D=0, is not permitted either.
   *
   * @param flags of the entry, as `pteFlags` gives them
   */
  permits(flags: number, kind: AccessKind, privilege: Privilege, sum: boolean, mxr: boolean): boolean
}

/** Sv39 with Svade (privileged specification, 4.3.1, 4.3.2 and 4.4). */
export const sv39Rules: PteRules = {
  isWellFormed(pte) {
    const flags = pteFlags(pte)
    if ((flags & V) === 0) return false
    if ((flags & (R | W)) === W) return false
    return pte >> 54n === 0n
  },

  isLeaf(pte) {
    return (pteFlags(pte) & (R | X)) !== 0
  },

  isLegalPointer(pte) {
    return (pteFlags(pte) & (D | A | U)) === 0
  },

  isAligned(pte, level) {
    return (ptePpn(pte) & BigInt(512 ** level - 1)) === 0n
  },

  permits(flags, kind, privilege, sum, mxr) {
    const isUserPage = (flags & U) !== 0
    if (privilege === USER) {
      if (!isUserPage) return false
    } else if (isUserPage && (kind === 'fetch' || !sum)) return false
    if ((flags & A) === 0) return false
    if (kind === 'fetch') return (flags & X) !== 0
    if (kind === 'load') return (flags & (mxr ? R | X : R)) !== 0
    return (flags & W) !== 0 && (flags & D) !== 0
  },
}
