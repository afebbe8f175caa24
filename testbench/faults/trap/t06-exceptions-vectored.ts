import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class VectoredExceptions extends Traps {
  override handlerAddress(tvec: bigint, cause: number): bigint {
    return super.handlerAddress(tvec, cause, true)
  }
}

export const exceptionsVectored: Fault = {
  kind: 'fault',
  id: 'T06-exceptions',
  title: 'In vectored mode exceptions are spread like interrupts.',
  source: 'cv32e40p PR #383, cv32e40s #353',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withTraps(VectoredExceptions),
}
