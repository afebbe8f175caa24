import type { WalkAccess } from '../core/retirement.ts'
import { RegionAllocator } from '../core/state.ts'
import type { AccessKind } from './access.ts'
import { type AccessContext, createMmu, type Mmu } from './mmu.ts'
import { createPmp, type Pmp } from './pmp.ts'
import { pteBits } from './pte.ts'
import { createTlb, type Tlb } from './tlb.ts'
import { createWalker } from './walker.ts'

export const { V, R, W, X, U, G, A, D } = pteBits
export const LEAF = V | R | W | X | A | D
export const ROOT = 0x8000_0000n
export const MIDDLE = 0x8000_1000n
export const LAST = 0x8000_2000n
export const DATA = 0x8040_0000n
/** Page n from here has entry n of the last table. */
export const VA = 1n << 30n
export const MEGA_VA = VA + 0x20_0000n
const S_MODE = 1
export const kinds: AccessKind[] = ['fetch', 'load', 'store']

export const pteTo = (pa: bigint, flags: number): bigint => ((pa >> 12n) << 10n) | BigInt(flags)
export const satpOf = (asid: number): bigint => (8n << 60n) | (BigInt(asid) << 44n) | (ROOT >> 12n)

export interface Bench {
  buffer: ArrayBuffer
  memory: Map<bigint, bigint>
  pmp: Pmp
  itlb: Tlb
  dtlb: Tlb
  mmu: Mmu
  walks: WalkAccess[]
}

/** An MMU over page tables in a map: four pages from VA and a superpage at MEGA_VA, all of memory open to S and U. */
export function bench({ pmpVerdictCached = true, asidBits = 16, tlbEntries = 8 } = {}): Bench {
  const buffer = new ArrayBuffer(8192)
  const allocator = new RegionAllocator(buffer)
  const memory = new Map([
    [ROOT + 8n, pteTo(MIDDLE, V)],
    [MIDDLE, pteTo(LAST, V)],
    [MIDDLE + 8n, pteTo(0x8060_0000n, LEAF)],
    ...[0n, 1n, 2n, 3n].map((i): [bigint, bigint] => [LAST + 8n * i, pteTo(DATA + 4096n * i, LEAF)]),
  ])
  const pmp = createPmp(allocator, { pmpEntries: 16, pmpGranularity: 4 })
  pmp.writeAddress(15, (1n << 54n) - 1n)
  pmp.writeConfig(2, 0x1fn << 56n)
  const itlb = createTlb(allocator, tlbEntries)
  const dtlb = createTlb(allocator, tlbEntries)
  const walks: WalkAccess[] = []
  const walker = createWalker({ pmp, readPte: (pa) => memory.get(pa) })
  const config = { pmpVerdictCached, asidBits }
  const mmu = createMmu({ pmp, walker, itlb, dtlb, config, observeWalk: (access) => walks.push(access) })
  return { buffer, memory, pmp, itlb, dtlb, mmu, walks }
}

export function context(other: Partial<AccessContext> = {}): AccessContext {
  return { privilege: S_MODE, sum: false, mxr: false, satp: satpOf(1), ...other }
}
