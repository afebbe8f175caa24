import { WalkerUnit } from '../../../rtl-model/memory/walker.ts'
import type { Fault } from '../fault.ts'
import { withWalker } from '../units.ts'

class Unchecked extends WalkerUnit {
  protected override readEntry(pa: bigint): bigint | undefined {
    return this.parts.readPte(pa)
  }
}

export const walkUnchecked: Fault = {
  kind: 'fault',
  id: 'P38',
  title: 'PMP does not check the accesses of the page-table walker.',
  source: 'boom #170, PR #123, PR #313',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withWalker(Unchecked),
}
