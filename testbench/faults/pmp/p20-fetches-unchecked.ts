import type { Privilege } from '../../../rtl-model/core/retirement.ts'
import { EXECUTE, type PmpMatch, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class UncheckedFetches extends PmpUnit {
  protected override verdict(match: PmpMatch | undefined, privilege: Privilege): number {
    return super.verdict(match, privilege) | EXECUTE
  }
}

export const fetchesUnchecked: Fault = {
  kind: 'fault',
  id: 'P20',
  title: 'Fetches are not checked.',
  source: 'cva6 #2890',
  certainty: 'R',
  breaks: ['isolation'],
  units: () => withPmp(UncheckedFetches),
}
