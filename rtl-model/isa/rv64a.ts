import * as e from './expression.ts'
import { memory, rs2, select, signExtend32, zeroExtend32 } from './expression.ts'
import { formats } from './format.ts'
import { type Encoding, type Instruction, instruction, type SystemAction } from './instruction.ts'

// RV64A: Zalrsc and Zaamo (unprivileged specification, chapter 13). The aq and rl bits order accesses of other harts only.

const AMO = 0x2f

const encoding = (funct5: number, size: 4 | 8): Encoding => ({
  match: (funct5 << 27) | ((size === 4 ? 2 : 3) << 12) | AMO,
  mask: 0xf800707f,
  format: formats.amo,
})

const reserved = (name: string, size: 4 | 8, action: SystemAction): Instruction =>
  instruction(
    name,
    'A',
    { match: (2 << 27) | ((size === 4 ? 2 : 3) << 12) | AMO, mask: 0xf9f0707f, format: formats.lr },
    { kind: 'system', action },
    { timing: 'amo' },
  )

const conditional = (name: string, size: 4 | 8, action: SystemAction): Instruction =>
  instruction(name, 'A', encoding(3, size), { kind: 'system', action }, { timing: 'amo' })

/** The word and double forms of an AMO; `narrow` brings both operands of a word form to 64 bits. */
function amo(
  name: string,
  funct5: number,
  value: (a: e.Expression, b: e.Expression) => e.Expression,
  narrow: (a: e.Expression) => e.Expression,
): readonly Instruction[] {
  return [
    instruction(`${name}.w`, 'A', encoding(funct5, 4), {
      kind: 'amo',
      size: 4,
      value: value(narrow(memory), narrow(rs2)),
    }),
    instruction(`${name}.d`, 'A', encoding(funct5, 8), { kind: 'amo', size: 8, value: value(memory, rs2) }),
  ]
}

export const rv64a: readonly Instruction[] = [
  reserved('lr.w', 4, 'load-reserved-word'),
  reserved('lr.d', 8, 'load-reserved-double'),
  conditional('sc.w', 4, 'store-conditional-word'),
  conditional('sc.d', 8, 'store-conditional-double'),
  ...amo('amoswap', 0x01, (_, b) => b, signExtend32),
  ...amo('amoadd', 0x00, e.add, signExtend32),
  ...amo('amoxor', 0x04, e.xor, signExtend32),
  ...amo('amoand', 0x0c, e.and, signExtend32),
  ...amo('amoor', 0x08, e.or, signExtend32),
  ...amo('amomin', 0x10, (a, b) => select(e.lessSigned(a, b), a, b), signExtend32),
  ...amo('amomax', 0x14, (a, b) => select(e.lessSigned(a, b), b, a), signExtend32),
  ...amo('amominu', 0x18, (a, b) => select(e.lessUnsigned(a, b), a, b), zeroExtend32),
  ...amo('amomaxu', 0x1c, (a, b) => select(e.lessUnsigned(a, b), b, a), zeroExtend32),
]
