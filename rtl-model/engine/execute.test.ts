import { describe, expect, test } from 'vitest'
import {
  add,
  constant,
  divSigned,
  divUnsigned,
  type Expression,
  immediate,
  lessSigned,
  lessUnsigned,
  memory,
  mulHighSigned,
  mulHighSignedUnsigned,
  mulHighUnsigned,
  next,
  notEqual,
  pc,
  remSigned,
  remUnsigned,
  rs1,
  rs2,
  select,
  shiftLeft,
  shiftRightArithmetic,
  shiftRightLogical,
  signExtend32,
  sub,
  zeroExtend32,
} from '../isa/expression.ts'
import { evaluator } from './execute.ts'

const MIN = 1n << 63n
const MAX = MIN - 1n
const ONES = (1n << 64n) - 1n

const evaluate = (expression: Expression, a = 0n, b = 0n): bigint =>
  evaluator(expression)({ rs1: a, rs2: b, immediate: 3n, pc: 4n, next: 5n, memory: 6n })

test('leaves are the operands that they name', () => {
  expect([rs1, rs2, immediate, pc, next, memory].map((leaf) => evaluate(leaf, 1n, 2n))).toEqual([
    1n,
    2n,
    3n,
    4n,
    5n,
    6n,
  ])
})

test('values are 64 bits, unsigned', () => {
  expect(evaluate(constant(-1n))).toBe(ONES)
  expect(evaluate(add(rs1, rs2), ONES, 2n)).toBe(1n)
  expect(evaluate(sub(rs1, rs2), 1n, 2n)).toBe(ONES)
  expect(evaluate(shiftLeft(rs1, rs2), ONES, 63n)).toBe(MIN)
})

test('shift amounts are the low six bits', () => {
  expect(evaluate(shiftLeft(rs1, rs2), 1n, 65n)).toBe(2n)
  expect(evaluate(shiftRightLogical(rs1, rs2), MIN, ONES)).toBe(1n)
  expect(evaluate(shiftRightArithmetic(rs1, rs2), MIN, 64n + 62n)).toBe(ONES - 1n)
})

test('extension of bits 31 to 0', () => {
  expect(evaluate(signExtend32(rs1), 0x1234_8000_0000n)).toBe(0xffff_ffff_8000_0000n)
  expect(evaluate(signExtend32(rs1), 0xffff_ffff_7fff_ffffn)).toBe(0x7fff_ffffn)
  expect(evaluate(zeroExtend32(rs1), 0xffff_ffff_8000_0000n)).toBe(0x8000_0000n)
})

describe('division (unprivileged specification, 12.2, table)', () => {
  test.each([
    ['divSigned', divSigned, MIN, ONES, MIN],
    ['divSigned', divSigned, 7n, 0n, ONES],
    ['divSigned, towards zero', divSigned, ONES - 6n, 2n, ONES - 2n],
    ['divUnsigned', divUnsigned, 7n, 0n, ONES],
    ['divUnsigned', divUnsigned, MIN, ONES, 0n],
    ['remSigned', remSigned, MIN, ONES, 0n],
    ['remSigned', remSigned, ONES - 6n, 0n, ONES - 6n],
    ['remSigned, sign of the dividend', remSigned, ONES - 6n, 2n, ONES],
    ['remUnsigned', remUnsigned, 7n, 0n, 7n],
    ['remUnsigned', remUnsigned, MIN, ONES, MIN],
  ])('%s', (_, operator, a, b, expected) => expect(evaluate(operator(rs1, rs2), a, b)).toBe(expected))
})

describe('high half of a product (unprivileged specification, 12.1)', () => {
  test.each([
    ['signed', mulHighSigned, ONES, ONES, 0n],
    ['signed', mulHighSigned, MIN, MIN, 1n << 62n],
    ['signed', mulHighSigned, MIN, MAX, 0xc000_0000_0000_0000n],
    ['signed by unsigned', mulHighSignedUnsigned, ONES, ONES, ONES],
    ['signed by unsigned', mulHighSignedUnsigned, MAX, ONES, MAX - 1n],
    ['unsigned', mulHighUnsigned, ONES, ONES, ONES - 1n],
  ])('%s', (_, operator, a, b, expected) => expect(evaluate(operator(rs1, rs2), a, b)).toBe(expected))
})

test('comparisons give 1 or 0, and a choice follows them', () => {
  expect(evaluate(lessSigned(rs1, rs2), MIN, MAX)).toBe(1n)
  expect(evaluate(lessUnsigned(rs1, rs2), MIN, MAX)).toBe(0n)
  expect(evaluate(select(notEqual(rs1, rs2), constant(8n), constant(9n)), 1n, 2n)).toBe(8n)
  expect(evaluate(select(rs1, constant(8n), constant(9n)), 0n)).toBe(9n)
  expect(evaluate(select(rs1, constant(8n), constant(9n)), MIN)).toBe(8n)
})
