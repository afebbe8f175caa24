import type { Privilege } from '../../../rtl-model/core/retirement.ts'
import type { AccessKind } from '../../../rtl-model/memory/access.ts'
import { neededRight, type PageRights, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class CombinedRights extends PmpUnit {
  override allows(pa: bigint, size: number, kind: AccessKind, privilege: Privilege): boolean {
    return (this.combined(pa, size, privilege) & neededRight[kind]) !== 0
  }

  override pageRights(page: bigint, privilege: Privilege, bytes = 4096): PageRights {
    return { ...super.pageRights(page, privilege, bytes), rights: this.combined(page, bytes, privilege) }
  }

  protected combined(pa: bigint, size: number, privilege: Privilege): number {
    let match = this.match(pa, size)
    let rights = this.verdict(match, privilege)
    while (match !== undefined) {
      rights |= this.verdict(match, privilege)
      match = this.match(pa, size, match.entry + 1)
    }
    return rights
  }
}

export const allowancesCombined: Fault = {
  kind: 'fault',
  id: 'P03',
  title: 'What any matching entry allows is allowed, instead of what the first one says.',
  source: 'c910 #55',
  certainty: 'R',
  breaks: ['isolation'],
  units: () => withPmp(CombinedRights),
}
