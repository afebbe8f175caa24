import { PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class LockedByAnyNext extends PmpUnit {
  protected override isAddressLocked(entry: number): boolean {
    return this.isConfigLocked(entry) || (entry + 1 < this.entries && this.isConfigLocked(entry + 1))
  }
}

export const lockOfAnyModeLocksAddress: Fault = {
  kind: 'fault',
  id: 'P16',
  title: 'A locked entry locks the address of the entry before it though it is no TOR range.',
  source: 'cva6 #1995, PR #2015',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(LockedByAnyNext),
}
