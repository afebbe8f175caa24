import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { Fault } from '../fault.ts'
import { withLoadStore, withMmu } from '../units.ts'

class NotingMmu extends MmuUnit {
  /** Physical address of the last access that PMP denied. */
  denied: bigint | undefined

  protected override pmpAllows(...parts: Parameters<MmuUnit['pmpAllows']>): boolean {
    const allowed = super.pmpAllows(...parts)
    this.denied = allowed ? undefined : parts[1]
    return allowed
  }
}

class ReachingLoads extends LoadStore {
  protected override translateData(va: bigint, size: number, kind: 'load' | 'store'): bigint | undefined {
    const { mmu, bus } = this.core
    if (!(mmu instanceof NotingMmu)) return super.translateData(va, size, kind)
    mmu.denied = undefined
    const pa = super.translateData(va, size, kind)
    if (kind === 'load' && mmu.denied !== undefined) bus.load(mmu.denied, size)
    return pa
  }
}

export const deniedLoadReachesDevice: Fault = {
  kind: 'fault',
  id: 'P27',
  title: 'A load that PMP denies reaches the device all the same, and has its side effect there.',
  source: 'ibex #2353',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => ({ ...withMmu(NotingMmu), ...withLoadStore(ReachingLoads) }),
}
