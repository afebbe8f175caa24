import { systemActions } from '../../../rtl-model/core/system.ts'
import { formats } from '../../../rtl-model/isa/format.ts'
import { instruction } from '../../../rtl-model/isa/instruction.ts'
import { instructions } from '../../../rtl-model/isa/table.ts'
import type { Fault } from '../fault.ts'

/** A vector load with reserved fields. */
export const halt = instruction(
  'vle.halt',
  'I',
  { match: 0x1000_0007, mask: 0xfe00_7fff, format: formats.fenceVma },
  { kind: 'system', action: 'halt' },
)

export const haltAndCatchFire: Fault = {
  kind: 'fault',
  id: 'M09',
  title: 'A reserved encoding freezes the core from any mode: it goes on to no instruction, and takes no interrupt.',
  source: 'RISCVuzz',
  certainty: 'R',
  breaks: ['server-calls', 'architecture'],
  units: () => ({
    instructions: [...instructions, halt],
    systemActions: {
      ...systemActions,
      halt: ({ csr }) => {
        csr.set('mie', 0n)
        return undefined
      },
    },
  }),
}
