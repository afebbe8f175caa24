/**
 * Where an instruction's operands are in its bits (unprivileged specification, 2.2, 2.3 and 27.2), and how its assembly is
 * written. Decoder, encoder, disassembler and assembler all read these descriptions.
 */
export interface Format {
  readonly name: string
  /** Bytes of the instruction. */
  readonly length: 2 | 4
  readonly rd: RegisterOperand
  readonly rs1: RegisterOperand
  readonly rs2: RegisterOperand
  readonly immediate: Immediate
  /** Operands in the order of assembly. */
  readonly assembly: readonly AssemblyOperand[]
}

/** A register number: a field of the instruction plus an offset (8 for the three-bit fields of C), or always the same. */
export type RegisterOperand =
  | { readonly low: number; readonly bits: 3 | 5; readonly offset: 0 | 8 }
  | { readonly always: number }

/** An immediate put together from pieces of the instruction; no piece means 0. */
export interface Immediate {
  readonly pieces: readonly Piece[]
  /** Sign-extended from its highest bit. */
  readonly signed: boolean
  /** Bits, counted from bit 0 of the value. */
  readonly width: number
}

/** Instruction bits `low` and `bits - 1` above it go to the value's bit `at` and above. */
export interface Piece {
  readonly low: number
  readonly bits: number
  readonly at: number
}

export type AssemblyOperand =
  | 'rd'
  | 'rs1'
  | 'rs2'
  /** A number. */
  | 'immediate'
  /** The 20 high bits of a 32-bit value, as `lui` takes them. */
  | 'upper'
  /** An address, encoded relative to the instruction. */
  | 'target'
  /** `immediate(rs1)` */
  | 'offset(rs1)'
  /** `(rs1)` */
  | '(rs1)'
  /** `immediate(sp)`, where rs1 is not encoded. */
  | 'offset(sp)'
  | 'csr'
  /** The five-bit immediate that stands where rs1 would. */
  | 'rs1-immediate'
  /** Sets of `iorw` before and after a fence. */
  | 'predecessor'
  | 'successor'

const none: RegisterOperand = { always: 0 }
const register = (low: number): RegisterOperand => ({ low, bits: 5, offset: 0 })
const compact = (low: number): RegisterOperand => ({ low, bits: 3, offset: 8 })
const always = (number: number): RegisterOperand => ({ always: number })

/** An immediate from pieces `[high, low, at]` of the instruction, as the specification draws them. */
function pieces(signed: boolean, ...list: readonly (readonly [high: number, low: number, at: number])[]): Immediate {
  const parts = list.map(([high, low, at]) => ({ low, bits: high - low + 1, at }))
  return { pieces: parts, signed, width: Math.max(0, ...parts.map((piece) => piece.at + piece.bits)) }
}
const noImmediate = pieces(false)

interface Operands {
  rd?: RegisterOperand
  rs1?: RegisterOperand
  rs2?: RegisterOperand
  immediate?: Immediate
}
function format(name: string, length: 2 | 4, assembly: readonly AssemblyOperand[], operands: Operands): Format {
  return { name, length, assembly, rd: none, rs1: none, rs2: none, immediate: noImmediate, ...operands }
}

const rd = register(7)
const rs1 = register(15)
const rs2 = register(20)
const iImmediate = pieces(true, [31, 20, 0])
const sImmediate = pieces(true, [31, 25, 5], [11, 7, 0])
const bImmediate = pieces(true, [31, 31, 12], [7, 7, 11], [30, 25, 5], [11, 8, 1])
const uImmediate = pieces(true, [31, 12, 12])
const jImmediate = pieces(true, [31, 31, 20], [19, 12, 12], [20, 20, 11], [30, 21, 1])
const unsigned12 = pieces(false, [31, 20, 0])

/** The 32-bit formats. */
export const formats = {
  R: format('R', 4, ['rd', 'rs1', 'rs2'], { rd, rs1, rs2 }),
  I: format('I', 4, ['rd', 'rs1', 'immediate'], { rd, rs1, immediate: iImmediate }),
  load: format('I', 4, ['rd', 'offset(rs1)'], { rd, rs1, immediate: iImmediate }),
  shift64: format('I', 4, ['rd', 'rs1', 'immediate'], { rd, rs1, immediate: pieces(false, [25, 20, 0]) }),
  shift32: format('I', 4, ['rd', 'rs1', 'immediate'], { rd, rs1, immediate: pieces(false, [24, 20, 0]) }),
  S: format('S', 4, ['rs2', 'offset(rs1)'], { rs1, rs2, immediate: sImmediate }),
  B: format('B', 4, ['rs1', 'rs2', 'target'], { rs1, rs2, immediate: bImmediate }),
  U: format('U', 4, ['rd', 'upper'], { rd, immediate: uImmediate }),
  J: format('J', 4, ['rd', 'target'], { rd, immediate: jImmediate }),
  none: format('none', 4, [], {}),
  fence: format('fence', 4, ['predecessor', 'successor'], { immediate: unsigned12 }),
  amo: format('AMO', 4, ['rd', 'rs2', '(rs1)'], { rd, rs1, rs2 }),
  lr: format('AMO', 4, ['rd', '(rs1)'], { rd, rs1 }),
  csr: format('CSR', 4, ['rd', 'csr', 'rs1'], { rd, rs1, immediate: unsigned12 }),
  csrImmediate: format('CSR', 4, ['rd', 'csr', 'rs1-immediate'], { rd, rs1, immediate: unsigned12 }),
  fenceVma: format('R', 4, ['rs1', 'rs2'], { rs1, rs2 }),
} as const

const crd = register(7)
const crs2 = register(2)
const sp = always(2)
const ra = always(1)
const zero = always(0)
const imm6 = pieces(true, [12, 12, 5], [6, 2, 0])
const shamt6 = pieces(false, [12, 12, 5], [6, 2, 0])
const wordOffset = pieces(false, [12, 10, 3], [6, 6, 2], [5, 5, 6])
const doubleOffset = pieces(false, [12, 10, 3], [6, 5, 6])
const cjImmediate = pieces(
  true,
  [12, 12, 11],
  [11, 11, 4],
  [10, 9, 8],
  [8, 8, 10],
  [7, 7, 6],
  [6, 6, 7],
  [5, 3, 1],
  [2, 2, 5],
)
const cbImmediate = pieces(true, [12, 12, 8], [11, 10, 3], [6, 5, 6], [4, 3, 1], [2, 2, 5])

/**
 * The 16-bit formats. Each also says the operands that the instruction leaves out, so that a compressed row means what its
 * 32-bit counterpart means (unprivileged specification, 27.8).
 */
export const compressed = {
  addi4spn: format('CIW', 2, ['rd', 'rs1', 'immediate'], {
    rd: compact(2),
    rs1: sp,
    immediate: pieces(false, [12, 11, 4], [10, 7, 6], [6, 6, 2], [5, 5, 3]),
  }),
  lw: format('CL', 2, ['rd', 'offset(rs1)'], { rd: compact(2), rs1: compact(7), immediate: wordOffset }),
  ld: format('CL', 2, ['rd', 'offset(rs1)'], { rd: compact(2), rs1: compact(7), immediate: doubleOffset }),
  sw: format('CS', 2, ['rs2', 'offset(rs1)'], { rs2: compact(2), rs1: compact(7), immediate: wordOffset }),
  sd: format('CS', 2, ['rs2', 'offset(rs1)'], { rs2: compact(2), rs1: compact(7), immediate: doubleOffset }),
  nop: format('CI', 2, [], { immediate: imm6 }),
  addi: format('CI', 2, ['rd', 'immediate'], { rd: crd, rs1: crd, immediate: imm6 }),
  li: format('CI', 2, ['rd', 'immediate'], { rd: crd, rs1: zero, immediate: imm6 }),
  addi16sp: format('CI', 2, ['rd', 'immediate'], {
    rd: sp,
    rs1: sp,
    immediate: pieces(true, [12, 12, 9], [6, 6, 4], [5, 5, 6], [4, 3, 7], [2, 2, 5]),
  }),
  lui: format('CI', 2, ['rd', 'upper'], { rd: crd, immediate: pieces(true, [12, 12, 17], [6, 2, 12]) }),
  shift: format('CB', 2, ['rd', 'immediate'], { rd: compact(7), rs1: compact(7), immediate: shamt6 }),
  andi: format('CB', 2, ['rd', 'immediate'], { rd: compact(7), rs1: compact(7), immediate: imm6 }),
  arithmetic: format('CA', 2, ['rd', 'rs2'], { rd: compact(7), rs1: compact(7), rs2: compact(2) }),
  j: format('CJ', 2, ['target'], { immediate: cjImmediate }),
  branch: format('CB', 2, ['rs1', 'target'], { rs1: compact(7), immediate: cbImmediate }),
  slli: format('CI', 2, ['rd', 'immediate'], { rd: crd, rs1: crd, immediate: shamt6 }),
  lwsp: format('CI', 2, ['rd', 'offset(sp)'], {
    rd: crd,
    rs1: sp,
    immediate: pieces(false, [12, 12, 5], [6, 4, 2], [3, 2, 6]),
  }),
  ldsp: format('CI', 2, ['rd', 'offset(sp)'], {
    rd: crd,
    rs1: sp,
    immediate: pieces(false, [12, 12, 5], [6, 5, 3], [4, 2, 6]),
  }),
  swsp: format('CSS', 2, ['rs2', 'offset(sp)'], {
    rs2: crs2,
    rs1: sp,
    immediate: pieces(false, [12, 9, 2], [8, 7, 6]),
  }),
  sdsp: format('CSS', 2, ['rs2', 'offset(sp)'], {
    rs2: crs2,
    rs1: sp,
    immediate: pieces(false, [12, 10, 3], [9, 7, 6]),
  }),
  jr: format('CR', 2, ['rs1'], { rs1: crd }),
  jalr: format('CR', 2, ['rs1'], { rd: ra, rs1: crd }),
  mv: format('CR', 2, ['rd', 'rs2'], { rd: crd, rs1: zero, rs2: crs2 }),
  add: format('CR', 2, ['rd', 'rs2'], { rd: crd, rs1: crd, rs2: crs2 }),
  none: format('CI', 2, [], {}),
} as const
