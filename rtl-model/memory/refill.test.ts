import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counterIndex } from '../pipeline/counters.ts'
import { pipelineFixture } from '../pipeline/fixture.ts'
import { LFSR_SEED, nextLfsr } from './lfsr.ts'
import { Refill } from './refill.ts'

const l2 = { sets: 4, ways: 2, dataHit: 13, fetchHit: 15, dataMiss: 6, fetchMiss: 1, probe: 7, dirtyVictim: 3 }
const bus = { dataRefill: 11, fetchRefill: 16, writeback: 14, device: 8, interrupt: 7 }

function refill(ways?: number) {
  const { allocator, config, counts } = pipelineFixture({ bus, l2: ways === undefined ? undefined : { ...l2, ways } })
  const unit = new Refill(allocator, config, counts)
  const evicted: number[] = []
  unit.evicted = (line) => evicted.push(line)
  return { unit, counts, evicted }
}

test('without a second level, a line takes the latency of memory and the way there, each time', () => {
  const { unit, counts } = refill()
  expect([unit.cycles(1, false), unit.cycles(1, false), unit.cycles(1, true)]).toEqual([31, 31, 36])
  expect([counts[counterIndex.l2Hits], counts[counterIndex.l2Misses]]).toEqual([0, 0])
})

test('a line that came through the second level is there the next time, for either cache', () => {
  const { unit, counts } = refill(2)
  expect([unit.cycles(1, false), unit.cycles(1, false), unit.cycles(1, true)]).toEqual([37, 13, 15])
  expect([unit.cycles(2, true), unit.cycles(2, true), unit.cycles(2, false)]).toEqual([37, 15, 13])
  expect([counts[counterIndex.l2Hits], counts[counterIndex.l2Misses]]).toEqual([4, 2])
})

test('a line that goes is asked back from the data cache if that got it, and not if only fetch did', () => {
  const { unit, evicted } = refill(1)
  unit.cycles(1, false)
  expect(unit.cycles(5, true)).toBe(37 + l2.probe)
  expect(evicted).toEqual([1])
  expect(unit.cycles(9, true)).toBe(37)
  expect(evicted).toEqual([1])
})

test('a line that the data cache has given back is not asked back, but costs what a written line does', () => {
  const { unit, evicted } = refill(1)
  unit.cycles(1, false)
  unit.writeback(1)
  expect(unit.cycles(5, false)).toBe(37 + l2.dirtyVictim)
  expect(evicted).toEqual([])
  unit.writeback(1)
  expect(unit.cycles(5, false)).toBe(13)
})

test('any sequence of requests and write-backs costs what a list of sets with random replacement says', () => {
  const step = fc.record({
    line: fc.integer({ min: 0, max: 19 }),
    action: fc.constantFrom('load', 'fetch', 'give back'),
  })
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 4), fc.array(step, { maxLength: 120 }), (ways, steps) => {
      const { unit, evicted } = refill(ways)
      const sets = Array.from({ length: l2.sets }, () =>
        Array.from({ length: ways }, () => ({ line: -1, dirty: false, shared: false })),
      )
      const gone: number[] = []
      let lfsr = LFSR_SEED
      for (const { line, action } of steps) {
        const set = sets[line % l2.sets]
        const held = set.find((way) => way.line === line)
        if (action === 'give back') {
          unit.writeback(line)
          if (held) Object.assign(held, { dirty: true, shared: false })
          continue
        }
        const fetch = action === 'fetch'
        let expected = fetch ? l2.fetchHit : l2.dataHit
        if (held === undefined) {
          const old = set[lfsr % ways]
          expected = 20 + (fetch ? bus.fetchRefill + l2.fetchMiss : bus.dataRefill + l2.dataMiss)
          if (old.dirty) expected += l2.dirtyVictim
          if (old.shared) expected += l2.probe
          if (old.shared) gone.push(old.line)
          set[lfsr % ways] = { line, dirty: false, shared: !fetch }
          lfsr = nextLfsr(lfsr)
        } else if (!fetch) {
          held.shared = true
        }
        expect(unit.cycles(line, fetch)).toBe(expected)
      }
      expect(evicted).toEqual(gone)
    }),
  )
})
