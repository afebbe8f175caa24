import { type PmpMatch, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

const LARGEST_ACCESS = 8

class LowerBoundary extends PmpUnit {
  override match(pa: bigint, size: number, from = 0): PmpMatch | undefined {
    const match = super.match(pa, size, from)
    if (match === undefined || size > LARGEST_ACCESS || this.lowers[match.entry] <= pa) return match
    return this.match(pa, size, match.entry + 1)
  }
}

export const boundaryMatchesNothing: Fault = {
  kind: 'fault',
  id: 'P49-boundary',
  title: 'An access that begins below a region and ends in it does not match it, instead of matching in part.',
  source: 'sail PR #85, #72',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(LowerBoundary),
}
