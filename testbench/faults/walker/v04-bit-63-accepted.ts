import { sv39Rules } from '../../../rtl-model/memory/pte.ts'
import type { Fault } from '../fault.ts'
import { withWalkerRules } from '../units.ts'

const BIT_63 = 1n << 63n

export const bit63Accepted: Fault = {
  kind: 'fault',
  id: 'V04',
  title: 'A page-table entry with bit 63 set is accepted.',
  source: 'boom #735',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withWalkerRules({ isWellFormed: (pte) => sv39Rules.isWellFormed(pte & ~BIT_63) }),
}
