import type { Control } from '../fault.ts'

export const misalignedDone: Control = {
  kind: 'control',
  id: 'I09',
  title: 'A misaligned load or store is done, not trapped.',
  source: 'specification',
  certainty: 'I',
  config: { misalignedAccess: true },
  units: () => ({}),
}
