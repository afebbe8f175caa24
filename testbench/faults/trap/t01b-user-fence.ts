import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class UserFences extends Traps {
  override fenceVmaLegal(): boolean {
    return this.hart.privilege === 0 || super.fenceVmaLegal()
  }
}

export const userFence: Fault = {
  kind: 'fault',
  id: 'T01b-user',
  title: 'U may execute sfence.vma.',
  source: 'tlib PR #29',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withTraps(UserFences),
}
