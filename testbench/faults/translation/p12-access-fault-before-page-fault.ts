import type { Fault as Refusal } from '../../../rtl-model/memory/access.ts'
import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { Fault } from '../fault.ts'
import { withMmu } from '../units.ts'

class PmpFirst extends MmuUnit {
  protected override refusal(...parts: Parameters<MmuUnit['refusal']>): Refusal | undefined {
    const [entry, pa, size, kind, { privilege }] = parts
    return this.pmpAllows(entry, pa, size, kind, privilege) ? super.refusal(...parts) : 'access'
  }
}

export const accessFaultBeforePageFault: Fault = {
  kind: 'fault',
  id: 'P12',
  title: 'An access that is both a page fault and an access fault is reported as an access fault.',
  source: 'cva6 #3337',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withMmu(PmpFirst),
}
