import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { Fault } from '../fault.ts'
import { withMmu } from '../units.ts'

class WholePages extends MmuUnit {
  protected override pmpAllows(...parts: Parameters<MmuUnit['pmpAllows']>): boolean {
    const [entry, pa, , , privilege] = parts
    const divided = entry !== undefined && !this.parts.pmp.pageRights(pa & ~0xfffn, privilege).uniform
    return !divided && super.pmpAllows(...parts)
  }
}

export const dividedPageDenied: Fault = {
  kind: 'fault',
  id: 'P47',
  title: 'With translation on, a page that PMP divides is denied whole.',
  source: 'tock #3316, libtock-rs #435',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withMmu(WholePages),
}
