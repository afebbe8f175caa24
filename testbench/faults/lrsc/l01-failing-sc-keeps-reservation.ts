import { type SystemFunction, systemActions } from '../../../rtl-model/core/system.ts'
import type { Fault } from '../fault.ts'
import { withActions } from '../units.ts'

const keeping =
  (honest: SystemFunction): SystemFunction =>
  (core, operands) => {
    const { hart, loadStore, mmu } = core
    const before = hart.reservation
    const pa = mmu.translate(hart.x[operands.rs1], 1, 'store', core.dataContext())
    const to = honest(core, operands)
    const fails = typeof pa === 'bigint' && loadStore.reservationBlock(pa) !== before
    if (fails) hart.reservation = before
    return to
  }

export const failingScKeepsReservation: Fault = {
  kind: 'fault',
  id: 'L01',
  title: 'An SC that fails does not end the reservation, so that a later one succeeds.',
  source: 'cva6 #3474',
  certainty: 'R',
  breaks: ['architecture'],
  units: () =>
    withActions({
      'store-conditional-word': keeping(systemActions['store-conditional-word']),
      'store-conditional-double': keeping(systemActions['store-conditional-double']),
    }),
}
