import type { AccessKind } from '../../../rtl-model/memory/access.ts'
import type { TlbEntry } from '../../../rtl-model/memory/tlb.ts'
import type { Fault } from '../fault.ts'
import { UpdatingMmu, withUpdatingMmu } from './updating-mmu.ts'

class KeepingDenied extends UpdatingMmu {
  protected override updateDenied(entry: TlbEntry, kind: AccessKind): void {
    this.tlbFor(kind).insert(entry)
  }
}

export const deniedUpdateKept: Fault = {
  kind: 'fault',
  id: 'V14',
  title: 'Where hardware sets A and D and PMP denies that, the translation is put into the TLB as if it had been done.',
  source: 'wally PR #1541, #1404',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withUpdatingMmu(KeepingDenied),
}
