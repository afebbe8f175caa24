import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { presets } from '../rtl-model/core/config.ts'
import { counterIndex, counterNames } from '../rtl-model/pipeline/counters.ts'
import type { PipelineStep } from '../traces/pipeline-step.ts'
import { parseElf } from './elf/read.ts'
import { type EngineName, Machine } from './machine.ts'
import { observePipeline } from './pipeline-steps.ts'

const path = (name: string) => fileURLToPath(new URL(`kernels/${name}.elf`, import.meta.url))
const program = (name: string) => parseElf(readFileSync(path(name)), name)
const STEPS = 20_000

function stepsOf(name: string, config = presets.rocket as object, engine: EngineName = 'wasm') {
  const machine = new Machine({ config: { ...presets.rocket, ...config }, engine })
  machine.load(program(name))
  const steps: PipelineStep[] = []
  observePipeline(machine.core, program(name), (step) => steps.push(step))
  while (steps.length < STEPS && machine.exitCode === undefined) machine.run(1)
  return { steps, machine }
}

const vm = stepsOf('vm')
const trap = stepsOf('trap')

test('tracing the stages changes no cycle and no count', () => {
  const machine = new Machine({ config: presets.rocket })
  machine.load(program('vm'))
  machine.run(STEPS)
  expect(vm.machine.core.hart.clock).toBe(machine.core.hart.clock)
  expect([...vm.machine.core.timing!.counts]).toEqual([...machine.core.timing!.counts])
})

test('stages follow each other, instructions leave decode in order, and write back in the cycle of the record', () => {
  for (const { steps } of [vm, trap, stepsOf('vm', presets['rocket-medium'])]) {
    for (const [index, { times, retirement }] of steps.entries()) {
      expect(times.fetch).toBeLessThan(times.decode)
      expect(times.decode).toBeLessThanOrEqual(times.issue)
      expect(BigInt(times.issue + 3)).toBe(retirement.cycle)
      const before = steps[index - 1]?.times
      if (before === undefined) continue
      expect(times.fetch).toBeGreaterThanOrEqual(before.fetch)
      expect(times.decode).toBeGreaterThan(before.issue)
    }
  }
})

test('each cycle without an instruction has a cause, and one only', () => {
  for (const { steps } of [vm, trap]) {
    for (const [index, { times }] of steps.entries()) {
      if (index === 0) continue
      const earliest = steps[index - 1].times.issue + 1
      const waited = times.stalls.reduce((sum, { from, to }) => sum + to - from, 0)
      expect(waited).toBe(times.issue - earliest)
      for (const [stall, { from, to }] of times.stalls.entries()) {
        expect(to).toBeGreaterThan(from)
        expect(from).toBe(stall === 0 ? earliest : times.stalls[stall - 1].to)
      }
    }
  }
})

test('the counts of the records add up to those of the timing', () => {
  const sums = new Float64Array(counterNames.length)
  for (const { times } of vm.steps) for (const [index, count] of times.counts.entries()) sums[index] += count
  expect([...sums]).toEqual([...vm.machine.core.timing!.counts])
  expect(sums[counterIndex.dtlbMisses]).toBeGreaterThan(0)
})

test('a walk says when each entry was known, in order; its access names TLB entry and PMP verdict', () => {
  const walked = vm.steps.filter(({ retirement }) => retirement.walk.length > 0)
  expect(walked.length).toBeGreaterThan(0)
  for (const { retirement, times } of walked) {
    expect(times.walkReads).toHaveLength(retirement.walk.length)
    expect([...times.walkReads].sort((a, b) => a - b)).toEqual(times.walkReads)
    expect(times.walkReads.at(-1)).toBeLessThan(times.issue + 3)
  }
  const load = walked.find(({ retirement }) => retirement.memory.length > 0)
  expect(load?.notes.join('\n')).toMatch(/^load of .*\nDTLB entry \d+: .* PMP rwx/)
})

test('both engines go the same way through the pipeline', () => {
  const other = stepsOf('vm', {}, 'reference')
  expect(other.steps.map(({ times }) => times.issue)).toEqual(vm.steps.map(({ times }) => times.issue))
})
