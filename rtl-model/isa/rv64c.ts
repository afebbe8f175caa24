import { compressed, type Format } from './format.ts'
import { type Instruction, instruction, type Reserved } from './instruction.ts'
import { privileged } from './privileged.ts'
import { rv64i } from './rv64i.ts'

// RV64C (unprivileged specification, chapter 27): each row means what a 32-bit instruction means with the operands of its
// format. Hints are executed as what they look like, which has no effect.

const counterparts = new Map([...rv64i, ...privileged].map((row) => [row.name, row]))

function row(
  name: string,
  counterpart: string,
  match: number,
  mask: number,
  format: Format,
  reserved: readonly Reserved[] = [],
): Instruction {
  const full = counterparts.get(counterpart)
  if (full === undefined) throw new RangeError(`no instruction ${counterpart}`)
  return instruction(name, 'C', { match, mask, format }, full.semantics, { timing: full.timing, reserved })
}

const rdNotZero: Reserved = { operand: 'rd', value: 0n }
const rs1NotZero: Reserved = { operand: 'rs1', value: 0n }
const rs2NotZero: Reserved = { operand: 'rs2', value: 0n }
const immediateNotZero: Reserved = { operand: 'immediate', value: 0n }

export const rv64c: readonly Instruction[] = [
  row('c.addi4spn', 'addi', 0x0000, 0xe003, compressed.addi4spn, [immediateNotZero]),
  row('c.lw', 'lw', 0x4000, 0xe003, compressed.lw),
  row('c.ld', 'ld', 0x6000, 0xe003, compressed.ld),
  row('c.sw', 'sw', 0xc000, 0xe003, compressed.sw),
  row('c.sd', 'sd', 0xe000, 0xe003, compressed.sd),

  row('c.nop', 'addi', 0x0001, 0xef83, compressed.nop),
  row('c.addi', 'addi', 0x0001, 0xe003, compressed.addi, [rdNotZero]),
  row('c.addiw', 'addiw', 0x2001, 0xe003, compressed.addi, [rdNotZero]),
  row('c.li', 'addi', 0x4001, 0xe003, compressed.li),
  row('c.addi16sp', 'addi', 0x6101, 0xef83, compressed.addi16sp, [immediateNotZero]),
  row('c.lui', 'lui', 0x6001, 0xe003, compressed.lui, [{ operand: 'rd', value: 2n }, immediateNotZero]),
  row('c.srli', 'srli', 0x8001, 0xec03, compressed.shift),
  row('c.srai', 'srai', 0x8401, 0xec03, compressed.shift),
  row('c.andi', 'andi', 0x8801, 0xec03, compressed.andi),
  row('c.sub', 'sub', 0x8c01, 0xfc63, compressed.arithmetic),
  row('c.xor', 'xor', 0x8c21, 0xfc63, compressed.arithmetic),
  row('c.or', 'or', 0x8c41, 0xfc63, compressed.arithmetic),
  row('c.and', 'and', 0x8c61, 0xfc63, compressed.arithmetic),
  row('c.subw', 'subw', 0x9c01, 0xfc63, compressed.arithmetic),
  row('c.addw', 'addw', 0x9c21, 0xfc63, compressed.arithmetic),
  row('c.j', 'jal', 0xa001, 0xe003, compressed.j),
  row('c.beqz', 'beq', 0xc001, 0xe003, compressed.branch),
  row('c.bnez', 'bne', 0xe001, 0xe003, compressed.branch),

  row('c.slli', 'slli', 0x0002, 0xe003, compressed.slli),
  row('c.lwsp', 'lw', 0x4002, 0xe003, compressed.lwsp, [rdNotZero]),
  row('c.ldsp', 'ld', 0x6002, 0xe003, compressed.ldsp, [rdNotZero]),
  row('c.jr', 'jalr', 0x8002, 0xf07f, compressed.jr, [rs1NotZero]),
  row('c.mv', 'add', 0x8002, 0xf003, compressed.mv, [rs2NotZero]),
  row('c.ebreak', 'ebreak', 0x9002, 0xffff, compressed.none),
  row('c.jalr', 'jalr', 0x9002, 0xf07f, compressed.jalr, [rs1NotZero]),
  row('c.add', 'add', 0x9002, 0xf003, compressed.add, [rs2NotZero]),
  row('c.swsp', 'sw', 0xc002, 0xe003, compressed.swsp),
  row('c.sdsp', 'sd', 0xe002, 0xe003, compressed.sdsp),
]
