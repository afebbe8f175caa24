import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class WithoutTw extends Traps {
  override wfiLegal(): boolean {
    return this.allowedUnless(0n)
  }
}

export const twNotEnforced: Fault = {
  kind: 'fault',
  id: 'T01b-tw',
  title: 'S may execute wfi while mstatus.TW is set.',
  source: 'riscv-qemu #108',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withTraps(WithoutTw),
}
