import { systemActions } from '../../../rtl-model/core/system.ts'
import { formats } from '../../../rtl-model/isa/format.ts'
import { instruction } from '../../../rtl-model/isa/instruction.ts'
import { instructions } from '../../../rtl-model/isa/table.ts'
import type { Fault } from '../fault.ts'

/** A unit-stride vector store of bytes with the reserved mew = 1; rs2 stands for what the core has in its vector register. */
export const ghostStore = instruction(
  'vse8.ghost',
  'I',
  { match: 0x1000_0027, mask: 0xfe00_7fff, format: formats.fenceVma },
  { kind: 'system', action: 'ghost-store' },
)

export const ghostWrite: Fault = {
  kind: 'fault',
  id: 'M08',
  title: 'A reserved encoding of a vector store writes to physical memory, past translation and PMP.',
  source: 'RISCVuzz (GhostWrite); revyos/xuantie-c900-bugs; Linux ERRATA_THEAD_GHOSTWRITE',
  certainty: 'M',
  breaks: ['isolation'],
  units: () => ({
    instructions: [...instructions, ghostStore],
    systemActions: {
      ...systemActions,
      'ghost-store': (core, { rs1, rs2, next }) => {
        const { bus, hart, recorder } = core
        const pa = hart.x[rs1]
        const value = BigInt.asUintN(8, hart.x[rs2])
        if (bus.store(pa, 1, value)) recorder?.access('store', pa, pa, 1, value)
        return next
      },
    },
  }),
}
