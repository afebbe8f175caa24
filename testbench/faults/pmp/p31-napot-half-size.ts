import { type AddressRange, MATCHING, NAPOT, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class HalfNapot extends PmpUnit {
  protected override range(entry: number): AddressRange {
    const { lower, upper } = super.range(entry)
    const isNapot = (this.configs[entry] & MATCHING) === NAPOT
    return { lower, upper: isNapot ? (lower + upper) / 2n : upper }
  }
}

export const napotHalfSize: Fault = {
  kind: 'fault',
  id: 'P31',
  title: 'A NAPOT range has half its size.',
  source: 'vex #202',
  certainty: 'M',
  breaks: ['isolation'],
  units: () => withPmp(HalfNapot),
}
