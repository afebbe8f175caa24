import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import type { Fault } from '../fault.ts'
import { withLoadStore } from '../units.ts'

class LoadingAmo extends LoadStore {
  override amo(va: bigint, size: 4 | 8, value: (memory: bigint) => bigint): bigint | undefined {
    const { mmu } = this.core
    const isAligned = va % BigInt(size) === 0n
    if (isAligned && mmu.translate(va, size, 'store', this.core.dataContext()) === 'page') {
      return this.refuse('page', 'load', va)
    }
    return super.amo(va, size, value)
  }
}

export const amoIsLoadPageFault: Fault = {
  kind: 'fault',
  id: 'V17',
  title: 'A page fault of an AMO is reported as that of a load.',
  source: 'boom #417, sail PR #30, wally #980, spike PR #663',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withLoadStore(LoadingAmo),
}
