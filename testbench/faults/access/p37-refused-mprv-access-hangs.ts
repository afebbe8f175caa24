import { MSTATUS } from '../../../rtl-model/core/csr/mstatus.ts'
import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import type { Fault as Refusal } from '../../../rtl-model/memory/access.ts'
import type { Fault } from '../fault.ts'
import { withLoadStore } from '../units.ts'

class HangingMprv extends LoadStore {
  protected override refuse(fault: Refusal, kind: 'load' | 'store', va: bigint): undefined {
    const { csr, hart } = this.core
    const isMprv = hart.privilege === 3 && (csr.mstatus & MSTATUS.MPRV) !== 0n
    return fault === 'access' && isMprv ? undefined : super.refuse(fault, kind, va)
  }
}

export const refusedMprvAccessHangs: Fault = {
  kind: 'fault',
  id: 'P37',
  title: 'An access by M with MPRV set that is an access fault never completes.',
  source: 'boom #781',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withLoadStore(HangingMprv),
}
