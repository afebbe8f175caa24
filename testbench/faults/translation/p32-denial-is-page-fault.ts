import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { Fault } from '../fault.ts'
import { withMmu } from '../units.ts'

class PageFaults extends MmuUnit {
  override translate(...parts: Parameters<MmuUnit['translate']>): ReturnType<MmuUnit['translate']> {
    const answer = super.translate(...parts)
    return answer === 'access' ? 'page' : answer
  }
}

export const denialIsPageFault: Fault = {
  kind: 'fault',
  id: 'P32',
  title: 'What PMP denies is reported as a page fault.',
  source: 'vex PR #162',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withMmu(PageFaults),
}
