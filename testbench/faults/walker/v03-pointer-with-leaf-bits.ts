import type { Fault } from '../fault.ts'
import { withWalkerRules } from '../units.ts'

export const pointerWithLeafBits: Fault = {
  kind: 'fault',
  id: 'V03',
  title: 'A pointer to a table that has D, A or U set is accepted.',
  source: 'cva6 #3420, rocket PR #2905, wally PR #1299, bp PR #1320',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withWalkerRules({ isLegalPointer: () => true }),
}
