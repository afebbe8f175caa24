import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import { isCanonical } from '../../../rtl-model/memory/walker.ts'
import type { Fault } from '../fault.ts'
import { withMmu } from '../units.ts'

class AccessFaults extends MmuUnit {
  override translate(...parts: Parameters<MmuUnit['translate']>): ReturnType<MmuUnit['translate']> {
    const answer = super.translate(...parts)
    return answer === 'page' && !isCanonical(parts[0]) ? 'access' : answer
  }
}

export const nonCanonicalAccessFault: Fault = {
  kind: 'fault',
  id: 'V08-cause',
  title: 'A virtual address that is not canonical is an access fault instead of a page fault.',
  source: 'cva6 #3404',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withMmu(AccessFaults),
}
