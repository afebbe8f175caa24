import { createDecoder, encode } from '../../rtl-model/isa/decode.ts'
import type { RegisterOperand } from '../../rtl-model/isa/format.ts'
import type { Instruction } from '../../rtl-model/isa/instruction.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { pick } from './choice.ts'
import { compactFree, compactPointers, freeRegisters, pointerRegisters } from './pointers.ts'

export const decode = createDecoder(instructions)

const select = (wanted: (row: Instruction) => boolean): Instruction[] => instructions.filter(wanted)
const isCompressed = ({ format }: Instruction): boolean => format.length === 2
const kind = (row: Instruction): string => row.semantics.kind

/** The table's rows by what a random program does with them. */
export const rows = {
  compute: select((row) => kind(row) === 'compute' && !isCompressed(row)),
  compressed: select((row) => kind(row) === 'compute' && isCompressed(row)),
  load: select((row) => kind(row) === 'load' && !isCompressed(row)),
  store: select((row) => kind(row) === 'store' && !isCompressed(row)),
  compressedMemory: select((row) => ['load', 'store'].includes(kind(row)) && isCompressed(row)),
  amo: select((row) => kind(row) === 'amo'),
  branch: select((row) => kind(row) === 'branch'),
  csr: select((row) => row.extension === 'Zicsr'),
} as const

/** What the operands of an instruction may be: mostly registers for their purpose, or any. */
export interface RegisterChoice {
  /** Whether the destination may be any register. */
  anyDestination: boolean
  /** Whether rs1 holds an address. */
  addressed: boolean
}

/**
 * A row with operands: the immediate is whatever the random bits make of its fields. Undefined where the row has no
 * such instruction.
 */
export function encodeRandom(row: Instruction, bits: number, choice: RegisterChoice): number | undefined {
  const decoded = decode(((bits & ~row.mask) | row.match) >>> 0)
  if (decoded === undefined || decoded.row !== row) return undefined
  const { format } = row
  const rd = register(format.rd, decoded.rd, choice.anyDestination ? 'any' : 'free')
  const tied = 'low' in format.rd && 'low' in format.rs1 && format.rd.low === format.rs1.low
  const rs1 = tied ? rd : register(format.rs1, decoded.rs1, choice.addressed ? 'pointer' : 'any')
  const operands = { rd, rs1, rs2: decoded.rs2, immediate: decoded.immediate }
  return encode(row, operands)
}

function register(operand: RegisterOperand, choice: number, purpose: 'any' | 'free' | 'pointer'): number {
  if ('always' in operand) return operand.always
  if (purpose === 'any') return choice
  const compact = operand.bits === 3
  if (purpose === 'free') return pick(compact ? compactFree : freeRegisters, choice)
  return pick(compact ? compactPointers : pointerRegisters, choice)
}
