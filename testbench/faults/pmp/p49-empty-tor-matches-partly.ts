import { type AddressRange, MATCHING, PmpUnit, TOR } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class PartlyEmptyTor extends PmpUnit {
  protected override range(entry: number): AddressRange {
    const isTor = (this.configs[entry] & MATCHING) === TOR && entry > 0
    const bound = this.torBound(entry)
    return isTor && this.torBound(entry - 1) === bound ? { lower: bound, upper: bound } : super.range(entry)
  }
}

export const emptyTorMatchesPartly: Fault = {
  kind: 'fault',
  id: 'P49-empty',
  title: 'A TOR range whose bounds are equal matches a part of an access around that address.',
  source: 'sail #117',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(PartlyEmptyTor),
}
