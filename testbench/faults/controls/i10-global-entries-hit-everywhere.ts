import type { Control } from '../fault.ts'

export const globalEntriesHitEverywhere: Control = {
  kind: 'control',
  id: 'I10',
  title: 'A translation with G set is used in every address space, as on the honest core.',
  source: 'xs PR #4811',
  certainty: 'I',
  units: () => ({}),
}
