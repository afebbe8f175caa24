import { type PmpMatch, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class AnyPartialMatch extends PmpUnit {
  override match(pa: bigint, size: number, from = 0): PmpMatch | undefined {
    const first = super.match(pa, size, from)
    for (let match = first; match !== undefined; match = super.match(pa, size, match.entry + 1)) {
      if (!match.whole) return match
    }
    return first
  }
}

export const anyPartialMatchRefuses: Fault = {
  kind: 'fault',
  id: 'P48',
  title: 'An access is refused where any entry matches a part of it, not only the first.',
  source: 'spike PR #270',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(AnyPartialMatch),
}
