import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { Fault } from '../fault.ts'
import { withMmu } from '../units.ts'

class Truncated extends MmuUnit {
  protected override isTranslatable(): boolean {
    return true
  }
}

export const addressTruncated: Fault = {
  kind: 'fault',
  id: 'V08',
  title: 'Bits 63 to 39 of a virtual address are not looked at, so that it reaches what its low bits name.',
  source: 'sail #58, cva6 PR #2667, xs #6498',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withMmu(Truncated),
}
