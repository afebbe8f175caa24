import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { parseElf } from '../elf/read.ts'
import { Machine } from '../machine.ts'

const program = (name: string) =>
  parseElf(readFileSync(new URL(`../kernels/${name}.elf`, import.meta.url)), `${name}.elf`)

/** Cycles of a stretch of the program after waits of so many cycles each. */
function cyclesAfter(name: string, waits: readonly number[]): number {
  const machine = new Machine({ config: presets.rocket })
  machine.load(program(name))
  machine.run(5000)
  const timing = machine.core.timing!
  for (const cycles of waits) timing.waitUntil(timing.clock + cycles)
  const before = timing.clock
  machine.run(5000)
  return timing.clock - before
}

test.each(['muldiv', 'lsu', 'branch', 'vm'])('%s takes as long after billions of cycles as after a few', (name) => {
  const usual = cyclesAfter(name, [2 ** 20])
  expect(
    cyclesAfter(
      name,
      Array.from({ length: 12 }, () => 2 ** 29),
    ),
  ).toBe(usual)
  expect(cyclesAfter(name, [2 ** 35])).toBe(usual)
})
