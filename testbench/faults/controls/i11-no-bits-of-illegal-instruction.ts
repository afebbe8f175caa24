import { exceptionCode, Traps } from '../../../rtl-model/core/trap.ts'
import type { Control } from '../fault.ts'
import { withTraps } from '../units.ts'

class WithoutBits extends Traps {
  override reported(cause: number, tval: bigint): { cause: number; tval: bigint } {
    return { cause, tval: cause === exceptionCode.illegalInstruction ? 0n : tval }
  }
}

export const noBitsOfIllegalInstruction: Control = {
  kind: 'control',
  id: 'I11',
  title: 'mtval and stval are 0 after an illegal instruction.',
  source: 'specification',
  certainty: 'I',
  units: () => withTraps(WithoutBits),
}
