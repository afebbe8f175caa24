import { expect, test } from 'vitest'
import { presets } from '../config.ts'
import { Hart } from '../hart.ts'
import { RegionAllocator } from '../state.ts'
import { createCsrFile } from './csr-file.ts'

const MHPMCOUNTER3 = 0xb03
const MHPMEVENT3 = 0x323

/** CSRs with two events, whose counts the test sets. */
function fixture() {
  const counts = [0n, 100n, 2000n]
  const allocator = new RegionAllocator(new ArrayBuffer(4096))
  const pmp = { readAddress: () => 0n, writeAddress: () => true, readConfig: () => 0n, writeConfig: () => true }
  const events = { number: 2, count: (event: number) => counts[event] }
  const csr = createCsrFile(allocator, new Hart(allocator), presets.rocket, { pmp, time: () => 0n, events })
  const read = (address: number) => csr.read(address, 3)
  return { counts, csr, read }
}

test('a counter without an event stays as it was written', () => {
  const { csr, counts, read } = fixture()
  expect(csr.write(MHPMCOUNTER3, 7n, 3)).toEqual([{ csr: MHPMCOUNTER3, value: 7n }])
  counts[1] += 5n
  expect(read(MHPMCOUNTER3)).toBe(7n)
})

test('a counter counts its event from when it was chosen, each counter its own', () => {
  const { csr, counts, read } = fixture()
  csr.write(MHPMEVENT3, 1n, 3)
  csr.write(MHPMEVENT3 + 28, 2n, 3)
  expect(read(MHPMCOUNTER3)).toBe(0n)
  counts[1] += 5n
  counts[2] += 9n
  expect(read(MHPMCOUNTER3)).toBe(5n)
  expect(read(MHPMCOUNTER3 + 28)).toBe(9n)
  csr.write(MHPMEVENT3, 0n, 3)
  counts[1] += 5n
  expect(read(MHPMCOUNTER3)).toBe(5n)
})

test('a counter goes on from what is written to it, modulo 2^64', () => {
  const { csr, counts, read } = fixture()
  csr.write(MHPMEVENT3, 1n, 3)
  csr.write(MHPMCOUNTER3, 2n ** 64n - 1n, 3)
  counts[1] += 3n
  expect(read(MHPMCOUNTER3)).toBe(2n)
})

test('an event that there is not is no event', () => {
  const { csr, read } = fixture()
  expect(csr.write(MHPMEVENT3, 3n, 3)).toEqual([{ csr: MHPMEVENT3, value: 0n }])
  expect(read(MHPMEVENT3)).toBe(0n)
})
