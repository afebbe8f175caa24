import type { Control } from '../fault.ts'

export const pmpChangeAtOnce: Control = {
  kind: 'control',
  id: 'I01-at-once',
  title: 'A change of PMP reaches cached translations at once.',
  source: 'xs #4665, #6575',
  certainty: 'I',
  config: { pmpVerdictCached: false },
  units: () => ({}),
}
