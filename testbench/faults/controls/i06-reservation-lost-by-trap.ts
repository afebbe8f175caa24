import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Control } from '../fault.ts'
import { withTraps } from '../units.ts'

class Forgetting extends Traps {
  override enter(cause: number, interrupt: boolean, tval: bigint): void {
    this.hart.reservation = undefined
    super.enter(cause, interrupt, tval)
  }
}

export const reservationLostByTrap: Control = {
  kind: 'control',
  id: 'I06-trap',
  title: 'A trap ends the reservation.',
  source: 'boom #457, spike #1543',
  certainty: 'I',
  units: () => withTraps(Forgetting),
}
