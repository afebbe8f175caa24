import { expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { Predictor } from './predictor.ts'
import { cfiType } from './target-buffer.ts'

const config = { btbEntries: 4, btbPages: 6, bhtEntries: 512, rasEntries: 6 }
const predictor = () => new Predictor(new RegionAllocator(new ArrayBuffer(1 << 16)), config)
/** Where the second half of packet 0x1000 is. */
const HALF = [0x1002, 0] as const

test('a branch follows its counter: not taken until it once was', () => {
  const unit = predictor()
  unit.buffer.write(4, ...HALF, cfiType.branch, 0x2000, 0, 1)
  unit.lookup(0x1000, 0, false, 10)
  expect(unit.jumps).toBe(false)
  unit.mispredicted(0x1000, 0, 1)
  unit.restoreHistory(0)
  unit.lookup(0x1000, 0, false, 20)
  expect(unit.jumps).toBe(true)
})

test('a branch enters the history the cycle after it was seen', () => {
  const unit = predictor()
  unit.branchSeen(10, 1)
  expect(unit.historyAt(10)).toBe(0)
  expect(unit.historyAt(11)).toBe(0x80)
  unit.branchSeen(12, 0)
  expect(unit.historyAt(13)).toBe(0x40)
})

test('two branches of one packet enter the history as one', () => {
  const unit = predictor()
  unit.branchSeen(10, 1)
  unit.branchSeen(10, 1)
  expect(unit.historyAt(11)).toBe(0x80)
})

test('a packet that fetch enters by its upper half has no entry, but its counter', () => {
  const unit = predictor()
  unit.buffer.write(4, ...HALF, cfiType.jump, 0x2000, 0, 1)
  unit.mispredicted(0x1000, 0, 1)
  unit.restoreHistory(0)
  unit.lookup(0x1000, 0, true, 10)
  expect([unit.jumps, unit.counter]).toEqual([false, 1])
  unit.lookup(0x1000, 0, false, 20)
  expect(unit.jumps).toBe(true)
})

test('a misprediction puts the outcome into the history that the branch was predicted with', () => {
  const unit = predictor()
  unit.branchSeen(10, 1)
  unit.mispredicted(0x1000, 0b1010_0000, 0)
  expect(unit.historyAt(20)).toBe(0b0101_0000)
  unit.restoreHistory(0b11)
  expect(unit.historyAt(20)).toBe(0b11)
})

test('returns come from the addresses of the last six calls, last first', () => {
  const unit = predictor()
  for (let call = 1; call <= 8; call++) unit.callSeen(call, call * 16, 0)
  for (let call = 8; call > 2; call--) {
    expect(unit.top()).toBe(true)
    expect(unit.targetLow).toBe(call * 16)
    unit.returnSeen(20 - call)
  }
  expect(unit.top()).toBe(false)
})

test('a call is not on the stack yet for a packet that is looked up in the cycle that sees it', () => {
  const unit = predictor()
  unit.buffer.write(4, ...HALF, cfiType.return, 0x3000, 0, 1)
  unit.callSeen(10, 0x2000, 0)
  unit.lookup(0x1000, 0, false, 10)
  expect(unit.targetLow).toBe(0x3000)
  unit.lookup(0x1000, 0, false, 11)
  expect(unit.targetLow).toBe(0x2000)
})
