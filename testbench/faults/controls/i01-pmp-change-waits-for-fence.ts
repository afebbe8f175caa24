import type { Control } from '../fault.ts'

export const pmpChangeWaitsForFence: Control = {
  kind: 'control',
  id: 'I01',
  title: 'A change of PMP reaches translations that are cached only with sfence.vma, as on the honest core.',
  source: 'xs #4665, #6575',
  certainty: 'I',
  config: { pmpVerdictCached: true },
  units: () => ({}),
}
