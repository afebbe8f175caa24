import { csrAddress } from '../../../rtl-model/core/csr/addresses.ts'
import { exceptionCode } from '../../../rtl-model/core/csr/causes.ts'
import type { Fault } from '../fault.ts'
import { withCsrs } from '../units.ts'

const SUPERVISOR_CALL = 1n << BigInt(exceptionCode.supervisorCall)

export const supervisorCallsNotDelegable: Fault = {
  kind: 'fault',
  id: 'T07-medeleg',
  title: 'The bit of medeleg for calls from S cannot be set.',
  source: 'cva6 #3457',
  certainty: 'R',
  breaks: ['architecture'],
  units: () =>
    withCsrs(({ rows }) => {
      const honest = rows.get(csrAddress.medeleg)!
      rows.set(csrAddress.medeleg, { ...honest, write: (value) => honest.write(value & ~SUPERVISOR_CALL) })
    }),
}
