import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import type { Observer } from '../../rtl-model/core/recorder.ts'
import { parseElf } from '../elf/read.ts'
import { type EngineName, Machine } from '../machine.ts'

const recorded = fileURLToPath(new URL('../kernels/', import.meta.url))
const program = (name: string) => parseElf(readFileSync(`${recorded}${name}.elf`), name)
const STEPS = 12_000

/** Cycle and address of each record, with the program run in stretches of the given lengths, over and over. */
function cyclesOf(name: string, engine: EngineName, stretches: readonly number[], config = presets.rocket as object) {
  const seen: string[] = []
  const observe: Observer = (batch) => {
    for (let index = 0; index < batch.length; index++) {
      const { cycle, pc, trap } = batch.at(index)
      seen.push(`${cycle} ${pc.toString(16)}${trap ? ` ${trap.interrupt} ${trap.cause}` : ''}`)
    }
  }
  const machine = new Machine({ config: { ...presets.rocket, ...config }, engine, observers: [observe] })
  machine.load(program(name))
  for (let index = 0; seen.length < STEPS && machine.exitCode === undefined; index++) {
    machine.run(Math.min(stretches[index % stretches.length], STEPS - seen.length))
  }
  return seen
}

const presetNames = ['rocket', 'rocket-l2', 'rocket-medium'] as const
for (const name of ['call', 'csr', 'trap', 'vm', 'extra', 'atomic']) {
  test(`both engines give each record of ${name}.elf the same cycle`, () => {
    for (const preset of presetNames) {
      const reference = cyclesOf(name, 'reference', [STEPS], presets[preset])
      expect(reference.length).toBeGreaterThan(1000)
      expect(cyclesOf(name, 'wasm', [STEPS], presets[preset])).toEqual(reference)
    }
  })
}

test('cycles do not depend on how many steps are run at a time', () => {
  const whole = cyclesOf('extra', 'wasm', [STEPS])
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }), (stretches) => {
      expect(cyclesOf('extra', 'wasm', stretches)).toEqual(whole)
    }),
    { numRuns: 8 },
  )
})

test('cycles grow from record to record', () => {
  for (const name of ['trap', 'vm']) {
    const cycles = cyclesOf(name, 'wasm', [STEPS]).map((line) => Number(line.split(' ')[0]))
    for (const [index, cycle] of cycles.entries()) if (index > 0) expect(cycle).toBeGreaterThan(cycles[index - 1])
  }
})

test('a restored snapshot goes on in the same cycles', () => {
  const seen: bigint[] = []
  const machine = new Machine({
    config: presets.rocket,
    observers: [
      (batch) => {
        for (let index = 0; index < batch.length; index++) seen.push(batch.at(index).cycle)
      },
    ],
  })
  machine.load(program('vm'))
  machine.run(5000)
  const snapshot = machine.snapshot()
  seen.length = 0
  machine.run(5000)
  const first = seen.splice(0)
  machine.restore(snapshot)
  machine.run(5000)
  expect(seen).toEqual(first)
})
