import type { Control } from '../fault.ts'

export const coarseTor: Control = {
  kind: 'control',
  id: 'I03',
  title:
    'With a granularity above 4 bytes the low bits of a TOR bound do not count, so that an 8-byte store at it is judged by the bound below.',
  source: 'xs #6162',
  certainty: 'I',
  config: { pmpGranularity: 64 },
  units: () => ({}),
}
