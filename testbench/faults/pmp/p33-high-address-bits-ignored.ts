import { type AddressRange, MATCHING, type PmpMatch, PmpUnit, TOR } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

/** What is compared of an address; RAM is above it, so that it has the numbers of the devices. */
const COMPARED = (1n << 31n) - 1n

class TruncatedCompare extends PmpUnit {
  protected override range(entry: number): AddressRange {
    const { lower, upper } = super.range(entry)
    const isTor = (this.configs[entry] & MATCHING) === TOR
    return isTor || upper - lower > COMPARED
      ? { lower, upper }
      : { lower: lower & COMPARED, upper: (lower & COMPARED) + upper - lower }
  }

  override match(pa: bigint, size: number, from = 0): PmpMatch | undefined {
    const whole = super.match(pa, size, from)
    let truncated = super.match(pa & COMPARED, size, from)
    while (truncated !== undefined && (this.configs[truncated.entry] & MATCHING) === TOR) {
      truncated = super.match(pa & COMPARED, size, truncated.entry + 1)
    }
    if (whole === undefined || truncated === undefined) return whole ?? truncated
    return truncated.entry < whole.entry ? truncated : whole
  }
}

export const highAddressBitsIgnored: Fault = {
  kind: 'fault',
  id: 'P33',
  title: 'NA4 and NAPOT ranges are compared without the highest bits of the address, here bit 31 and those above.',
  source: 'cv32e40p #585',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => withPmp(TruncatedCompare),
}
