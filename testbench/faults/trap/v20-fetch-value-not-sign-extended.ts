import { exceptionCode, Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class ZeroExtended extends Traps {
  override reported(cause: number, tval: bigint): { cause: number; tval: bigint } {
    return { cause, tval: cause === exceptionCode.instructionPage ? BigInt.asUintN(39, tval) : tval }
  }
}

export const fetchValueNotSignExtended: Fault = {
  kind: 'fault',
  id: 'V20',
  title: 'The value of an instruction page fault is the address without its sign extension.',
  source: 'xs #6156, #5860',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withTraps(ZeroExtended),
}
