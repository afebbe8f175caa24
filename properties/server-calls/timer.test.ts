import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { encode } from '../../rtl-model/isa/decode.ts'
import { halt } from '../../testbench/faults/encoding/m09-halt-and-catch-fire.ts'
import type { Step } from '../../testbench/fuzz/finding.ts'
import { prepare } from '../../testbench/fuzz/setup.ts'
import { serverCalls } from './promise.ts'

const monitor = fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url))

const freeze: Step = { by: 'enclave', code: [encode(halt, {})!], registers: [] }
const timer: Step = { by: 'timer' }

async function breachOf(faults: readonly string[], steps: readonly Step[]) {
  const { player, points } = await prepare({ monitor, core: 'default', faults }, [serverCalls])
  const point = points.find(({ name }) => name === 'enclave running')!
  return player.play(
    point,
    steps.map((step) => () => step),
  ).breach
}

test('an enclave that freezes a core keeps the host waiting', async () => {
  expect(await breachOf(['M09'], [timer])).toBeUndefined()
  expect(await breachOf(['M09'], [freeze, timer])).toMatchObject({ promise: 'server-calls', sort: 'timer' })
})

test('an encoding that is no instruction freezes no core', async () => {
  expect(await breachOf([], [freeze, timer])).toBeUndefined()
})
