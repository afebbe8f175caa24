import { exceptionCode, Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class LineValues extends Traps {
  override reported(cause: number, tval: bigint): { cause: number; tval: bigint } {
    return { cause, tval: cause === exceptionCode.loadAccess ? tval & ~63n : tval }
  }
}

export const loadFaultNamesLine: Fault = {
  kind: 'fault',
  id: 'M10',
  title: 'The value of a load access fault is the address of the cache line.',
  source: 'xuantie-c900-bugs PR #2',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withTraps(LineValues),
}
