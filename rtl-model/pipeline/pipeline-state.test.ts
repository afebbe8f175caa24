import { expect, test } from 'vitest'
import { recordFlags, recordLayout } from '../core/recorder.ts'
import * as state from './pipeline-state.ts'

test('the constants of a record are those of the recorder', () => {
  expect(state.WORDS * 4).toBe(recordLayout.bytes)
  const { PC, INSTRUCTION, FLAGS, RS1, RS2, VA, PA, CYCLE, SOURCE } = state
  expect([PC, INSTRUCTION, FLAGS, RS1, RS2, VA, PA, CYCLE, SOURCE].map((word) => word * 4)).toEqual([
    recordLayout.pc,
    recordLayout.instruction,
    recordLayout.flags,
    recordLayout.rs1Value,
    recordLayout.rs2Value,
    recordLayout.va,
    recordLayout.pa,
    recordLayout.cycle,
    recordLayout.source,
  ])
  expect([state.TRAP, state.INTERRUPT, state.SIZE_SHIFT]).toEqual([
    recordFlags.trap,
    recordFlags.interrupt,
    recordFlags.sizeShift,
  ])
})
