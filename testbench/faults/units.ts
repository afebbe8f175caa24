import type { Core, CoreUnits } from '../../rtl-model/core/core.ts'
import { honestUnits } from '../../rtl-model/core/core.ts'
import type { CsrFile } from '../../rtl-model/core/csr/csr-file.ts'
import type { Hart } from '../../rtl-model/core/hart.ts'
import type { LoadStore } from '../../rtl-model/core/load-store.ts'
import type { RegionAllocator } from '../../rtl-model/core/state.ts'
import type { SystemFunction } from '../../rtl-model/core/system.ts'
import type { Traps } from '../../rtl-model/core/trap.ts'
import type { SystemAction } from '../../rtl-model/isa/instruction.ts'
import type { Mmu, MmuParts } from '../../rtl-model/memory/mmu.ts'
import type { Pmp, PmpConfig } from '../../rtl-model/memory/pmp.ts'
import { type PteRules, sv39Rules } from '../../rtl-model/memory/pte.ts'
import { SectoredTlb, type TlbOrganization, TlbUnit } from '../../rtl-model/memory/tlb.ts'
import type { Walker, WalkerParts } from '../../rtl-model/memory/walker.ts'

// One unit swapped, as `Core` takes it.

type Units = Partial<CoreUnits>

export const withPmp = (Unit: new (allocator: RegionAllocator, config: PmpConfig) => Pmp): Units => ({
  createPmp: (allocator, config) => new Unit(allocator, config),
})

export const withMmu = (Unit: new (parts: MmuParts) => Mmu): Units => ({ createMmu: (parts) => new Unit(parts) })

export const withWalker = (Unit: new (parts: WalkerParts) => Walker): Units => ({
  createWalker: (parts) => new Unit(parts),
})

/** A walker that goes by other rules; what a leaf permits is for the MMU's rules to say. */
export const withWalkerRules = (changes: Partial<PteRules>): Units => ({
  createWalker: (parts) => honestUnits.createWalker({ ...parts, rules: { ...sv39Rules, ...changes } }),
})

export const withTraps = (Unit: new (hart: Hart, csr: CsrFile) => Traps): Units => ({
  createTraps: (hart, csr) => new Unit(hart, csr),
})

export const withLoadStore = (Unit: new (core: Core) => LoadStore): Units => ({
  createLoadStore: (core) => new Unit(core),
})

/** What instructions of the table do, replaced. */
export const withActions = (actions: Partial<Record<SystemAction, SystemFunction>>): Units => ({
  systemActions: { ...honestUnits.systemActions, ...actions },
})

/** The honest CSRs with some of them replaced. */
export const withCsrs = (change: (csr: CsrFile) => void): Units => ({
  createCsrFile: (...parts) => {
    const csr = honestUnits.createCsrFile(...parts)
    change(csr)
    return csr
  },
})

/** A TLB of either organization. */
export type TlbClass = new (allocator: RegionAllocator, size: number, organization: TlbOrganization) => TlbUnit

/** TLBs that differ from the honest ones of both organizations in the same way. */
export function withTlb(change: (Base: TlbClass) => TlbClass): Units {
  const Plain = change(TlbUnit)
  const Sectored = change(SectoredTlb)
  return {
    createTlb: (allocator, size, organization) =>
      organization
        ? new Sectored(allocator, size, organization)
        : new Plain(allocator, size, { sectors: 1, superpages: 0 }),
  }
}
