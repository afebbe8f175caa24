import { type AddressRange, MATCHING, PmpUnit, TOR } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class WrappingTor extends PmpUnit {
  protected override range(entry: number): AddressRange {
    const isBackward =
      (this.configs[entry] & MATCHING) === TOR && entry > 0 && this.torBound(entry) < this.torBound(entry - 1)
    return isBackward ? { lower: this.torBound(entry - 1), upper: 1n << 56n } : super.range(entry)
  }
}

export const backwardTorHuge: Fault = {
  kind: 'fault',
  id: 'P46-tor',
  title: 'A TOR range that ends before it begins has a size that wraps around, and reaches to the end of memory.',
  source: 'QEMU 2e983399186b',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(WrappingTor),
}
