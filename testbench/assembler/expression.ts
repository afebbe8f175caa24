import type { Label, Section } from './section.ts'
import { type BinaryOperator, type Expression, fail, type Place, type UnaryOperator } from './syntax.ts'

/** An expression whose names stand for the symbols that they meant where it was written. */
export type Bound =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'label'; readonly label: Label; readonly name: string; readonly place: Place }
  | { readonly kind: 'symbol'; readonly symbol: AssemblySymbol; readonly place: Place }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Bound; readonly place: Place }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Bound
      readonly right: Bound
      readonly place: Place
    }

export interface AssemblySymbol {
  readonly name: string
  value: Bound | undefined
  /** Given by .set, which may give another value later. */
  assigned: boolean
  kind: 'function' | 'object' | 'none'
  size: Bound | undefined
}

/** The symbols of a file, and what is needed to bind an expression where it stands. */
export class Symbols {
  readonly byName = new Map<string, AssemblySymbol>()
  readonly #before = new Map<string, Label>()
  readonly #after = new Map<string, Label>()

  /** The symbol of a name, which may be defined later. */
  symbol(name: string): AssemblySymbol {
    const symbol = this.byName.get(name) ?? { name, value: undefined, assigned: false, kind: 'none', size: undefined }
    this.byName.set(name, symbol)
    return symbol
  }

  define(name: string, label: Label, place: Place): void {
    if (/^\d/.test(name)) {
      this.#before.set(name, Object.assign(this.#after.get(name) ?? label, label))
      this.#after.delete(name)
      return
    }
    const symbol = this.symbol(name)
    if (symbol.value !== undefined) fail(place, `symbol ${name} is already defined`)
    symbol.value = { kind: 'label', label, name, place }
  }

  assign(name: string, value: Bound, place: Place): void {
    const symbol = this.symbol(name)
    if (symbol.value !== undefined && !symbol.assigned) fail(place, `symbol ${name} is already defined`)
    symbol.value = value
    symbol.assigned = true
  }

  /** An expression with its names bound; `here` is where `.` is. */
  bind(expression: Expression, here: Label): Bound {
    const { place } = expression
    switch (expression.kind) {
      case 'number':
        return expression
      case 'name':
        if (expression.name === '.') return { kind: 'label', label: here, name: '.', place }
        return this.#bindSymbol(this.symbol(expression.name), place)
      case 'local':
        return this.#bindLocal(expression.label, expression.forward, place)
      case 'unary':
        return { ...expression, operand: this.bind(expression.operand, here) }
      case 'binary':
        return { ...expression, left: this.bind(expression.left, here), right: this.bind(expression.right, here) }
      case 'relocation':
        return fail(place, `%${expression.relocation} stands only for an instruction's whole immediate`)
    }
  }

  #bindSymbol(symbol: AssemblySymbol, place: Place): Bound {
    if (symbol.assigned && symbol.value !== undefined) return symbol.value
    return { kind: 'symbol', symbol, place }
  }

  #bindLocal(name: string, forward: boolean, place: Place): Bound {
    const label = forward ? (this.#after.get(name) ?? newLabel()) : this.#before.get(name)
    if (label === undefined) fail(place, `no label ${name}: before this`)
    if (forward) this.#after.set(name, label)
    return { kind: 'label', label, name: `${name}f`, place }
  }
}

const newLabel = (): Label => ({ section: undefined, fragment: undefined, offset: 0 })

/** A number, or an address in a section. */
export interface Quantity {
  readonly number: bigint
  readonly section: Section | undefined
}

/** Why an expression has no value. */
export interface Problem {
  readonly problem: string
  readonly place: Place
}

export const isProblem = (result: Quantity | Problem): result is Problem => 'problem' in result

/**
 * The value of an expression, in 64 bits as GNU as computes it.
 *
 * @param addressOf the address of a label that has a section; undefined as long as addresses are not known
 */
export function evaluate(bound: Bound, addressOf: (label: Label) => bigint | undefined, depth = 0): Quantity | Problem {
  switch (bound.kind) {
    case 'number':
      return { number: bound.value, section: undefined }
    case 'label': {
      const { section } = bound.label
      if (section === undefined)
        return { problem: `no label ${bound.name.slice(0, -1)}: after this`, place: bound.place }
      const number = addressOf(bound.label)
      if (number === undefined)
        return { problem: `${bound.name} is not known before addresses are`, place: bound.place }
      return { number, section }
    }
    case 'symbol': {
      const { name, value } = bound.symbol
      if (value === undefined) return { problem: `undefined symbol ${name}`, place: bound.place }
      if (depth > 100) return { problem: `symbol ${name} is defined by itself`, place: bound.place }
      return evaluate(value, addressOf, depth + 1)
    }
    case 'unary': {
      const operand = evaluate(bound.operand, addressOf, depth)
      return isProblem(operand) ? operand : unary(bound.operator, operand, bound.place)
    }
    case 'binary': {
      const left = evaluate(bound.left, addressOf, depth)
      const right = evaluate(bound.right, addressOf, depth)
      if (isProblem(left)) return left
      return isProblem(right) ? right : binary(bound.operator, left, right, bound.place)
    }
  }
}

function unary(operator: UnaryOperator, { number, section }: Quantity, place: Place): Quantity | Problem {
  if (operator === '+') return { number, section }
  if (section !== undefined) return { problem: `${operator} cannot be applied to an address`, place }
  return { number: BigInt.asIntN(64, operator === '-' ? -number : ~number), section }
}

function binary(operator: BinaryOperator, left: Quantity, right: Quantity, place: Place): Quantity | Problem {
  const sameSection = left.section === right.section
  const addition = operator === '+' && (left.section === undefined || right.section === undefined)
  const subtraction = operator === '-' && (right.section === undefined || sameSection)
  const numbers = left.section === undefined && right.section === undefined
  if (!addition && !subtraction && !numbers) {
    return {
      problem: `${operator} cannot be applied to ${operator === '-' ? 'addresses of two sections' : 'addresses'}`,
      place,
    }
  }
  if ((operator === '/' || operator === '%') && right.number === 0n) return { problem: 'division by zero', place }
  const section = subtraction && sameSection ? undefined : (left.section ?? right.section)
  return { number: BigInt.asIntN(64, compute[operator](left.number, right.number)), section }
}

/** Shifts are logical; a shift by 64 or more gives 0. */
const compute: Record<BinaryOperator, (a: bigint, b: bigint) => bigint> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '<<': (a, b) => (inWord(b) ? a << b : 0n),
  '>>': (a, b) => (inWord(b) ? BigInt.asUintN(64, a) >> b : 0n),
  '|': (a, b) => a | b,
  '&': (a, b) => a & b,
  '^': (a, b) => a ^ b,
}
const inWord = (amount: bigint): boolean => amount >= 0n && amount < 64n
