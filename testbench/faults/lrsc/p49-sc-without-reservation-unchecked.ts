import { type SystemFunction, systemActions } from '../../../rtl-model/core/system.ts'
import type { Fault } from '../fault.ts'
import { withActions } from '../units.ts'

const unchecked =
  (honest: SystemFunction): SystemFunction =>
  (core, operands) => {
    const { hart, recorder } = core
    if (hart.reservation !== undefined) return honest(core, operands)
    hart.writeX(operands.rd, 1n)
    recorder?.result(operands.rd, 1n)
    return operands.next
  }

export const scWithoutReservationUnchecked: Fault = {
  kind: 'fault',
  id: 'P49-sc',
  title: 'An SC without a reservation fails without asking whether it might store.',
  source: 'sail #1239',
  certainty: 'M',
  breaks: ['architecture'],
  units: () =>
    withActions({
      'store-conditional-word': unchecked(systemActions['store-conditional-word']),
      'store-conditional-double': unchecked(systemActions['store-conditional-double']),
    }),
}
