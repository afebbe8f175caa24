/**
 * The language in which the instruction table says what an instruction computes: expressions over 64-bit values, built by
 * the functions below and translated by each engine. Comparisons give 1 or 0. Shift amounts use their low six bits.
 */
export type Expression =
  | { readonly op: 'constant'; readonly value: bigint }
  | { readonly op: Leaf }
  | { readonly op: UnaryOperator; readonly a: Expression }
  | { readonly op: BinaryOperator; readonly a: Expression; readonly b: Expression }
  | { readonly op: 'select'; readonly condition: Expression; readonly a: Expression; readonly b: Expression }

/** Source registers, the immediate, the address of the instruction and of the next one, and an AMO's value from memory. */
export type Leaf = 'rs1' | 'rs2' | 'immediate' | 'pc' | 'next' | 'memory'

export type UnaryOperator = 'signExtend32' | 'zeroExtend32'

export type BinaryOperator =
  | 'add'
  | 'sub'
  | 'and'
  | 'or'
  | 'xor'
  | 'shiftLeft'
  | 'shiftRightLogical'
  | 'shiftRightArithmetic'
  | 'mul'
  | 'mulHighSigned'
  | 'mulHighSignedUnsigned'
  | 'mulHighUnsigned'
  | 'divSigned'
  | 'divUnsigned'
  | 'remSigned'
  | 'remUnsigned'
  | 'equal'
  | 'notEqual'
  | 'lessSigned'
  | 'lessUnsigned'
  | 'notLessSigned'
  | 'notLessUnsigned'

export const rs1: Expression = { op: 'rs1' }
export const rs2: Expression = { op: 'rs2' }
export const immediate: Expression = { op: 'immediate' }
export const pc: Expression = { op: 'pc' }
export const next: Expression = { op: 'next' }
export const memory: Expression = { op: 'memory' }

export const constant = (value: bigint): Expression => ({ op: 'constant', value })

/** Bits 31..0, sign-extended (zero-extended) to 64 bits. */
export const signExtend32 = (a: Expression): Expression => ({ op: 'signExtend32', a })
export const zeroExtend32 = (a: Expression): Expression => ({ op: 'zeroExtend32', a })

type Binary = (a: Expression, b: Expression) => Expression
const binary =
  (op: BinaryOperator): Binary =>
  (a, b) => ({ op, a, b })

export const add = binary('add')
export const sub = binary('sub')
export const and = binary('and')
export const or = binary('or')
export const xor = binary('xor')
export const shiftLeft = binary('shiftLeft')
export const shiftRightLogical = binary('shiftRightLogical')
export const shiftRightArithmetic = binary('shiftRightArithmetic')
export const mul = binary('mul')
/** Bits 127..64 of the product. */
export const mulHighSigned = binary('mulHighSigned')
export const mulHighSignedUnsigned = binary('mulHighSignedUnsigned')
export const mulHighUnsigned = binary('mulHighUnsigned')
/** Division as the M extension has it (unprivileged specification, 12.2): by zero all ones, overflow gives the dividend. */
export const divSigned = binary('divSigned')
export const divUnsigned = binary('divUnsigned')
export const remSigned = binary('remSigned')
export const remUnsigned = binary('remUnsigned')
export const equal = binary('equal')
export const notEqual = binary('notEqual')
export const lessSigned = binary('lessSigned')
export const lessUnsigned = binary('lessUnsigned')
export const notLessSigned = binary('notLessSigned')
export const notLessUnsigned = binary('notLessUnsigned')

/** `a` where the condition is not 0, otherwise `b`. */
export const select = (condition: Expression, a: Expression, b: Expression): Expression => ({
  op: 'select',
  condition,
  a,
  b,
})
