import type { Privilege } from '../../../rtl-model/core/retirement.ts'
import type { AccessKind } from '../../../rtl-model/memory/access.ts'
import { neededRight, type PageRights } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'
import { RememberingPmp } from './remembering-pmp.ts'

const MACHINE = 3
const PAGE_BYTES = 4096

class KeptForEver extends RememberingPmp {
  override allows(pa: bigint, size: number, kind: AccessKind, privilege: Privilege): boolean {
    const { uniform, rights } = this.pageRights(pa & -BigInt(PAGE_BYTES), privilege)
    return uniform ? (rights & neededRight[kind]) !== 0 : super.allows(pa, size, kind, privilege)
  }

  override pageRights(page: bigint, privilege: Privilege, bytes = PAGE_BYTES): PageRights {
    const isKept = privilege !== MACHINE && bytes === PAGE_BYTES
    return isKept ? this.remembered(page, privilege, true) : super.pageRights(page, privilege, bytes)
  }
}

export const verdictNeverFlushed: Fault = {
  kind: 'fault',
  id: 'V21',
  title:
    'The PMP verdict on a page that S or U has accessed is kept for ever: neither a write of the PMP registers nor sfence.vma ends it.',
  source: 'derived from cva6 #2567 and others',
  certainty: 'D',
  breaks: ['isolation'],
  units: () => withPmp(KeptForEver),
}
