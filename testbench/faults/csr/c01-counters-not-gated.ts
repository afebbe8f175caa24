import { csrAddress } from '../../../rtl-model/core/csr/addresses.ts'
import type { Fault } from '../fault.ts'
import { withCsrs } from '../units.ts'

export const countersNotGated: Fault = {
  kind: 'fault',
  id: 'C01',
  title: 'S and U may read the counters whatever mcounteren and scounteren say.',
  source: 'cva6 PR #1650, #525, #739, #1982',
  certainty: 'M',
  breaks: ['architecture'],
  units: () =>
    withCsrs(({ rows }) => {
      for (const csr of [csrAddress.cycle, csrAddress.time, csrAddress.instret]) {
        rows.set(csr, { ...rows.get(csr)!, accessible: () => true })
      }
    }),
}
