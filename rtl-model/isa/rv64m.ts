import * as e from './expression.ts'
import { rs1, rs2, signExtend32, zeroExtend32 } from './expression.ts'
import { formats } from './format.ts'
import { type Instruction, instruction, type TimingClass } from './instruction.ts'

// RV64M (unprivileged specification, chapter 12).

const OP = 0x33
const OP_32 = 0x3b

const row = (name: string, opcode: number, funct3: number, timing: TimingClass, value: e.Expression): Instruction =>
  instruction(
    name,
    'M',
    { match: (1 << 25) | (funct3 << 12) | opcode, mask: 0xfe00707f, format: formats.R },
    { kind: 'compute', value },
    { timing },
  )

export const rv64m: readonly Instruction[] = [
  row('mul', OP, 0, 'mul', e.mul(rs1, rs2)),
  row('mulh', OP, 1, 'mul', e.mulHighSigned(rs1, rs2)),
  row('mulhsu', OP, 2, 'mul', e.mulHighSignedUnsigned(rs1, rs2)),
  row('mulhu', OP, 3, 'mul', e.mulHighUnsigned(rs1, rs2)),
  row('div', OP, 4, 'div', e.divSigned(rs1, rs2)),
  row('divu', OP, 5, 'div', e.divUnsigned(rs1, rs2)),
  row('rem', OP, 6, 'div', e.remSigned(rs1, rs2)),
  row('remu', OP, 7, 'div', e.remUnsigned(rs1, rs2)),
  row('mulw', OP_32, 0, 'mul', signExtend32(e.mul(rs1, rs2))),
  row('divw', OP_32, 4, 'div', signExtend32(e.divSigned(signExtend32(rs1), signExtend32(rs2)))),
  row('divuw', OP_32, 5, 'div', signExtend32(e.divUnsigned(zeroExtend32(rs1), zeroExtend32(rs2)))),
  row('remw', OP_32, 6, 'div', signExtend32(e.remSigned(signExtend32(rs1), signExtend32(rs2)))),
  row('remuw', OP_32, 7, 'div', signExtend32(e.remUnsigned(zeroExtend32(rs1), zeroExtend32(rs2)))),
]
