import { PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class PageGranularTor extends PmpUnit {
  protected override torBound(entry: number): bigint {
    return super.torBound(entry) & ~0xfffn
  }
}

export const torPageGranular: Fault = {
  kind: 'fault',
  id: 'P04',
  title: 'TOR bounds are compared as if regions were 4 KiB at least, though they read back with 4 bytes.',
  source: 'c910 #60',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withPmp(PageGranularTor),
}
