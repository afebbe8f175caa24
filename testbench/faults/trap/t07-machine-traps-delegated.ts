import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class DelegatingDown extends Traps {
  override handlingPrivilege(cause: number, interrupt: boolean): 1 | 3 {
    const delegation = this.csr.get(interrupt ? 'mideleg' : 'medeleg')
    return ((delegation >> BigInt(cause)) & 1n) === 1n ? 1 : 3
  }
}

export const machineTrapsDelegated: Fault = {
  kind: 'fault',
  id: 'T07',
  title: 'A delegated exception goes to S even where it comes from M.',
  source: 'RV12 #37, #38',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withTraps(DelegatingDown),
}
