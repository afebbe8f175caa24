import { type PmpMatch, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class LockedFirst extends PmpUnit {
  override match(pa: bigint, size: number, from = 0): PmpMatch | undefined {
    const first = super.match(pa, size, from)
    for (let match = first; match !== undefined; match = super.match(pa, size, match.entry + 1)) {
      if (this.isConfigLocked(match.entry)) return match
    }
    return first
  }
}

export const lockedEntriesFirst: Fault = {
  kind: 'fault',
  id: 'P01',
  title: 'A locked entry decides before unlocked entries of lower number.',
  source: 'cva6 #3177',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withPmp(LockedFirst),
}
