import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class WithoutTsr extends Traps {
  override sretLegal(): boolean {
    return this.allowedUnless(0n)
  }
}

export const tsrNotEnforced: Fault = {
  kind: 'fault',
  id: 'T01a-tsr',
  title: 'S may execute sret while mstatus.TSR is set.',
  source: 'biriscv #41',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withTraps(WithoutTsr),
}
