import type { Control } from '../fault.ts'

export const reservationOfPage: Control = {
  kind: 'control',
  id: 'I06',
  title: 'LR reserves a whole page.',
  source: 'boom #491',
  certainty: 'I',
  config: { reservationBytes: 4096 },
  units: () => ({}),
}
