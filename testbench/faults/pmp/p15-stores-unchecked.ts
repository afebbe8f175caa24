import type { Privilege } from '../../../rtl-model/core/retirement.ts'
import { type PmpMatch, PmpUnit, WRITE } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class UncheckedStores extends PmpUnit {
  protected override verdict(match: PmpMatch | undefined, privilege: Privilege): number {
    return super.verdict(match, privilege) | WRITE
  }
}

export const storesUnchecked: Fault = {
  kind: 'fault',
  id: 'P15',
  title: 'Stores are not checked.',
  source: 'cva6 #3058',
  certainty: 'R',
  breaks: ['isolation'],
  units: () => withPmp(UncheckedStores),
}
