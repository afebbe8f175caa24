import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BinaryOperator, constant, type Expression, type Leaf, select } from '../../isa/expression.ts'
import { instructions } from '../../isa/table.ts'
import { evaluator, type Operands } from '../execute.ts'
import { choose, i64, ModuleBuilder } from './encoder.ts'
import { addArithmetic, conditionCode, valueCode } from './expression.ts'

const leaves: readonly Leaf[] = ['rs1', 'rs2', 'immediate', 'pc', 'next', 'memory']

const edges = [
  ...[0n, 1n, 2n, 31n, 32n, 63n, 64n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n],
  ...[1n << 63n, (1n << 63n) - 1n, (1n << 64n) - 1n, (1n << 64n) - 2n, 0xffff_ffff_8000_0000n],
]
const any64 = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }))
const operands: fc.Arbitrary<Operands> = fc.record({
  rs1: any64,
  rs2: any64,
  immediate: any64,
  pc: any64,
  next: any64,
  memory: any64,
})

/** Generated functions, two an expression: its value, and 1 or 0 for whether it counts as true. */
function generate(expressions: readonly Expression[]) {
  const module = new ModuleBuilder()
  const functions = addArithmetic(module)
  const type = { parameters: leaves.map(() => 'i64' as const), results: ['i64' as const] }
  for (const [index, expression] of expressions.entries()) {
    module.function(`value${index}`, type, ([rs1, rs2, immediate, pc, next, memory]) =>
      valueCode(expression, { rs1, rs2, immediate, pc, next, memory }, functions),
    )
    module.function(`condition${index}`, type, ([rs1, rs2, immediate, pc, next, memory]) =>
      choose(
        'i64',
        conditionCode(expression, { rs1, rs2, immediate, pc, next, memory }, functions),
        i64.const(1n),
        i64.const(0n),
      ),
    )
  }
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } })
  const at = (name: string) => (given: Operands) =>
    BigInt.asUintN(64, (exports[name] as (...values: bigint[]) => bigint)(...leaves.map((leaf) => given[leaf])))
  return expressions.map((_, index) => ({ value: at(`value${index}`), condition: at(`condition${index}`) }))
}

/** Every expression of a row's semantics. */
function expressionsOf(semantics: (typeof instructions)[number]['semantics']): Expression[] {
  return Object.values(semantics).filter((part): part is Expression => typeof part === 'object' && 'op' in part)
}

const operators: readonly BinaryOperator[] = [
  ...(['add', 'sub', 'and', 'or', 'xor', 'shiftLeft', 'shiftRightLogical', 'shiftRightArithmetic'] as const),
  ...(['mul', 'mulHighSigned', 'mulHighSignedUnsigned', 'mulHighUnsigned'] as const),
  ...(['divSigned', 'divUnsigned', 'remSigned', 'remUnsigned'] as const),
  ...(['equal', 'notEqual', 'lessSigned', 'lessUnsigned', 'notLessSigned', 'notLessUnsigned'] as const),
]

describe('generated code gives what the evaluator of the reference engine gives', () => {
  test('for every expression of every row', () => {
    const expressions = [...new Set(instructions.flatMap(({ semantics }) => expressionsOf(semantics)))]
    const generated = generate(expressions)
    for (const [index, expression] of expressions.entries()) {
      const evaluate = evaluator(expression)
      fc.assert(
        fc.property(operands, (given) => {
          expect(generated[index].value(given)).toBe(evaluate(given))
          expect(generated[index].condition(given)).toBe(evaluate(given) === 0n ? 0n : 1n)
        }),
        { numRuns: 40 },
      )
    }
  })

  test('for every operator on every pair of edge values', () => {
    const expressions = operators.map((op): Expression => ({ op, a: { op: 'rs1' }, b: { op: 'rs2' } }))
    const generated = generate(expressions)
    const rest = { immediate: 0n, pc: 0n, next: 0n, memory: 0n }
    for (const [index, expression] of expressions.entries()) {
      const evaluate = evaluator(expression)
      for (const rs1 of edges) {
        for (const rs2 of edges) {
          const given = { rs1, rs2, ...rest }
          const found = generated[index].value(given)
          if (found !== evaluate(given)) expect([operators[index], rs1, rs2, found]).toBe(evaluate(given))
        }
      }
    }
  })

  test('for expressions that no row has', () => {
    const leaf: fc.Arbitrary<Expression> = fc.oneof(
      any64.map(constant),
      fc.constantFrom(...leaves).map((op): Expression => ({ op })),
    )
    const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.record({ op: fc.constantFrom(...operators), a: tie('tree'), b: tie('tree') }),
        fc.record({ op: fc.constantFrom('signExtend32' as const, 'zeroExtend32' as const), a: tie('tree') }),
        fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([condition, a, b]) => select(condition, a, b)),
      ),
    }))
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 10 }), operands, (expressions, given) => {
        for (const [index, { value, condition }] of generate(expressions).entries()) {
          const expected = evaluator(expressions[index])(given)
          expect(value(given)).toBe(expected)
          expect(condition(given)).toBe(expected === 0n ? 0n : 1n)
        }
      }),
      { numRuns: 30 },
    )
  })
})
