import type { AccessKind } from '../../../rtl-model/memory/access.ts'
import { WalkerUnit } from '../../../rtl-model/memory/walker.ts'
import type { Fault } from '../fault.ts'
import { withWalker } from '../units.ts'

class AskingAsAccess extends WalkerUnit {
  protected override readEntry(pa: bigint, kind: AccessKind): bigint | undefined {
    return this.parts.pmp.allows(pa, 8, kind, SUPERVISOR) ? this.parts.readPte(pa) : undefined
  }
}

const SUPERVISOR = 1

export const walkAsksAsTheAccess: Fault = {
  kind: 'fault',
  id: 'P08',
  title: 'A page-table entry is checked by PMP for what the access is, not for a load.',
  source: 'c910 #57',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withWalker(AskingAsAccess),
}
