import { misaBits } from '../../core/csr/registers.ts'
import { bucketKey } from '../../isa/decode.ts'
import type { Format, RegisterOperand } from '../../isa/format.ts'
import type { Instruction, Reserved } from '../../isa/instruction.ts'
import {
  block,
  brTable,
  type Code,
  call,
  choose,
  exit,
  i32,
  i64,
  type Local,
  label,
  type ModuleBuilder,
  when,
} from './encoder.ts'
import { type Addresses, ILLEGAL, packing } from './layout.ts'

const KEYS = 0x420

/**
 * Adds the decoder: from the bits of an instruction its packed form (`packing`), with the operation that `operationOf` gives.
 * It tries the rows that share the bits' bucket, as the table's own decoder does.
 */
export function addDecoder(
  module: ModuleBuilder,
  rows: readonly Instruction[],
  operationOf: (row: Instruction) => number,
  addresses: Addresses,
): number {
  const formats = new Map<Format, number>()
  for (const { format } of rows) {
    if (!formats.has(format)) formats.set(format, addFormat(module, format, formats.size))
  }
  return module.function('decode', { parameters: ['i32'], results: ['i64'] }, ([bits], variable) => {
    const operands = variable('i64')
    const tryRow = (row: Instruction): Code =>
      when(i32.eq(i32.and(bits.get, i32.const(row.mask)), i32.const(row.match)), [
        operands.set(call(formats.get(row.format)!, bits.get)),
        when(isAcceptable(row, operands, addresses), [i64.or(operands.get, i64.const(BigInt(operationOf(row)))), exit]),
      ])
    const buckets = groupByBucket(rows)
    const labels = buckets.map((_, index) => label(`bucket ${index}`))
    const none = label('no row')
    const targets = Array.from({ length: KEYS }, (_, key) => {
      const index = buckets.findIndex(({ keys }) => keys.includes(key))
      return index < 0 ? none : labels[index]
    })
    let code: Code = brTable(keyCode(bits), targets, none)
    for (const [index, { rows: bucket }] of buckets.entries()) {
      code = [block(labels[index], code), bucket.map(tryRow), i64.const(BigInt(ILLEGAL | (32 << packing.rd))), exit]
    }
    return [block(none, code), i64.const(BigInt(ILLEGAL | (32 << packing.rd)))]
  })
}

/** `bucketKey` of the bits. */
function keyCode(bits: Local): Code {
  const part = (shift: number, mask: number): Code => i32.and(i32.shrU(bits.get, i32.const(shift)), i32.const(mask))
  return choose(
    'i32',
    i32.eq(i32.and(bits.get, i32.const(3)), i32.const(3)),
    i32.or(part(0, 0x7f), part(5, 0x380)),
    i32.or(i32.or(i32.const(0x400), part(0, 3)), part(11, 0x1c)),
  )
}

/** Keys that lead to the same rows, together. */
function groupByBucket(rows: readonly Instruction[]): { keys: number[]; rows: Instruction[] }[] {
  const groups = new Map<string, { keys: number[]; rows: Instruction[] }>()
  for (let key = 0; key < KEYS; key++) {
    const matching = rows.filter((row) => mayMatch(row, key))
    if (matching.length === 0) continue
    const id = matching.map(({ name }) => name).join(' ')
    const group = groups.get(id) ?? { keys: [], rows: matching }
    group.keys.push(key)
    groups.set(id, group)
  }
  return [...groups.values()]
}

/** Whether some word with this key matches the row. */
function mayMatch(row: Instruction, key: number): boolean {
  const shift = row.format.length === 4 ? 12 : 13
  for (let funct3 = 0; funct3 < 8; funct3++) {
    const bits = row.match | (funct3 << shift)
    if ((bits & row.mask) >>> 0 === row.match && bucketKey(bits) === key) return true
  }
  return false
}

/** Whether no operand has a reserved value, and `misa` has the row's extension on. */
function isAcceptable(row: Instruction, operands: Local, addresses: Addresses): Code {
  const bit = misaBits[row.extension]
  const misa = i32.load(i32.const(0), addresses.misa)
  const enabled = bit === undefined ? [] : [i32.ne(i32.and(misa, i32.const(bit)), i32.const(0))]
  const conditions = [...enabled, ...row.reserved.map((reserved) => i32.eqz(hasValue(reserved, operands)))]
  return conditions.length === 0 ? i32.const(1) : conditions.reduce((all, one) => i32.and(all, one))
}

/** Whether an operand of the packed form has the value. */
function hasValue({ operand, value }: Reserved, operands: Local): Code {
  const low = i32.wrap(operands.get)
  const field = (shift: number, mask: number): Code => i32.and(i32.shrU(low, i32.const(shift)), i32.const(mask))
  const number = Number(value)
  switch (operand) {
    case 'rd':
      return i32.eq(field(packing.rd, 63), i32.const(number === 0 ? 32 : number))
    case 'rs1':
      return i32.eq(field(packing.rs1, 255), i32.const(number * 8))
    case 'rs2':
      return i32.eq(field(packing.rs2, 255), i32.const(number * 8))
    case 'immediate':
      return i64.eq(i64.shrS(operands.get, i64.const(32n)), i64.const(value))
  }
}

/** Adds a function that takes the operands of a format out of the bits: the packed form with operation 0. */
function addFormat(module: ModuleBuilder, format: Format, index: number): number {
  const type = { parameters: ['i32'], results: ['i64'] } as const
  return module.function(`operands${index}`, type, ([bits], variable) => {
    const rd = variable('i32')
    const low = [
      i32.shl(i32.add(rd.get, i32.shl(i32.eqz(rd.get), i32.const(5))), i32.const(packing.rd)),
      i32.const(format.length === 4 ? 1 << packing.wide : 0),
      i32.shl(register(format.rs1, bits), i32.const(packing.rs1 + 3)),
      i32.shl(register(format.rs2, bits), i32.const(packing.rs2 + 3)),
    ].reduce((all, one) => i32.or(all, one))
    return [
      rd.set(register(format.rd, bits)),
      i64.or(i64.extendU(low), i64.shl(i64.extendU(immediate(format, bits)), i64.const(32n))),
    ]
  })
}

function register(operand: RegisterOperand, bits: Local): Code {
  if ('always' in operand) return i32.const(operand.always)
  const field = i32.and(i32.shrU(bits.get, i32.const(operand.low)), i32.const((1 << operand.bits) - 1))
  return i32.add(field, i32.const(operand.offset))
}

function immediate({ immediate: { pieces, signed, width } }: Format, bits: Local): Code {
  const parts = pieces.map(({ low, bits: count, at }) =>
    i32.shl(i32.and(i32.shrU(bits.get, i32.const(low)), i32.const((1 << count) - 1)), i32.const(at)),
  )
  const value = parts.reduce((all, one) => i32.or(all, one), i32.const(0))
  const unused = i32.const(32 - width)
  return signed ? i32.shrS(i32.shl(value, unused), unused) : value
}
