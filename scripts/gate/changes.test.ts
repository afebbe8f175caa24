import { beforeAll, describe, expect, test, vi } from 'vitest'
import { type Baseline, readBaseline } from '../../testbench/gate/baseline.ts'
import type { GateSize } from '../../testbench/gate/gate.ts'
import { gateMarkdown, verdictText } from '../../testbench/gate/report.ts'
import type { PartName } from '../../testbench/gate/tasks.ts'
import { honestChanges, wrongChanges } from './changes.ts'
import { BASELINE, judge } from './judge.ts'

const size: GateSize = { enginePrograms: 40, cases: 100, timedCases: 10, speedSteps: 1_000_000 }
const names = ['arithmetic', 'atomics', 'paging', 'paging-exceptions', 'pmp', 'timer', 'traps']
/** Planted bugs have a test of their own, speed depends on the machine. */
const parts: PartName[] = ['recorded', 'engines', 'properties', 'cycles']

// Each takes seconds, on a machine that is busy more than a minute.
vi.setConfig({ testTimeout: 300_000 })

let baseline: Baseline
beforeAll(async () => {
  baseline = await readBaseline(BASELINE)
})

describe('the gate lets through', () => {
  test.each(honestChanges)('$name', async ({ model, movesCycles }) => {
    const report = await judge(model, { baseline, size, names, only: parts })
    expect(report.parts.flatMap(({ problems }) => problems)).toEqual([])
    expect(verdictText(report)).toMatch(/^gate: passed in /)
    expect(report.moves.length > 0).toBe(movesCycles === true)
    expect(gateMarkdown(report).includes('| core | kernel |')).toBe(movesCycles === true)
  })
})

describe('the gate stops', () => {
  test.each(wrongChanges)('$name: $stoppedBy', async ({ model, stoppedBy }) => {
    const report = await judge(model, { baseline, size, names, only: [stoppedBy!] })
    expect(report.parts).toMatchObject([{ part: stoppedBy, passed: false }])
    expect(verdictText(report)).toMatch(/^gate: 1 regression \(/)
  })
})

test('there are ten of each', () => {
  expect([honestChanges.length, wrongChanges.length]).toEqual([10, 10])
})
