import type { BinaryOperator, Expression } from '../../isa/expression.ts'
import { type Code, call, choose, i32, i64, type Local, type ModuleBuilder, select } from './encoder.ts'

/** The locals that hold what an expression may ask for. */
export interface OperandLocals {
  rs1: Local
  rs2: Local
  immediate: Local
  pc: Local
  next: Local
  memory: Local
}

/** Functions of the module for what takes several steps and needs its operands more than once. */
export type ArithmeticFunctions = Record<
  | 'mulHighUnsigned'
  | 'mulHighSigned'
  | 'mulHighSignedUnsigned'
  | 'divSigned'
  | 'divUnsigned'
  | 'remSigned'
  | 'remUnsigned',
  number
>

const comparisons: Partial<Record<BinaryOperator, (a: Code, b: Code) => Code>> = {
  equal: i64.eq,
  notEqual: i64.ne,
  lessSigned: i64.ltS,
  lessUnsigned: i64.ltU,
  notLessSigned: i64.geS,
  notLessUnsigned: i64.geU,
}

const arithmetic: Partial<Record<BinaryOperator, (a: Code, b: Code) => Code>> = {
  add: i64.add,
  sub: i64.sub,
  and: i64.and,
  or: i64.or,
  xor: i64.xor,
  shiftLeft: i64.shl,
  shiftRightLogical: i64.shrU,
  shiftRightArithmetic: i64.shrS,
  mul: i64.mul,
}

/** Code that leaves the expression's 64-bit value. */
export function valueCode(expression: Expression, locals: OperandLocals, functions: ArithmeticFunctions): Code {
  const value = (inner: Expression): Code => valueCode(inner, locals, functions)
  switch (expression.op) {
    case 'constant':
      return i64.const(expression.value)
    case 'rs1':
    case 'rs2':
    case 'immediate':
    case 'pc':
    case 'next':
    case 'memory':
      return locals[expression.op].get
    case 'select':
      return select(conditionCode(expression.condition, locals, functions), value(expression.a), value(expression.b))
    case 'signExtend32':
      return i64.extend32S(value(expression.a))
    case 'zeroExtend32':
      return i64.extendU(i32.wrap(value(expression.a)))
    default: {
      const a = value(expression.a)
      const b = value(expression.b)
      if (comparisons[expression.op]) return i64.extendU(comparisons[expression.op]!(a, b))
      if (arithmetic[expression.op]) return arithmetic[expression.op]!(a, b)
      return call(functions[expression.op as keyof ArithmeticFunctions], a, b)
    }
  }
}

/** Code that leaves a 32-bit value: not 0 where the expression's value is not 0. */
export function conditionCode(expression: Expression, locals: OperandLocals, functions: ArithmeticFunctions): Code {
  if ('b' in expression && expression.op !== 'select') {
    const compare = comparisons[expression.op]
    if (compare) return compare(valueCode(expression.a, locals, functions), valueCode(expression.b, locals, functions))
  }
  return i64.ne(valueCode(expression, locals, functions), i64.const(0n))
}

/** Adds the functions that `valueCode` calls. */
export function addArithmetic(module: ModuleBuilder): ArithmeticFunctions {
  const type = { parameters: ['i64', 'i64'], results: ['i64'] } as const
  const divide = (name: string, byZero: (a: Code) => Code, overflow: ((a: Code) => Code) | undefined, op: Divide) =>
    module.function(name, type, ([a, b]) => {
      const quotient = op(a.get, b.get)
      const minusOne = i64.eq(b.get, i64.const(-1n))
      const safe = overflow ? choose('i64', minusOne, overflow(a.get), quotient) : quotient
      return choose('i64', i64.eqz(b.get), byZero(a.get), safe)
    })
  const allOnes = (): Code => i64.const(-1n)
  const dividend = (a: Code): Code => a
  const mulHighUnsigned = addMulHighUnsigned(module)
  return {
    mulHighUnsigned,
    // The signed high product is the unsigned one less each operand where the other is negative.
    mulHighSigned: module.function('mulHighSigned', type, ([a, b]) =>
      i64.sub(
        i64.sub(call(mulHighUnsigned, a.get, b.get), i64.and(i64.shrS(a.get, i64.const(63n)), b.get)),
        i64.and(i64.shrS(b.get, i64.const(63n)), a.get),
      ),
    ),
    mulHighSignedUnsigned: module.function('mulHighSignedUnsigned', type, ([a, b]) =>
      i64.sub(call(mulHighUnsigned, a.get, b.get), i64.and(i64.shrS(a.get, i64.const(63n)), b.get)),
    ),
    divSigned: divide('divSigned', allOnes, (a) => i64.sub(i64.const(0n), a), i64.divS),
    divUnsigned: divide('divUnsigned', allOnes, undefined, i64.divU),
    remSigned: divide('remSigned', dividend, () => i64.const(0n), i64.remS),
    remUnsigned: divide('remUnsigned', dividend, undefined, i64.remU),
  }
}

type Divide = (a: Code, b: Code) => Code

/** Bits 127..64 of an unsigned product, from four products of 32-bit halves. */
function addMulHighUnsigned(module: ModuleBuilder): number {
  return module.function('mulHighUnsigned', { parameters: ['i64', 'i64'], results: ['i64'] }, ([a, b], variable) => {
    const middle = variable('i64')
    const low = (value: Code): Code => i64.and(value, i64.const(0xffff_ffffn))
    const high = (value: Code): Code => i64.shrU(value, i64.const(32n))
    return [
      middle.set(i64.add(i64.mul(high(a.get), low(b.get)), high(i64.mul(low(a.get), low(b.get))))),
      i64.add(
        i64.add(i64.mul(high(a.get), high(b.get)), high(middle.get)),
        high(i64.add(i64.mul(low(a.get), high(b.get)), low(middle.get))),
      ),
    ]
  })
}
