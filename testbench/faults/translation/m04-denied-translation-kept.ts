import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { Fault } from '../fault.ts'
import { withMmu } from '../units.ts'

class KeepingDenied extends MmuUnit {
  protected override keep(...[tlb, entry]: Parameters<MmuUnit['keep']>): void {
    tlb.insert(entry)
  }
}

export const deniedTranslationKept: Fault = {
  kind: 'fault',
  id: 'M04',
  title: 'A translation comes into the TLB though PMP denied the access that needed it.',
  source: 'boom #715',
  certainty: 'R',
  breaks: ['architecture'],
  core: 'rocket',
  units: () => withMmu(KeepingDenied),
}
