import type { Fault as Refusal } from '../../../rtl-model/memory/access.ts'
import type { Fault } from '../fault.ts'
import { UpdatingMmu, withUpdatingMmu } from './updating-mmu.ts'

class UpdatingFirst extends UpdatingMmu {
  protected override hinders(refusal: Refusal | undefined): boolean {
    return refusal === 'page'
  }
}

export const dirtyBeforeAccessFault: Fault = {
  kind: 'fault',
  id: 'V15',
  title: 'Where hardware sets A and D, a store that PMP denies has set them.',
  source: 'spike #1884, #1872',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withUpdatingMmu(UpdatingFirst),
}
