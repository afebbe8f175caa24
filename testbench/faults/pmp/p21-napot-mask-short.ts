import { type AddressRange, MATCHING, NAPOT, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class ShortMask extends PmpUnit {
  protected override range(entry: number): AddressRange {
    if ((this.configs[entry] & MATCHING) !== NAPOT) return super.range(entry)
    const ones = this.addresses[entry] | (this.grainBits >> 2n)
    const inside = ones ^ (ones + 1n)
    const lower = (ones & ~inside) << 2n
    return { lower, upper: lower + ((inside + 1n) << 2n) }
  }
}

export const napotMaskShort: Fault = {
  kind: 'fault',
  id: 'P21',
  title:
    'With a granularity above 4 bytes the mask of a NAPOT range is one bit short, so that half a grain is protected.',
  source: 'ibex #1178, PR #1179',
  certainty: 'M',
  breaks: ['architecture'],
  config: { pmpGranularity: 4096 },
  units: () => withPmp(ShortMask),
}
