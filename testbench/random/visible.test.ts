import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type RetirementBatch, recordWords } from '../../rtl-model/core/recorder.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { renderBatch } from './batch.ts'
import { configs } from './engines.ts'
import { RandomMachine } from './model.ts'
import { type Program, program } from './program.ts'
import { same, VisibleRun } from './visible.ts'

const STEPS = 500

/** A run of a program, of which each batch of records goes through `change` before it is seen. */
function play(engine: 'reference' | 'wasm', one: Program, change: (batch: RetirementBatch) => void = () => {}) {
  const visible = new VisibleRun(STEPS, false)
  const records: Retirement[] = []
  const see = (batch: RetirementBatch): void => {
    change(batch)
    visible.add(batch)
    for (let index = 0; index < batch.length; index++) records.push(batch.at(index))
  }
  const config = configs[0]
  const model = new RandomMachine({ config, engine, observers: [see] })
  model.begin(renderBatch({ flavour: 'wild', programs: [one], locked: [], pmpEntries: config.pmpEntries }).placed)
  model.machine.run(STEPS)
  return { visible, records }
}

test('what both engines do looks alike, whatever they leave in words that mean nothing', () => {
  for (const one of fc.sample(program, { numRuns: 8, seed: 5 }))
    expect(play('wasm', one).visible.equals(play('reference', one).visible)).toBe(true)
})

test('runs look alike only where all their records say the same', () => {
  const [one] = fc.sample(program, { numRuns: 1, seed: 6 })
  const honest = play('wasm', one)
  const accesses = honest.records.flatMap(({ memory }, index) => (memory.length > 0 ? [index] : []))
  const { result, va, pa, stored, words } = recordWords
  const change = fc.record({
    record: fc.oneof(fc.nat(STEPS - 1), fc.constantFrom(...accesses)),
    word: fc.oneof(fc.nat(words - 1), fc.constantFrom(result, va, pa, stored)),
    bit: fc.oneof(fc.nat(31), fc.nat(7)),
  })
  const verdicts = { alike: 0, different: 0 }
  for (const { record, word, bit } of fc.sample(change, { numRuns: 250, seed: 7 })) {
    const other = play('wasm', one, ({ region, firstOrder, length }) => {
      const index = record - Number(firstOrder)
      if (index >= 0 && index < length) region.u32[index * recordWords.words + word] ^= 1 << bit
    })
    const isSame =
      honest.records.length === other.records.length &&
      honest.records.every((expected, index) => same(expected, other.records[index]))
    const isAlike = honest.visible.equals(other.visible)
    if (isAlike) expect({ record, word, bit, isSame }).toEqual({ record, word, bit, isSame: true })
    verdicts[isAlike ? 'alike' : 'different']++
  }
  expect(Math.min(verdicts.alike, verdicts.different)).toBeGreaterThan(50)
})
