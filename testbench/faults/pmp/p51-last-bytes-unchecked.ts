import { type PmpMatch, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

const LARGEST_ACCESS = 8
const CHECKED = 4

class FirstSector extends PmpUnit {
  override match(pa: bigint, size: number, from = 0): PmpMatch | undefined {
    return super.match(pa, size <= LARGEST_ACCESS ? Math.min(size, CHECKED) : size, from)
  }
}

export const lastBytesUnchecked: Fault = {
  kind: 'fault',
  id: 'P51-end',
  title: "Of an access only the first four bytes are checked, so that the last ones may lie behind a region's end.",
  source: 'Minres DBT-RISE-RISCV PR #57',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(FirstSector),
}
