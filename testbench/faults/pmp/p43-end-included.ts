import { type AddressRange, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class InclusiveEnd extends PmpUnit {
  protected override range(entry: number): AddressRange {
    const { lower, upper } = super.range(entry)
    return { lower, upper: upper > lower ? upper + 1n : upper }
  }
}

export const endIncluded: Fault = {
  kind: 'fault',
  id: 'P43',
  title: 'The byte at which a region ends belongs to it.',
  source: 'riscv/riscv-qemu #149',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(InclusiveEnd),
}
