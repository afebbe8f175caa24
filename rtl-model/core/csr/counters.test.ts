import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Privilege } from '../retirement.ts'
import { csrAddress } from './addresses.ts'
import { csrFixture } from './fixture.ts'

const { mcycle, minstret, cycle, time, instret, mcounteren, scounteren, mcountinhibit } = csrAddress

/** One instruction of a counter program: a write to a counter or to mcountinhibit, or anything else. */
const instruction = fc.oneof(
  fc.record({ csr: fc.constantFrom(mcycle, minstret), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  fc.record({ csr: fc.constant(mcountinhibit), value: fc.bigInt({ min: 0n, max: 7n }) }),
  fc.constant(undefined),
)

/** How Spike counts: after each instruction, unless it wrote the counter or the counter is stopped by then. */
class CounterModel {
  value = { [mcycle]: 0n, [minstret]: 0n }
  inhibit = 0n

  step(write: { csr: number; value: bigint } | undefined): void {
    if (write?.csr === mcountinhibit) this.inhibit = write.value & 5n
    for (const [csr, bit] of [
      [mcycle, 1n],
      [minstret, 4n],
    ] as const) {
      if (write?.csr === csr) this.value[csr] = write.value
      else if ((this.inhibit & bit) === 0n) this.value[csr] = BigInt.asUintN(64, this.value[csr] + 1n)
    }
  }
}

describe('3.1.10 mcycle and minstret, 3.1.12 mcountinhibit', () => {
  test('count as Spike counts, with one cycle an instruction', () => {
    fc.assert(
      fc.property(fc.array(instruction, { maxLength: 30 }), (program) => {
        const { csr, hart } = csrFixture()
        const model = new CounterModel()
        for (const write of program) {
          if (write !== undefined) csr.write(write.csr, write.value, 3)
          model.step(write)
          hart.clock++
          hart.steps++
          expect(csr.read(mcycle, 3)).toBe(model.value[mcycle])
          expect(csr.read(minstret, 3)).toBe(model.value[minstret])
          expect(csr.read(cycle, 3)).toBe(model.value[mcycle])
          expect(csr.read(instret, 3)).toBe(model.value[minstret])
        }
      }),
    )
  })

  test('a write logs the written value, which the next instruction reads', () => {
    const { csr, hart } = csrFixture()
    hart.steps = 1000n
    expect(csr.write(minstret, 5n, 3)).toEqual([{ csr: minstret, value: 5n }])
    hart.steps++
    expect(csr.read(minstret, 3)).toBe(5n)
  })
})

describe('3.1.11 mcounteren, 4.1.5 scounteren (C01)', () => {
  const counters: [string, number, bigint][] = [
    ['cycle', cycle, 1n],
    ['time', time, 2n],
    ['instret', instret, 4n],
  ]
  test.each(counters)('%s: S needs the bit of mcounteren, U both, M none', (_, counter, bit) => {
    for (const machine of [0n, bit, 7n ^ bit, 7n])
      for (const supervisor of [0n, bit, 7n ^ bit, 7n])
        for (const privilege of [0, 1, 3] as Privilege[]) {
          const { csr } = csrFixture()
          csr.write(mcounteren, machine, 3)
          csr.write(scounteren, supervisor, 3)
          const m = (machine & bit) !== 0n
          const s = (supervisor & bit) !== 0n
          const readable = { 0: m && s, 1: m, 3: true }[privilege]
          expect(csr.read(counter, privilege) !== undefined).toBe(readable)
        }
  })

  test('mcycle and minstret are not the business of S or U', () => {
    const { csr } = csrFixture()
    csr.write(mcounteren, 7n, 3)
    csr.write(scounteren, 7n, 3)
    for (const counter of [mcycle, minstret]) {
      expect(csr.read(counter, 1)).toBeUndefined()
      expect(csr.read(counter, 0)).toBeUndefined()
    }
  })
})

describe('Zicntr', () => {
  test('time is mtime', () => {
    const fixture = csrFixture()
    fixture.mtime = 123_456_789n
    expect(fixture.csr.read(time, 3)).toBe(123_456_789n)
  })
})
