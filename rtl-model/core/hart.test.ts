import { expect, test } from 'vitest'
import { Hart, hartLayout, SINK } from './hart.ts'
import { RegionAllocator } from './state.ts'

const newHart = () => new Hart(new RegionAllocator(new ArrayBuffer(4096), 64))

test('x0 is not written, every other register is', () => {
  const hart = newHart()
  for (let register = 0; register < 32; register++) hart.writeX(register, BigInt(100 + register))
  expect([...hart.x]).toEqual([0n, ...Array.from({ length: 31 }, (_, index) => BigInt(101 + index))])
})

test('what is written beside x0 does not show', () => {
  const hart = newHart()
  hart.region.u64[SINK] = 7n
  expect([...hart.x]).toEqual(new Array(32).fill(0n))
  expect(hart.pc).toBe(0n)
})

test('every field has a place of its own', () => {
  const hart = newHart()
  hart.pc = 1n
  hart.clock = 2n
  hart.steps = 30n
  hart.trapped = 4n
  hart.privilege = 1
  hart.interruptLines = 6
  hart.reservation = 8n
  expect([hart.pc, hart.clock, hart.steps, hart.trapped, hart.retired]).toEqual([1n, 2n, 30n, 4n, 26n])
  expect([hart.privilege, hart.interruptLines, hart.reservation]).toEqual([1, 6, 8n])
  expect(hart.region.u64[hartLayout.pc / 8]).toBe(1n)
  expect([...hart.x]).toEqual(new Array(32).fill(0n))
})

test('a reservation of block 0 is one', () => {
  const hart = newHart()
  expect(hart.reservation).toBeUndefined()
  hart.reservation = 0n
  expect(hart.reservation).toBe(0n)
  hart.reservation = undefined
  expect(hart.reservation).toBeUndefined()
})
