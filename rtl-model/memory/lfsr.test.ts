import { expect, test } from 'vitest'
import { LFSR_SEED, nextLfsr } from './lfsr.ts'

test('a register of 16 bits takes every value but 0 before it repeats', () => {
  const seen = new Set<number>()
  for (let value = LFSR_SEED; !seen.has(value); value = nextLfsr(value)) seen.add(value)
  expect(seen.size).toBe(65_535)
  expect(seen.has(0)).toBe(false)
})

test('bits move upwards, and the exclusive or of bits 16, 14, 13 and 11 comes in below', () => {
  expect(nextLfsr(0x0001)).toBe(0x0002)
  expect(nextLfsr(0x8000)).toBe(0x0001)
  expect(nextLfsr(0x2000)).toBe(0x4001)
  expect(nextLfsr(0xb400)).toBe(0x6800)
})
