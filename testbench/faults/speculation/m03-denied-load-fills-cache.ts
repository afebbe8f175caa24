import type { Fault as Refusal } from '../../../rtl-model/memory/access.ts'
import type { Fault } from '../fault.ts'
import { TransientLoads, withTransientLoads } from './wrong-path.ts'

class FillingLoads extends TransientLoads {
  protected override goOn(pa: bigint, fault: Refusal): void {
    if (fault === 'access') this.touch(pa)
  }
}

export const deniedLoadFillsCache: Fault = {
  kind: 'fault',
  id: 'M03',
  title: 'A load that PMP denies brings its line into the data cache.',
  source: 'boom #577',
  certainty: 'R',
  breaks: ['architecture'],
  core: 'rocket',
  units: () => withTransientLoads(FillingLoads),
}
