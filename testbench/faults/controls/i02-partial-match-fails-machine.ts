import type { Control } from '../fault.ts'

export const partialMatchFailsMachine: Control = {
  kind: 'control',
  id: 'I02',
  title:
    'An access that the deciding PMP entry matches in part fails even in M and though the entry is not locked, as on the honest core.',
  source: 'spike #2332, sail #656',
  certainty: 'I',
  units: () => ({}),
}
