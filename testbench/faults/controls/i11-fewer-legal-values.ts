import { csrAddress } from '../../../rtl-model/core/csr/addresses.ts'
import { exceptionCode } from '../../../rtl-model/core/csr/causes.ts'
import type { Control } from '../fault.ts'
import { withCsrs } from '../units.ts'

export const fewerLegalValues: Control = {
  kind: 'control',
  id: 'I11-warl',
  title: 'satp has no ASID, the trap vectors are direct only, and breakpoints cannot be delegated.',
  source: 'specification; chipyard #2243',
  certainty: 'I',
  config: { asidBits: 0 },
  units: () =>
    withCsrs(({ rows }) => {
      const masked = (csr: number, mask: bigint): void => {
        const honest = rows.get(csr)!
        rows.set(csr, { ...honest, write: (value) => honest.write(value & mask) })
      }
      masked(csrAddress.mtvec, ~3n)
      masked(csrAddress.stvec, ~3n)
      masked(csrAddress.medeleg, ~(1n << BigInt(exceptionCode.breakpoint)))
    }),
}
