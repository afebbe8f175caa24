import { add, constant, rs1, rs2, shiftLeft } from '../../rtl-model/isa/expression.ts'
import { formats } from '../../rtl-model/isa/format.ts'
import { instruction } from '../../rtl-model/isa/instruction.ts'

/** `sh1add rd, rs1, rs2` of Zba: rd = rs2 + 2 * rs1. */
export const sh1add = instruction(
  'sh1add',
  'I',
  { match: 0x2000_2033, mask: 0xfe00_707f, format: formats.R },
  { kind: 'compute', value: add(rs2, shiftLeft(rs1, constant(1n))) },
)
