import { LOCKED, MATCHING, PmpUnit, TOR } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class OverLocked extends PmpUnit {
  protected override isConfigLocked(entry: number): boolean {
    return super.isConfigLocked(entry) || (this.configs[entry + 1] & (LOCKED | MATCHING)) === (LOCKED | TOR)
  }
}

export const torLockLocksConfigurationBelow: Fault = {
  kind: 'fault',
  id: 'P23',
  title: 'A locked TOR entry locks the configuration of the entry before it, besides its address.',
  source: 'ibex #1719',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(OverLocked),
}
