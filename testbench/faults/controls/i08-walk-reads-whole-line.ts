import type { Control } from '../fault.ts'

export const walkReadsWholeLine: Control = {
  kind: 'control',
  id: 'I08',
  title:
    'The walker brings the whole cache line of an entry in, of which PMP has checked 8 bytes, as on the honest core.',
  source: 'xs #6367',
  certainty: 'I',
  core: 'rocket',
  units: () => ({}),
}
