import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { PseudoLru } from '../memory/pseudo-lru.ts'
import { cfiType, Predictor } from './predictor.ts'

const config = { btbEntries: 4, btbPages: 6, bhtEntries: 512, rasEntries: 6 }
const predictor = (btbEntries = config.btbEntries) =>
  new Predictor(new RegionAllocator(new ArrayBuffer(1 << 16)), { ...config, btbEntries })

test('a packet that was written is found with its target, and no other packet', () => {
  const unit = predictor()
  unit.write(unit.entries, 0x8000_1000 | 0, 0, cfiType.jump, 0x8000_2004 | 0, 0)
  unit.lookup(0x8000_1000 | 0, 0, 10)
  expect(unit.entry).toBeGreaterThanOrEqual(0)
  expect(unit.jumps).toBe(true)
  expect(unit.targetLow >>> 0).toBe(0x8000_2004)
  unit.lookup(0x8000_1004 | 0, 0, 11)
  expect(unit.entry).toBe(-1)
})

test('an upper half of an address is told from another: 39 bits, sign-extended', () => {
  const unit = predictor()
  unit.write(unit.entries, 0x1000, -1, cfiType.jump, 0x2000, -1)
  unit.lookup(0x1000, 0, 10)
  expect(unit.entry).toBe(-1)
  unit.lookup(0x1000, -1, 10)
  expect(unit.entry).toBeGreaterThanOrEqual(0)
  expect([unit.targetLow, unit.targetHigh]).toEqual([0x2000, -1])
})

test('a branch follows its counter: not taken until it once was', () => {
  const unit = predictor()
  unit.write(unit.entries, 0x1000, 0, cfiType.branch, 0x2000, 0)
  unit.lookup(0x1000, 0, 10)
  expect(unit.jumps).toBe(false)
  unit.mispredicted(0x1000, 0, 1)
  unit.restoreHistory(0)
  unit.lookup(0x1000, 0, 20)
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
  unit.write(unit.entries, 0x1000, 0, cfiType.return, 0x3000, 0)
  unit.callSeen(10, 0x2000, 0)
  unit.lookup(0x1000, 0, 10)
  expect(unit.targetLow).toBe(0x3000)
  unit.lookup(0x1000, 0, 11)
  expect(unit.targetLow).toBe(0x2000)
})

test('any sequence of writes, uses and look-ups finds what a list with a replacement tree has', () => {
  const packets = [0x1000, 0x1004, 0x1008, 0x5000, 0x9000, 0x1_1000, 0x100c, 0x1010]
  const step = fc.record({ packet: fc.constantFrom(...packets), write: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const unit = predictor(4)
      const lru = new PseudoLru(4)
      const list: (number | undefined)[] = [undefined, undefined, undefined, undefined]
      let word = 0
      for (const { packet, write } of steps) {
        unit.lookup(packet, 0, 1)
        const at = list.indexOf(packet)
        // Only 14 bits are compared first: entries that share them are all emptied.
        const sharing = list.filter((other) => other !== undefined && (other & 0x3fff) === (packet & 0x3fff)).length
        if (sharing > 1) {
          for (const [index, other] of list.entries()) {
            if (other !== undefined && (other & 0x3fff) === (packet & 0x3fff)) list[index] = undefined
          }
          expect(unit.entry).toBe(-1)
          continue
        }
        expect(unit.entry).toBe(at)
        if (at >= 0) {
          unit.used()
          word = lru.used(word, at)
        } else if (write) {
          const place = lru.victim(word)
          unit.write(unit.entries, packet, 0, cfiType.jump, packet + 64, 0)
          list[place] = packet
          word = lru.used(word, place)
        }
      }
    }),
  )
})
