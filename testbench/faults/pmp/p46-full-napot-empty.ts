import { type AddressRange, MATCHING, NAPOT, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

const ALL_ONES = (1n << 54n) - 1n

class OverflowingNapot extends PmpUnit {
  protected override range(entry: number): AddressRange {
    const isFull = (this.configs[entry] & MATCHING) === NAPOT && this.addresses[entry] === ALL_ONES
    return isFull ? { lower: 0n, upper: 0n } : super.range(entry)
  }
}

export const fullNapotEmpty: Fault = {
  kind: 'fault',
  id: 'P46-full',
  title: 'A NAPOT entry of all ones overflows, and matches nothing instead of everything.',
  source: 'QEMU 6248a8fe4d8a',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(OverflowingNapot),
}
