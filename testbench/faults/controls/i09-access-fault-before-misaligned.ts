import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import type { Control } from '../fault.ts'
import { withLoadStore } from '../units.ts'

class DenialFirst extends LoadStore {
  protected override misaligned(kind: 'load' | 'store', va: bigint): undefined {
    const denied = this.core.mmu.translate(va, 1, kind, this.core.dataContext()) === 'access'
    return denied ? this.refuse('access', kind, va) : super.misaligned(kind, va)
  }
}

export const accessFaultBeforeMisaligned: Control = {
  kind: 'control',
  id: 'I09-order',
  title: 'A misaligned access that PMP denies is an access fault, not a misaligned one.',
  source: 'specification; cva6 PR #3528 (P19)',
  certainty: 'I',
  units: () => withLoadStore(DenialFirst),
}
