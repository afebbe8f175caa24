import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { Control } from '../fault.ts'
import { withMmu } from '../units.ts'

class KeepingRefused extends MmuUnit {
  protected override keep(...[tlb, entry, , fault]: Parameters<MmuUnit['keep']>): void {
    if (fault !== 'access') tlb.insert(entry)
  }
}

export const refusedTranslationKept: Control = {
  kind: 'control',
  id: 'I05',
  title:
    'A leaf that does not permit the access that needed it stays in the TLB: until sfence.vma a page fault may come though the leaf permits by then.',
  source: 'xs #6606',
  certainty: 'I',
  units: () => withMmu(KeepingRefused),
}
