import type { Control } from '../fault.ts'

export const lockedTorFromZero: Control = {
  kind: 'control',
  id: 'I04',
  title: 'A locked first TOR entry begins at address 0 and binds the fetches of M, as on the honest core.',
  source: 'xs #6424, #6426',
  certainty: 'I',
  units: () => ({}),
}
