import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counterIndex } from '../pipeline/counters.ts'
import { pipelineFixture } from '../pipeline/fixture.ts'
import { DataCache } from './dcache.ts'
import { LFSR_SEED, nextLfsr } from './lfsr.ts'
import { Refill } from './refill.ts'

/** A miss: found in the third cycle, then the latency and the bus. */
const MISS = 3 + 20 + 11
/** A written line goes out before that. */
const WRITE_BACK = 14 + 4
const SETS = 4
/** Nothing of an access is left over after so many cycles. */
const LATER = 200

function cache(ways: number, l2 = false) {
  const level = { sets: 2, ways: 1, dataHit: 13, fetchHit: 13, dataMiss: 0, fetchMiss: 0, probe: 0, dirtyVictim: 0 }
  const { allocator, config, counts } = pipelineFixture({
    dcacheSets: SETS,
    dcacheWays: ways,
    bus: { dataRefill: 11, fetchRefill: 16, writeback: 14, device: 8, interrupt: 7 },
    l2: l2 ? level : undefined,
  })
  const refill = new Refill(allocator, config, counts)
  const unit = new DataCache(allocator, config, refill, counts)
  const load = (now: number, line: number) => unit.load(now, line * 64, 8, line)
  const store = (now: number, line: number) => unit.store(now, line * 64, 8, line)
  return { unit, refill, counts, load, store }
}

test('a load that misses is issued again when the last bytes of its line come, and hits from then on', () => {
  const { load, counts } = cache(4)
  expect(load(100, 5)).toBe(100 + MISS)
  expect(load(100 + MISS + 1, 5)).toBe(100 + MISS + 1)
  expect(counts[counterIndex.dcacheMisses]).toBe(1)
})

test('a store takes its line in, and makes it go out before another comes in its place', () => {
  const { load, store, counts } = cache(1)
  expect(store(100, 1)).toBe(100 + MISS)
  expect(load(300, 5)).toBe(300 + WRITE_BACK + MISS)
  expect(load(500, 1)).toBe(500 + MISS)
  expect([counts[counterIndex.dcacheMisses], counts[counterIndex.dcacheWritebacks]]).toEqual([3, 1])
})

test('an SC that fails leaves its line as memory has it', () => {
  const { unit, load } = cache(1)
  unit.readWrite(100, 64, 8, 1, false)
  expect(load(300, 5)).toBe(300 + MISS)
  unit.readWrite(500, 64, 8, 1, true)
  expect(load(700, 5)).toBe(700 + WRITE_BACK + MISS)
})

test('a load right behind a store of the same bytes is fetched again, and says when that store could go', () => {
  const { unit, load, store, counts } = cache(4)
  load(10, 1)
  store(100, 1)
  expect(unit.load(101, 64, 8, 1)).toBe(106)
  expect(unit.conflict).toBeGreaterThan(101)
  store(200, 1)
  expect(unit.load(201, 64 + 8, 8, 1)).toBe(201)
  expect(unit.conflict).toBe(-1)
  expect(counts[counterIndex.storeConflicts]).toBe(1)
})

test('the walker has its entry two cycles after it asks, or three after the line has come', () => {
  const { unit, load } = cache(4)
  expect(unit.walkerRead(100, 7)).toBe(100 + 2 + 20 + 11 + 3)
  expect(unit.walkerRead(300, 7)).toBe(302)
  expect(load(400, 7)).toBe(400)
})

test('a line that the second level drops is dropped', () => {
  const { refill, load } = cache(4, true)
  load(100, 1)
  refill.cycles(3, true)
  expect(load(300, 1)).toBe(300 + MISS)
})

test('times go on where they were moved', () => {
  const { unit, load, store } = cache(4)
  load(10, 1)
  store(100, 1)
  unit.rebase(100)
  expect(unit.load(1, 64, 8, 1)).toBe(6)
  store(200, 1)
  unit.rebase(200)
  expect(unit.load(10, 64, 8, 1)).toBe(10)
})

test('any sequence of accesses hits, misses and writes back as a list of sets with random replacement', () => {
  const step = fc.record({
    line: fc.integer({ min: 0, max: 23 }),
    action: fc.constantFrom('load', 'store', 'atomic', 'failing', 'walk'),
  })
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 4), fc.array(step, { maxLength: 120 }), (ways, steps) => {
      const { unit, load, store } = cache(ways)
      const sets = Array.from({ length: SETS }, () => Array.from({ length: ways }, () => ({ line: -1, dirty: false })))
      let lfsr = LFSR_SEED
      let now = 0
      for (const { line, action } of steps) {
        now += LATER
        const set = sets[line % SETS]
        let expected = action === 'walk' ? 2 : 0
        if (!set.some((way) => way.line === line)) {
          const old = set[lfsr % ways]
          expected = MISS + (old.dirty ? WRITE_BACK : 0) + (action === 'walk' ? 2 : 0)
          Object.assign(old, { line, dirty: false })
          lfsr = nextLfsr(lfsr)
        }
        if (action === 'store' || action === 'atomic') set.find((way) => way.line === line)!.dirty = true
        const actual = {
          load: () => load(now, line),
          store: () => store(now, line),
          atomic: () => unit.readWrite(now, line * 64, 8, line, true),
          failing: () => unit.readWrite(now, line * 64, 8, line, false),
          walk: () => unit.walkerRead(now, line),
        }[action]()
        expect(actual - now).toBe(expected)
      }
    }),
  )
})
