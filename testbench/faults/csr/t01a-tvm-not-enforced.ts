import { csrAddress } from '../../../rtl-model/core/csr/addresses.ts'
import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withCsrs, withTraps } from '../units.ts'

class WithoutTvm extends Traps {
  override fenceVmaLegal(): boolean {
    return this.allowedUnless(0n)
  }
}

export const tvmNotEnforced: Fault = {
  kind: 'fault',
  id: 'T01a',
  title: 'S may execute sfence.vma and access satp while mstatus.TVM is set.',
  source: 'biriscv #42',
  certainty: 'R',
  breaks: ['isolation'],
  units: () => ({
    ...withTraps(WithoutTvm),
    ...withCsrs(({ rows }) => rows.set(csrAddress.satp, { ...rows.get(csrAddress.satp)!, accessible: () => true })),
  }),
}
