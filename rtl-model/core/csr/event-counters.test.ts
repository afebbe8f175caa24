import fc from 'fast-check'
import { expect, test } from 'vitest'
import { presets } from '../config.ts'
import { Hart } from '../hart.ts'
import type { Privilege } from '../retirement.ts'
import { RegionAllocator } from '../state.ts'
import { csrAddress } from './addresses.ts'
import { createCsrFile } from './csr-file.ts'

const MHPMCOUNTER3 = 0xb03
const MHPMEVENT3 = 0x323
const HPMCOUNTER3 = 0xc03
const { mcounteren, scounteren, mcountinhibit } = csrAddress

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

test('a counter stands still while its bit of mcountinhibit is set, and goes on from there', () => {
  const { csr, counts, read } = fixture()
  csr.write(MHPMEVENT3, 1n, 3)
  csr.write(MHPMEVENT3 + 1, 1n, 3)
  counts[1] += 5n
  csr.write(mcountinhibit, 8n, 3)
  counts[1] += 7n
  expect([read(MHPMCOUNTER3), read(MHPMCOUNTER3 + 1)]).toEqual([5n, 12n])
  csr.write(mcountinhibit, 0n, 3)
  counts[1] += 2n
  expect([read(MHPMCOUNTER3), read(MHPMCOUNTER3 + 1)]).toEqual([7n, 14n])
})

test('any sequence of writes and events counts as a register that is incremented event by event', () => {
  const step = fc.oneof(
    fc.record({ happens: fc.constantFrom(1, 2), times: fc.bigInt({ min: 0n, max: 9n }) }),
    fc.record({
      csr: fc.constantFrom(MHPMCOUNTER3, MHPMEVENT3, mcountinhibit),
      value: fc.oneof(fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
    }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { csr, counts, read } = fixture()
      let [value, event, stopped] = [0n, 0n, false]
      for (const step of steps) {
        if ('happens' in step) {
          counts[step.happens] += step.times
          if (!stopped && event === BigInt(step.happens)) value = BigInt.asUintN(64, value + step.times)
        } else {
          csr.write(step.csr, step.value, 3)
          if (step.csr === MHPMCOUNTER3) value = step.value
          else if (step.csr === MHPMEVENT3) event = step.value <= 2n ? step.value : 0n
          else stopped = (step.value & 8n) !== 0n
        }
        expect(read(MHPMCOUNTER3)).toBe(value)
        expect(read(HPMCOUNTER3)).toBe(value)
      }
    }),
  )
})

test.each([3, 17, 31])('hpmcounter%i: S needs the bit of mcounteren, U both, M none, and none may write', (number) => {
  const bit = 1n << BigInt(number)
  const all = 0xffff_ffffn
  const address = HPMCOUNTER3 + number - 3
  for (const machine of [0n, bit, all ^ bit, all]) {
    for (const supervisor of [0n, bit, all ^ bit, all]) {
      const { csr } = fixture()
      csr.write(mcounteren, machine, 3)
      csr.write(scounteren, supervisor, 3)
      const m = (machine & bit) !== 0n
      const s = (supervisor & bit) !== 0n
      const readable = ([0, 1, 3] as Privilege[]).map((privilege) => csr.read(address, privilege) !== undefined)
      expect(readable).toEqual([m && s, m, true])
      expect(csr.write(address, 0n, 3)).toBeUndefined()
    }
  }
})

test('with event counters, mcounteren and scounteren have 32 bits, and mcountinhibit all but that of time', () => {
  const { csr, read } = fixture()
  for (const address of [mcounteren, scounteren, mcountinhibit]) csr.write(address, 2n ** 64n - 1n, 3)
  expect([mcounteren, scounteren, mcountinhibit].map(read)).toEqual([0xffff_ffffn, 0xffff_ffffn, 0xffff_fffdn])
})
