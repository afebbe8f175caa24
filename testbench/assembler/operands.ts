import { encode } from '../../rtl-model/isa/decode.ts'
import type { AssemblyOperand } from '../../rtl-model/isa/format.ts'
import type { Instruction } from '../../rtl-model/isa/instruction.ts'
import type { Bound } from './expression.ts'
import { registerNumber } from './registers.ts'
import type { Operands, Relocated } from './section.ts'
import { type Command, type Expression, type ExpressionOperand, fail, type Operand, type Relocation } from './syntax.ts'

/** What the reading of operands needs to know of the place where an instruction stands. */
export interface Scope {
  /** The value of an expression that is known already; fails where it is not. */
  constant(expression: Expression): bigint
  bind(expression: Expression): Bound
  csrNumber(name: string): number | undefined
}

/** The operands of an instruction in the order of its row, as GNU as writes them. */
export function readOperands(row: Instruction, command: Command, scope: Scope): Operands {
  const { assembly } = row.format
  if (command.operands.length !== assembly.length) {
    const wanted = assembly.length === 0 ? 'no operands' : count(assembly)
    fail(command.place, `${command.name} takes ${wanted}, not ${command.operands.length}`)
  }
  const operands: Operands = {}
  assembly.forEach((name, index) => {
    readOperand(row, name, command.operands[index], operands, scope)
  })
  checkEncoding(row, command, operands)
  return operands
}

const count = (assembly: readonly AssemblyOperand[]): string =>
  `${assembly.length} operand${assembly.length === 1 ? '' : 's'} (${assembly.map((name) => described[name]).join(', ')})`

const described: Record<AssemblyOperand, string> = {
  rd: 'rd',
  rs1: 'rs1',
  rs2: 'rs2',
  immediate: 'immediate',
  upper: 'upper 20 bits',
  target: 'target',
  'offset(rs1)': 'offset(rs1)',
  'offset(sp)': 'offset(sp)',
  '(rs1)': '(rs1)',
  csr: 'csr',
  'rs1-immediate': 'immediate',
  predecessor: 'predecessors',
  successor: 'successors',
}

function readOperand(row: Instruction, name: AssemblyOperand, operand: Operand, into: Operands, scope: Scope): void {
  const expected = described[name]
  if (operand.kind !== 'expression') fail(operand.place, `expected ${expected}`)
  switch (name) {
    case 'rd':
    case 'rs1':
    case 'rs2':
      into[name] = registerOf(operand, expected)
      return
    case 'immediate':
      into.immediate = numberOrPart(row, withoutBase(operand, expected), scope, ['lo', 'pcrel_lo'])
      return
    case 'upper':
      into.immediate = upperOf(row, withoutBase(operand, expected), scope)
      return
    case 'target': {
      const expression = withoutBase(operand, expected)
      into.immediate = { kind: 'target', expression: scope.bind(expression), place: expression.place }
      return
    }
    case 'offset(rs1)':
    case 'offset(sp)':
    case '(rs1)':
      if (operand.base === undefined) fail(operand.place, `expected ${expected}`)
      into.rs1 = registerCalled(operand.base, operand)
      if (name === '(rs1)') numberIn(0, 0, operand.expression, scope, 'offset')
      else into.immediate = numberOrPart(row, operand.expression, scope, ['lo', 'pcrel_lo'])
      return
    case 'csr':
      into.immediate = csrOf(withoutBase(operand, expected), scope)
      return
    case 'rs1-immediate':
      into.rs1 = numberIn(0, 31, withoutBase(operand, expected), scope, 'immediate')
      return
    case 'predecessor':
      into.immediate = fenceSet(operand) << 4
      return
    case 'successor':
      into.immediate = Number(into.immediate) | fenceSet(operand)
  }
}

function withoutBase({ expression, base, place }: ExpressionOperand, expected: string): Expression {
  if (base !== undefined) fail(place, `expected ${expected}, not a register between parentheses`)
  if (expression.kind === 'name' && registerNumber(expression.name) !== undefined) {
    fail(place, `expected ${expected}, not the register ${expression.name}`)
  }
  return expression
}

function registerOf(operand: ExpressionOperand, expected: string): number {
  const { expression, base, place } = operand
  if (base !== undefined || expression.kind !== 'name') fail(place, `expected a register as ${expected}`)
  return registerCalled(expression.name, operand)
}

function registerCalled(name: string, { place }: Operand): number {
  const number = registerNumber(name)
  if (number === undefined)
    fail(place, `unknown register ${name}; they are x0 to x31, or zero, ra, sp, gp, tp, t0, s0, a0 …`)
  return number
}

/** Whether an operand names a register. */
export const isRegister = (operand: Operand): boolean =>
  operand.kind === 'expression' &&
  operand.base === undefined &&
  operand.expression.kind === 'name' &&
  registerNumber(operand.expression.name) !== undefined

function numberOrPart(
  row: Instruction,
  expression: Expression,
  scope: Scope,
  parts: readonly Relocation[],
): number | Relocated {
  if (expression.kind === 'relocation') {
    const { relocation, operand, place } = expression
    if (!parts.includes(relocation) || row.format.length === 2) fail(place, `${row.name} does not take %${relocation}`)
    return { kind: relocation, expression: scope.bind(operand), place }
  }
  const { signed, width, pieces } = row.format.immediate
  const lowest = signed ? -(2 ** (width - 1)) : 0
  const step = 2 ** Math.min(...pieces.map(({ at }) => at))
  const highest = lowest + 2 ** width - step
  const value = numberIn(lowest, highest, expression, scope, 'immediate')
  if (value % step !== 0)
    fail(expression.place, `immediate ${value} is not a multiple of ${step}, as ${row.name} needs`)
  return value
}

function numberIn(lowest: number, highest: number, expression: Expression, scope: Scope, what: string): number {
  const value = scope.constant(expression)
  if (value < BigInt(lowest) || value > BigInt(highest)) {
    const range = lowest === highest ? `it can only be ${lowest}` : `${lowest} to ${highest}`
    fail(expression.place, `${what} ${value} out of range; ${range}`)
  }
  return Number(value)
}

/** As `lui` takes it: 0 to 0xfffff; `c.lui` only those of which the immediate can be made. */
function upperOf(row: Instruction, expression: Expression, scope: Scope): number | Relocated {
  if (expression.kind === 'relocation') return numberOrPart(row, expression, scope, ['hi', 'pcrel_hi'])
  return (numberIn(0, 0xfffff, expression, scope, 'immediate') << 12) | 0
}

function csrOf(expression: Expression, scope: Scope): number {
  if (expression.kind === 'name') {
    const number = scope.csrNumber(expression.name)
    if (number !== undefined) return number
    if (!/^[A-Z_.]/.test(expression.name)) fail(expression.place, `unknown CSR ${expression.name}; a number also does`)
  }
  return numberIn(0, 0xfff, expression, scope, 'CSR number')
}

/** Letters of `iorw` in this order, or 0 for none. */
function fenceSet({ expression, place }: ExpressionOperand): number {
  if (expression.kind === 'number' && expression.value === 0n) return 0
  const letters = expression.kind === 'name' ? expression.name : ''
  if (!/^(?=.)i?o?r?w?$/.test(letters)) fail(place, 'expected letters of iorw, in this order')
  return ['i', 'o', 'r', 'w'].reduce((set, letter, index) => (letters.includes(letter) ? set | (8 >> index) : set), 0)
}

/** What remains to be said of operands of which each is right: registers that the 16-bit forms do not reach, and reserved values. */
function checkEncoding(row: Instruction, { place }: Command, operands: Operands): void {
  const immediate = typeof operands.immediate === 'number' ? operands.immediate : 0
  if (typeof operands.immediate === 'object' || encode(row, { ...operands, immediate }) !== undefined) return
  const { format, reserved } = row
  const compact = [format.rd, format.rs1, format.rs2].some((operand) => 'bits' in operand && operand.bits === 3)
  const zero = reserved.map(({ operand, value }) => `${operand} ${value}`).join(', ')
  const hints = [compact ? 'only s0, s1 and a0 to a5 fit' : '', zero === '' ? '' : `reserved: ${zero}`]
  fail(place, [`${row.name} cannot encode these operands`, ...hints.filter((hint) => hint !== '')].join('; '))
}
