import { exceptionCode, Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class LoadFaults extends Traps {
  override reported(cause: number, tval: bigint): { cause: number; tval: bigint } {
    return { cause: cause === exceptionCode.instructionAccess ? exceptionCode.loadAccess : cause, tval }
  }
}

export const fetchDenialIsLoadFault: Fault = {
  kind: 'fault',
  id: 'P51-cause',
  title: 'An instruction access fault is reported as a load access fault.',
  source: 'Minres DBT-RISE-RISCV PR #57',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withTraps(LoadFaults),
}
