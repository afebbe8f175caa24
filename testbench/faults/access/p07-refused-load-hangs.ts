import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import type { Fault as Refusal } from '../../../rtl-model/memory/access.ts'
import type { Fault } from '../fault.ts'
import { withLoadStore } from '../units.ts'

class HangingLoads extends LoadStore {
  protected override refuse(fault: Refusal, kind: 'load' | 'store', va: bigint): undefined {
    return fault === 'access' && kind === 'load' ? undefined : super.refuse(fault, kind, va)
  }
}

export const refusedLoadHangs: Fault = {
  kind: 'fault',
  id: 'P07',
  title: 'A load that is an access fault never completes.',
  source: 'c910 #61',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withLoadStore(HangingLoads),
}
