import type { Privilege } from '../../../rtl-model/core/retirement.ts'
import { PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class WrongRegister extends PmpUnit {
  protected override entryRights(entry: number, privilege: Privilege): number {
    return super.entryRights(entry < 8 ? entry : entry - 8, privilege)
  }
}

export const configurationOfEightBelow: Fault = {
  kind: 'fault',
  id: 'P52',
  title: 'Entries 8 and above take their rights from the configuration of the entry eight below.',
  source: 'nemu PR #111',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(WrongRegister),
}
