import { expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { SeenJumps } from './seen-jumps.ts'
import { cfiType } from './target-buffer.ts'

test('a jump is known by the whole address of its packet, until another takes its place', () => {
  const unit = new SeenJumps(new RegionAllocator(new ArrayBuffer(1 << 16)))
  expect(unit.find(0, 0)).toBe(-1)
  unit.remember(0x1000, 1, cfiType.call)
  expect([unit.find(0x1000, 1), unit.find(0x1000, 0), unit.find(0x1004, 1)]).toEqual([cfiType.call, -1, -1])
  unit.remember(0x1000 + 2048, 1, cfiType.return)
  expect([unit.find(0x1000, 1), unit.find(0x1000 + 2048, 1)]).toEqual([-1, cfiType.return])
})
