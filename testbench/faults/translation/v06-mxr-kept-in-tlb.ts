import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import { pteBits } from '../../../rtl-model/memory/pte.ts'
import type { Fault } from '../fault.ts'
import { withMmu } from '../units.ts'

class KeptMxr extends MmuUnit {
  protected override keep(...[tlb, entry, context, fault]: Parameters<MmuUnit['keep']>): void {
    const isReadable = context.mxr && (entry.flags & pteBits.X) !== 0
    super.keep(tlb, isReadable ? { ...entry, flags: entry.flags | pteBits.R } : entry, context, fault)
  }
}

export const mxrKeptInTlb: Fault = {
  kind: 'fault',
  id: 'V06',
  title: 'What MXR allowed when a translation came into the TLB stays allowed after MXR is cleared.',
  source: 'cva6 #3298, PR #3505, PR #3508',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withMmu(KeptMxr),
}
