import { expect, test } from 'vitest'
import { pipelineFixture } from './fixture.ts'
import { SeenJumps } from './seen-jumps.ts'
import { cfiType } from './target-buffer.ts'

test('a jump is known by the whole address of its last half, with its target, until another takes its place', () => {
  const unit = new SeenJumps(pipelineFixture().allocator)
  expect(unit.find(0, 0)).toBe(-1)
  unit.remember(0x1002, 1, cfiType.call, 0x2000, 7)
  expect([unit.find(0x1002, 0), unit.find(0x1000, 1), unit.find(0x1002, 1)]).toEqual([-1, -1, cfiType.call])
  expect([unit.targetLow, unit.targetHigh]).toEqual([0x2000, 7])
  unit.remember(0x1002 + 2048, 1, cfiType.return, 0, 0)
  expect([unit.find(0x1002, 1), unit.find(0x1002 + 2048, 1)]).toEqual([-1, cfiType.return])
})
