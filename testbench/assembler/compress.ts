import { type EncodeOperands, encode } from '../../rtl-model/isa/decode.ts'
import type { Instruction } from '../../rtl-model/isa/instruction.ts'
import { instructions } from '../../rtl-model/isa/table.ts'

const compressedRows = instructions.filter(({ extension }) => extension === 'C')
const mv = compressedRows.filter(({ name }) => name === 'c.mv')

/**
 * The 16-bit row that GNU as takes for an instruction, and its operands; undefined where it takes none. It takes one that
 * means the same with the same operands, and no hint.
 *
 * @param only the names of the rows to choose from; without it, all that mean the same
 */
export function compress(
  row: Instruction,
  operands: EncodeOperands,
  only?: readonly string[],
): { row: Instruction; operands: EncodeOperands } | undefined {
  const same = compressedRows.filter(
    ({ semantics, name }) => semantics === row.semantics && (only?.includes(name) ?? true),
  )
  const { rd, rs1, rs2, immediate } = operands
  const choices = same.map((short) => ({ row: short, operands }))
  if (row.name === 'addi' && immediate === 0) {
    const asMove = { rd: rd ?? 0, rs1: 0, rs2: rs1 ?? 0 }
    choices.push(
      ...mv.filter(({ name }) => only?.includes(name) ?? true).map((short) => ({ row: short, operands: asMove })),
    )
  }
  if (commutative.has(row.name)) {
    const swapped = { rd: rd ?? 0, rs1: rs2 ?? 0, rs2: rs1 ?? 0 }
    choices.push(...same.filter(isTwoOperand).map((short) => ({ row: short, operands: swapped })))
  }
  return choices.find(
    (choice) =>
      !isHint(choice.row, choice.operands, only !== undefined) && encode(choice.row, choice.operands) !== undefined,
  )
}

const commutative = new Set(['add', 'addw', 'and', 'or', 'xor'])

/** Whether the destination is also the first source. */
const isTwoOperand = ({ format: { rd, rs1 } }: Instruction): boolean =>
  'low' in rd && 'low' in rs1 && rd.low === rs1.low

/** What has no effect is for other uses (unprivileged specification, 27.7); but where c.addi is asked for, it may add 0. */
function isHint({ name, format }: Instruction, { rd, immediate }: EncodeOperands, asked: boolean): boolean {
  if (name === 'c.nop') return immediate !== 0
  if (!('always' in format.rd) && rd === 0) return true
  return immediate === 0 && (['c.slli', 'c.srli', 'c.srai'].includes(name) || (name === 'c.addi' && !asked))
}
