import { InputError } from '../../traces/input-error.ts'

// What the grammar makes of a file: statements in the order of the text.

/** Where something stands in the source, counted from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export type Statement =
  | { readonly kind: 'label'; readonly name: string; readonly place: Place }
  | { readonly kind: 'assignment'; readonly name: string; readonly value: Expression; readonly place: Place }
  | {
      readonly kind: 'repetition'
      readonly count: Expression
      readonly body: readonly Statement[]
      readonly place: Place
    }
  | Command

/** An instruction or, where the name begins with a dot, a directive. */
export interface Command {
  readonly kind: 'command'
  readonly name: string
  readonly operands: readonly Operand[]
  readonly place: Place
}

export type Operand =
  | { readonly kind: 'nothing'; readonly place: Place }
  | { readonly kind: 'string'; readonly bytes: readonly number[]; readonly place: Place }
  /** `@function` */
  | { readonly kind: 'type'; readonly name: string; readonly place: Place }
  | ExpressionOperand

/** An expression, with the register between parentheses behind it where there is one: `8(sp)`; `(sp)` is `0(sp)`. */
export interface ExpressionOperand {
  readonly kind: 'expression'
  readonly expression: Expression
  readonly base: string | undefined
  readonly place: Place
}

/** The place is that of its first word. */
export type Expression =
  | { readonly kind: 'number'; readonly value: bigint; readonly place: Place }
  /** A symbol, a register or a CSR; `.` is the place itself. */
  | { readonly kind: 'name'; readonly name: string; readonly place: Place }
  | { readonly kind: 'local'; readonly label: string; readonly forward: boolean; readonly place: Place }
  | { readonly kind: 'unary'; readonly operator: UnaryOperator; readonly operand: Expression; readonly place: Place }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
      readonly place: Place
    }
  | {
      readonly kind: 'relocation'
      readonly relocation: Relocation
      readonly operand: Expression
      readonly place: Place
    }

export type UnaryOperator = '+' | '-' | '~'
export type BinaryOperator = '*' | '/' | '%' | '<<' | '>>' | '|' | '&' | '^' | '+' | '-'

export const relocations = ['hi', 'lo', 'pcrel_hi', 'pcrel_lo'] as const
/** Parts of an address: the upper 20 bits as `lui` and `auipc` take them and the lower 12 (psABI, chapter 8). */
export type Relocation = (typeof relocations)[number]

export function fail(place: Place, problem: string): never {
  throw new InputError(`${place.file}:${place.line}:${place.column}: ${problem}`)
}
