import { MSTATUS } from '../../../rtl-model/core/csr/mstatus.ts'
import type { CsrWrite, Privilege } from '../../../rtl-model/core/retirement.ts'
import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class KeepingMprv extends Traps {
  protected override returnTo(to: Privilege, pc: bigint, mstatus: bigint): CsrWrite[] {
    const writes = super.returnTo(to, pc, mstatus)
    this.csr.mstatus |= mstatus & MSTATUS.MPRV
    return writes.map(({ csr }) => ({ csr, value: this.csr.mstatus }))
  }
}

export const mprvSurvivesReturn: Fault = {
  kind: 'fault',
  id: 'T03',
  title: 'mstatus.MPRV stays set when mret or sret leaves M.',
  source: 'cva6 #3294, biriscv #34, sail PR #107, spike #597',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withTraps(KeepingMprv),
}
