import { type SystemFunction, systemActions } from '../../../rtl-model/core/system.ts'
import type { Fault } from '../fault.ts'
import { withActions } from '../units.ts'

const failing =
  (honest: SystemFunction): SystemFunction =>
  (core, operands) => {
    core.hart.reservation = undefined
    return honest(core, operands)
  }

export const scAlwaysFails: Fault = {
  kind: 'fault',
  id: 'L03',
  title: 'An SC never succeeds.',
  source: 'boom #791',
  certainty: 'R',
  breaks: ['architecture'],
  units: () =>
    withActions({
      'store-conditional-word': failing(systemActions['store-conditional-word']),
      'store-conditional-double': failing(systemActions['store-conditional-double']),
    }),
}
