import type { Immediate, RegisterOperand } from './format.ts'
import type { Instruction } from './instruction.ts'

/** An instruction with its operands. */
export interface Decoded {
  readonly row: Instruction
  /** Register numbers; 0 where the format has no such operand. */
  readonly rd: number
  readonly rs1: number
  readonly rs2: number
  /** Sign- or zero-extended as the format says; fits 32 bits signed. */
  readonly immediate: number
}

/** Bytes of the instruction that begins with these bits (unprivileged specification, 1.5). */
export const instructionLength = (bits: number): 2 | 4 => ((bits & 3) === 3 ? 4 : 2)

/** Of a table, the function that recognises an instruction's bits; undefined where no row matches. */
export function createDecoder(rows: readonly Instruction[]): (bits: number) => Decoded | undefined {
  const buckets = new Map<number, Instruction[]>()
  for (const row of rows) {
    for (const key of bucketKeys(row)) buckets.set(key, [...(buckets.get(key) ?? []), row])
  }
  return (bits) => {
    for (const row of buckets.get(bucketKey(bits)) ?? []) {
      if ((bits & row.mask) >>> 0 !== row.match) continue
      const decoded = withOperands(row, bits)
      if (!row.reserved.some(({ operand, value }) => BigInt(decoded[operand]) === value)) return decoded
    }
    return undefined
  }
}

/** The bits that tell most rows apart: the major opcode and funct3, or the quadrant and funct3 of a compressed one. */
export function bucketKey(bits: number): number {
  return instructionLength(bits) === 4
    ? (bits & 0x7f) | ((bits >>> 5) & 0x380)
    : 0x400 | (bits & 3) | ((bits >>> 11) & 0x1c)
}

/** The keys of every word that the row may match: more than one where its mask leaves funct3 open. */
function bucketKeys(row: Instruction): number[] {
  const keys = new Set<number>()
  const shift = row.format.length === 4 ? 12 : 13
  for (let funct3 = 0; funct3 < 8; funct3++) {
    const bits = row.match | (funct3 << shift)
    if ((bits & row.mask) >>> 0 === row.match) keys.add(bucketKey(bits))
  }
  return [...keys]
}

function withOperands(row: Instruction, bits: number): Decoded {
  const { format } = row
  return {
    row,
    rd: registerOf(format.rd, bits),
    rs1: registerOf(format.rs1, bits),
    rs2: registerOf(format.rs2, bits),
    immediate: immediateOf(format.immediate, bits),
  }
}

function registerOf(operand: RegisterOperand, bits: number): number {
  if ('always' in operand) return operand.always
  return ((bits >>> operand.low) & ((1 << operand.bits) - 1)) + operand.offset
}

function immediateOf(immediate: Immediate, bits: number): number {
  let value = 0
  for (const { low, bits: count, at } of immediate.pieces) value |= ((bits >>> low) & ((1 << count) - 1)) << at
  const unused = 32 - immediate.width
  return immediate.signed ? (value << unused) >> unused : value
}

/** Operands to put into a row's bits. The field of one that is not given is 0, or what another operand puts there. */
export interface EncodeOperands {
  rd?: number
  rs1?: number
  rs2?: number
  immediate?: number
}

/**
 * The bits of a row with operands; undefined where an operand cannot be encoded (a register that the format does not reach,
 * two that differ where it has one field, an immediate out of range or not a multiple of what its lowest bit stands for,
 * a value that the row reserves).
 */
export function encode(row: Instruction, operands: EncodeOperands): number | undefined {
  const { format } = row
  let bits = row.match
  for (const name of ['rd', 'rs1', 'rs2'] as const) {
    const field = putRegister(format[name], operands[name])
    if (field === undefined) return undefined
    bits |= field
  }
  bits = (bits | putImmediate(format.immediate, operands.immediate ?? 0)) >>> 0
  const back = withOperands(row, bits)
  const same =
    (['rd', 'rs1', 'rs2'] as const).every((name) => operands[name] === undefined || operands[name] === back[name]) &&
    back.immediate === (operands.immediate ?? 0) &&
    (bits & row.mask) >>> 0 === row.match
  const reserved = row.reserved.some(({ operand, value }) => BigInt(back[operand]) === value)
  return same && !reserved ? bits : undefined
}

function putRegister(operand: RegisterOperand, value: number | undefined): number | undefined {
  if (value === undefined) return 0
  if ('always' in operand) return value === operand.always ? 0 : undefined
  const field = value - operand.offset
  return field >= 0 && field < 1 << operand.bits ? field << operand.low : undefined
}

function putImmediate(immediate: Immediate, value: number): number {
  let bits = 0
  for (const { low, bits: count, at } of immediate.pieces) bits |= ((value >>> at) & ((1 << count) - 1)) << low
  return bits
}
