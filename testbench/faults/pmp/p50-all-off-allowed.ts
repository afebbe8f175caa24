import type { Privilege } from '../../../rtl-model/core/retirement.ts'
import { ALL_RIGHTS, MATCHING, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class OpenWhileOff extends PmpUnit {
  protected override unmatchedRights(privilege: Privilege): number {
    return this.configs.some((config) => (config & MATCHING) !== 0) ? super.unmatchedRights(privilege) : ALL_RIGHTS
  }
}

export const allOffAllowed: Fault = {
  kind: 'fault',
  id: 'P50',
  title: 'S and U may access everything while all entries are OFF.',
  source: 'gem5 PR #2376',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(OpenWhileOff),
}
