import type { Control } from '../fault.ts'
import { UpdatingMmu, withUpdatingMmu } from '../translation/updating-mmu.ts'

export const hardwareSetsAccessedAndDirty: Control = {
  kind: 'control',
  id: 'I12',
  title: 'The core sets A and D of a leaf itself instead of taking a page fault (Svadu).',
  source: 'specification',
  certainty: 'I',
  units: () => withUpdatingMmu(UpdatingMmu),
}
