import { type Decoded, instructionLength } from './decode.ts'
import type { AssemblyOperand } from './format.ts'
import { registerNames } from './registers.ts'

/**
 * One instruction as GNU as would read it back, without aliases: `addi a0, a0, 1`.
 *
 * @param decoded what the decoder made of the bits, or undefined for bits that no row matches
 * @param bits the instruction's 16 or 32 bits
 * @param pc its address, to which jump targets are added
 * @param csrName the name of a CSR by its number, where there is one
 */
export function disassemble(
  decoded: Decoded | undefined,
  bits: number,
  pc: bigint,
  csrName: (csr: number) => string | undefined,
): string {
  if (decoded === undefined) {
    return instructionLength(bits) === 4 ? `.word 0x${hex(bits, 8)}` : `.half 0x${hex(bits & 0xffff, 4)}`
  }
  const operands = decoded.row.format.assembly.map((operand) => text(operand, decoded, pc, csrName))
  const suffix = decoded.row.extension === 'A' ? ['', '.rl', '.aq', '.aqrl'][(bits >>> 25) & 3] : ''
  return `${decoded.row.name}${suffix} ${operands.join(', ')}`.trimEnd()
}

function text(
  operand: AssemblyOperand,
  { rd, rs1, rs2, immediate }: Decoded,
  pc: bigint,
  csrName: (csr: number) => string | undefined,
): string {
  switch (operand) {
    case 'rd':
      return registerNames[rd]
    case 'rs1':
      return registerNames[rs1]
    case 'rs2':
      return registerNames[rs2]
    case 'immediate':
      return String(immediate)
    case 'upper':
      return `0x${hex((immediate >>> 12) & 0xfffff, 1)}`
    case 'target':
      return `0x${BigInt.asUintN(64, pc + BigInt(immediate)).toString(16)}`
    case 'offset(rs1)':
      return `${immediate}(${registerNames[rs1]})`
    case 'offset(sp)':
      return `${immediate}(sp)`
    case '(rs1)':
      return `(${registerNames[rs1]})`
    case 'csr':
      return csrName(immediate) ?? `0x${hex(immediate, 3)}`
    case 'rs1-immediate':
      return String(rs1)
    case 'predecessor':
      return fenceSet(immediate >>> 4)
    case 'successor':
      return fenceSet(immediate)
  }
}

/** The sets of a fence: input, output, reads, writes. */
function fenceSet(bits: number): string {
  const letters = ['i', 'o', 'r', 'w'].filter((_, index) => (bits & (8 >> index)) !== 0).join('')
  return letters === '' ? '0' : letters
}

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).padStart(digits, '0')
