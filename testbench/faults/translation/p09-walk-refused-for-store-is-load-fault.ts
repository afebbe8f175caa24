import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import type { Fault as Refusal } from '../../../rtl-model/memory/access.ts'
import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { TlbEntry } from '../../../rtl-model/memory/tlb.ts'
import type { Fault } from '../fault.ts'
import { withLoadStore, withMmu } from '../units.ts'

class NotingMmu extends MmuUnit {
  /** Whether the last translation ended at an entry that was refused. */
  walkRefused = false

  override translate(...parts: Parameters<MmuUnit['translate']>): ReturnType<MmuUnit['translate']> {
    this.walkRefused = false
    return super.translate(...parts)
  }

  protected override refill(...parts: Parameters<MmuUnit['refill']>): TlbEntry | Refusal {
    const entry = super.refill(...parts)
    this.walkRefused = entry === 'access'
    return entry
  }
}

class LoadFaultForWalk extends LoadStore {
  protected override refuse(fault: Refusal, kind: 'load' | 'store', va: bigint): undefined {
    const { mmu } = this.core
    return super.refuse(fault, mmu instanceof NotingMmu && mmu.walkRefused ? 'load' : kind, va)
  }
}

export const walkRefusedForStoreIsLoadFault: Fault = {
  kind: 'fault',
  id: 'P09',
  title: 'A store whose page-table entry PMP refuses is reported as a load access fault.',
  source: 'cva6 #3299, #906',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => ({ ...withMmu(NotingMmu), ...withLoadStore(LoadFaultForWalk) }),
}
