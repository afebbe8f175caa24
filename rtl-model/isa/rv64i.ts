import * as e from './expression.ts'
import { add, and, constant, immediate, pc, rs1, rs2, signExtend32, zeroExtend32 } from './expression.ts'
import { formats } from './format.ts'
import { type Encoding, type Instruction, instruction, type Semantics, type Size } from './instruction.ts'

// RV64I (unprivileged specification, chapters 2 and 4) and fence.i (Zifencei).

const opcodes = {
  LOAD: 0x03,
  MISC_MEM: 0x0f,
  OP_IMM: 0x13,
  AUIPC: 0x17,
  OP_IMM_32: 0x1b,
  STORE: 0x23,
  OP: 0x33,
  LUI: 0x37,
  OP_32: 0x3b,
  BRANCH: 0x63,
  JALR: 0x67,
  JAL: 0x6f,
} as const

const compute = (value: e.Expression): Semantics => ({ kind: 'compute', value })

const upper = (opcode: number): Encoding => ({ match: opcode, mask: 0x7f, format: formats.U })
const register = (opcode: number, funct3: number, funct7: number): Encoding => ({
  match: (funct7 << 25) | (funct3 << 12) | opcode,
  mask: 0xfe00707f,
  format: formats.R,
})
const withImmediate = (opcode: number, funct3: number): Encoding => ({
  match: (funct3 << 12) | opcode,
  mask: 0x707f,
  format: formats.I,
})
const shift = (opcode: number, funct3: number, funct7: number): Encoding => ({
  match: (funct7 << 25) | (funct3 << 12) | opcode,
  mask: opcode === opcodes.OP_IMM ? 0xfc00707f : 0xfe00707f,
  format: opcode === opcodes.OP_IMM ? formats.shift64 : formats.shift32,
})

/** Both forms of an operation: `name` on two registers and `immediateName` with an immediate. */
function arithmetic(
  name: string,
  funct3: number,
  value: (a: e.Expression, b: e.Expression) => e.Expression,
): readonly Instruction[] {
  const immediateName = name === 'sltu' ? 'sltiu' : `${name}i`
  return [
    instruction(immediateName, 'I', withImmediate(opcodes.OP_IMM, funct3), compute(value(rs1, immediate))),
    instruction(name, 'I', register(opcodes.OP, funct3, 0), compute(value(rs1, rs2))),
  ]
}

const branch = (name: string, funct3: number, condition: e.Expression): Instruction =>
  instruction(
    name,
    'I',
    { match: (funct3 << 12) | opcodes.BRANCH, mask: 0x707f, format: formats.B },
    { kind: 'branch', condition, target: add(pc, immediate) },
  )

const load = (name: string, funct3: number, size: Size, signed: boolean): Instruction =>
  instruction(
    name,
    'I',
    { match: (funct3 << 12) | opcodes.LOAD, mask: 0x707f, format: formats.load },
    { kind: 'load', address: add(rs1, immediate), size, signed },
  )

const store = (name: string, funct3: number, size: Size): Instruction =>
  instruction(
    name,
    'I',
    { match: (funct3 << 12) | opcodes.STORE, mask: 0x707f, format: formats.S },
    { kind: 'store', address: add(rs1, immediate), size, value: rs2 },
  )

/** Shift amounts of the 32-bit shifts have five bits. */
const amount32 = and(rs2, constant(31n))

export const rv64i: readonly Instruction[] = [
  instruction('lui', 'I', upper(opcodes.LUI), compute(immediate)),
  instruction('auipc', 'I', upper(opcodes.AUIPC), compute(add(pc, immediate))),

  instruction(
    'jal',
    'I',
    { match: opcodes.JAL, mask: 0x7f, format: formats.J },
    { kind: 'jump', target: add(pc, immediate) },
  ),
  instruction(
    'jalr',
    'I',
    { match: opcodes.JALR, mask: 0x707f, format: { ...formats.load, name: 'I' } },
    { kind: 'jump', target: and(add(rs1, immediate), constant(-2n)) },
    { timing: 'jump-register' },
  ),

  branch('beq', 0, e.equal(rs1, rs2)),
  branch('bne', 1, e.notEqual(rs1, rs2)),
  branch('blt', 4, e.lessSigned(rs1, rs2)),
  branch('bge', 5, e.notLessSigned(rs1, rs2)),
  branch('bltu', 6, e.lessUnsigned(rs1, rs2)),
  branch('bgeu', 7, e.notLessUnsigned(rs1, rs2)),

  load('lb', 0, 1, true),
  load('lh', 1, 2, true),
  load('lw', 2, 4, true),
  load('ld', 3, 8, true),
  load('lbu', 4, 1, false),
  load('lhu', 5, 2, false),
  load('lwu', 6, 4, false),

  store('sb', 0, 1),
  store('sh', 1, 2),
  store('sw', 2, 4),
  store('sd', 3, 8),

  ...arithmetic('add', 0, e.add),
  ...arithmetic('slt', 2, e.lessSigned),
  ...arithmetic('sltu', 3, e.lessUnsigned),
  ...arithmetic('xor', 4, e.xor),
  ...arithmetic('or', 6, e.or),
  ...arithmetic('and', 7, e.and),
  instruction('sub', 'I', register(opcodes.OP, 0, 0x20), compute(e.sub(rs1, rs2))),

  instruction('slli', 'I', shift(opcodes.OP_IMM, 1, 0), compute(e.shiftLeft(rs1, immediate))),
  instruction('srli', 'I', shift(opcodes.OP_IMM, 5, 0), compute(e.shiftRightLogical(rs1, immediate))),
  instruction('srai', 'I', shift(opcodes.OP_IMM, 5, 0x20), compute(e.shiftRightArithmetic(rs1, immediate))),
  instruction('sll', 'I', register(opcodes.OP, 1, 0), compute(e.shiftLeft(rs1, rs2))),
  instruction('srl', 'I', register(opcodes.OP, 5, 0), compute(e.shiftRightLogical(rs1, rs2))),
  instruction('sra', 'I', register(opcodes.OP, 5, 0x20), compute(e.shiftRightArithmetic(rs1, rs2))),

  instruction('addiw', 'I', withImmediate(opcodes.OP_IMM_32, 0), compute(signExtend32(add(rs1, immediate)))),
  instruction('slliw', 'I', shift(opcodes.OP_IMM_32, 1, 0), compute(signExtend32(e.shiftLeft(rs1, immediate)))),
  instruction(
    'srliw',
    'I',
    shift(opcodes.OP_IMM_32, 5, 0),
    compute(signExtend32(e.shiftRightLogical(zeroExtend32(rs1), immediate))),
  ),
  instruction(
    'sraiw',
    'I',
    shift(opcodes.OP_IMM_32, 5, 0x20),
    compute(e.shiftRightArithmetic(signExtend32(rs1), immediate)),
  ),
  instruction('addw', 'I', register(opcodes.OP_32, 0, 0), compute(signExtend32(add(rs1, rs2)))),
  instruction('subw', 'I', register(opcodes.OP_32, 0, 0x20), compute(signExtend32(e.sub(rs1, rs2)))),
  instruction('sllw', 'I', register(opcodes.OP_32, 1, 0), compute(signExtend32(e.shiftLeft(rs1, amount32)))),
  instruction(
    'srlw',
    'I',
    register(opcodes.OP_32, 5, 0),
    compute(signExtend32(e.shiftRightLogical(zeroExtend32(rs1), amount32))),
  ),
  instruction(
    'sraw',
    'I',
    register(opcodes.OP_32, 5, 0x20),
    compute(e.shiftRightArithmetic(signExtend32(rs1), amount32)),
  ),

  instruction(
    'fence',
    'I',
    { match: opcodes.MISC_MEM, mask: 0x707f, format: formats.fence },
    { kind: 'system', action: 'fence' },
    { timing: 'fence' },
  ),
  instruction(
    'fence.i',
    'Zifencei',
    { match: 0x1000 | opcodes.MISC_MEM, mask: 0x707f, format: formats.none },
    { kind: 'system', action: 'fence.i' },
    { timing: 'fence' },
  ),
]
