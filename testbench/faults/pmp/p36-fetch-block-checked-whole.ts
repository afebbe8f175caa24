import type { Privilege } from '../../../rtl-model/core/retirement.ts'
import type { AccessKind } from '../../../rtl-model/memory/access.ts'
import { PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

const BLOCK = 16

class BlockFetches extends PmpUnit {
  override allows(pa: bigint, size: number, kind: AccessKind, privilege: Privilege): boolean {
    if (kind !== 'fetch') return super.allows(pa, size, kind, privilege)
    return super.allows(pa & -BigInt(BLOCK), BLOCK, kind, privilege)
  }
}

export const fetchBlockCheckedWhole: Fault = {
  kind: 'fault',
  id: 'P36',
  title: "A fetch is checked with all 16 bytes of its block, so that code beside a region's end faults.",
  source: 'boom #786',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withPmp(BlockFetches),
}
