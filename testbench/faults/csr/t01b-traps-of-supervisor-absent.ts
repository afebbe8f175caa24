import { CsrFile } from '../../../rtl-model/core/csr/csr-file.ts'
import { MSTATUS } from '../../../rtl-model/core/csr/mstatus.ts'
import type { Fault } from '../fault.ts'

const ABSENT = MSTATUS.TVM | MSTATUS.TW | MSTATUS.TSR

class WithoutTrapBits extends CsrFile {
  override get mstatus(): bigint {
    return super.mstatus
  }
  override set mstatus(value: bigint) {
    super.mstatus = value & ~ABSENT
  }
}

export const trapsOfSupervisorAbsent: Fault = {
  kind: 'fault',
  id: 'T01b',
  title: 'mstatus.TVM, TW and TSR cannot be set.',
  source: 'vex #485',
  certainty: 'R',
  breaks: ['isolation'],
  units: () => ({ createCsrFile: (...parts) => new WithoutTrapBits(...parts) }),
}
