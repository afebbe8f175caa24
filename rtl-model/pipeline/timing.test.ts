import { expect, test } from 'vitest'
import { code, testMachine } from '../engine/fixture.ts'
import { createWasmEngine } from '../engine/wasm/engine.ts'
import { timingPresets } from './timing-config.ts'

test.each([1000, 2 ** 30, 5e9, 2 ** 45])('a core that has waited for %d cycles goes on from there', (cycles) => {
  const program = [code('add', { rd: 5, rs1: 5, rs2: 5 }), code('ld', { rd: 6, rs1: 7, immediate: 0 })]
  const changes = { timing: timingPresets.rocket, memoryLatency: 20 }
  const { core, engine, records } = testMachine(createWasmEngine, program, changes)
  core.hart.x[7] = core.config.ramBase
  engine.run(1)
  core.timing!.waitUntil(cycles)
  expect(core.timing!.clock).toBe(cycles)
  engine.run(1)
  const later = Number(records[1].cycle) - cycles
  expect(later).toBeGreaterThan(0)
  expect(later).toBeLessThan(100)
  expect(core.timing!.clock).toBe(cycles + later)
})

test('what is long past is waited for no more, however often the clock is moved', () => {
  const program = ['add', 'mul', 'add'].map((name) => code(name, { rd: 5, rs1: 6, rs2: 7 }))
  const load = code('ld', { rd: 6, rs1: 10, immediate: 0 })
  const store = code('sd', { rs1: 10, rs2: 5, immediate: 8 })
  const changes = { timing: timingPresets.rocket, memoryLatency: 20 }
  const { core, engine, records } = testMachine(createWasmEngine, [...program, load, store, load], changes)
  core.hart.x[10] = core.config.ramBase
  for (let wait = 1; wait <= 12; wait++) core.timing!.waitUntil(wait * 2 ** 29)
  const before = core.timing!.clock
  engine.run(6)
  expect(Number(records[5].cycle) - before).toBeLessThan(200)
})
