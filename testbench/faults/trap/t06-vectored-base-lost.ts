import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

class WithoutBase extends Traps {
  override handlerAddress(tvec: bigint, cause: number, interrupt: boolean): bigint {
    const isVectored = (tvec & 1n) === 1n && interrupt
    return isVectored ? BigInt(4 * cause) : super.handlerAddress(tvec, cause, interrupt)
  }
}

export const vectoredBaseLost: Fault = {
  kind: 'fault',
  id: 'T06',
  title: 'In vectored mode an interrupt goes to four times its number, without the base.',
  source: 'RV12 #42',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withTraps(WithoutBase),
}
