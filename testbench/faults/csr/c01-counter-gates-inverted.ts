import { csrAddress } from '../../../rtl-model/core/csr/addresses.ts'
import type { Fault } from '../fault.ts'
import { withCsrs } from '../units.ts'

export const counterGatesInverted: Fault = {
  kind: 'fault',
  id: 'C01-inverted',
  title: 'S and U may read the counters that mcounteren and scounteren keep from them, and no others.',
  source: 'Cascade C8, C9; CVE-2023-42311',
  certainty: 'M',
  breaks: ['architecture'],
  units: () =>
    withCsrs(({ rows }) => {
      for (const csr of [csrAddress.cycle, csrAddress.time, csrAddress.instret]) {
        const honest = rows.get(csr)!
        rows.set(csr, { ...honest, accessible: (privilege) => privilege === 3 || !honest.accessible?.(privilege) })
      }
    }),
}
