import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divideCycles, multiplyCycles } from './muldiv.ts'

const early = { multiplierBits: 8, multiplierEarlyOut: true, dividerEarlyOut: true }
const slow = { multiplierBits: 1, multiplierEarlyOut: false, dividerEarlyOut: false }
const plain = { word: false, high: false, signed: false }
const halves = (value: bigint) => [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))] as const
const product = (value: bigint, kind = plain) => multiplyCycles(early, kind, ...halves(value))
const quotient = (a: bigint, b: bigint, kind = plain) => divideCycles(early, kind, ...halves(a), ...halves(b))

test('a product takes one cycle more than rs1 has bytes, and eight at most', () => {
  expect(
    [0n, 0x7fn, 0x7fffn, 0x7f_ffffn, 0x7fff_ffffn, 1n << 38n, 1n << 46n, 1n << 54n, -1n].map((v) => product(v)),
  ).toEqual([2, 2, 3, 4, 5, 6, 7, 8, 8])
})

test('the high half takes all steps, the 32-bit form at most half of them', () => {
  expect(product(1n, { ...plain, high: true })).toBe(8)
  expect(product(-1n, { ...plain, word: true })).toBe(4)
  expect(product(1n, { ...plain, word: true })).toBe(2)
})

test('without early out the time does not depend on the operands', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 64n) - 1n), fc.bigInt(0n, (1n << 64n) - 1n), (a, b) => {
      expect(multiplyCycles(slow, plain, ...halves(a))).toBe(64)
      expect(divideCycles(slow, plain, ...halves(a), ...halves(b))).toBe(65)
    }),
  )
})

test('a quotient takes a cycle for each of its bits; by zero, all', () => {
  expect(quotient(9n, 9n)).toBe(3)
  expect(quotient(0x900n, 9n)).toBe(11)
  expect(quotient(5n, 9n)).toBe(65)
  expect(quotient(5n, 0n)).toBe(65)
})

test('negative operands and results are turned, one cycle each', () => {
  const signed = { ...plain, signed: true }
  expect(quotient(-100n, 7n, signed)).toBe(quotient(100n, 7n, signed) + 2)
  expect(quotient(-100n, -7n, signed)).toBe(quotient(100n, 7n, signed) + 1)
  expect(quotient(-100n, -7n, { ...signed, high: true })).toBe(quotient(100n, 7n, signed) + 2)
})

test('any division takes what a divider that shifts bit by bit counts', () => {
  const any = fc
    .bigInt(1n, (1n << 64n) - 1n)
    .chain((value) => fc.integer({ min: 0, max: 63 }).map((by) => value >> BigInt(by)))
  fc.assert(
    fc.property(any, any, (a, b) => {
      const bits = (value: bigint): number => value.toString(2).length
      const skipped = a === 0n || b === 0n ? 0 : 63 - ((bits(a) - bits(b) + 64) % 64)
      const expected = b === 0n || skipped === 0 ? 65 : 1 + (64 - skipped) + 1
      if (a !== 0n) expect(quotient(a, b)).toBe(expected)
    }),
  )
})
