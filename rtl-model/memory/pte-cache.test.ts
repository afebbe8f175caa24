import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { PseudoLru } from './pseudo-lru.ts'
import { PteCache } from './pte-cache.ts'

const cache = (entries: number) => new PteCache(new RegionAllocator(new ArrayBuffer(4096)), entries)

test('a pointer is remembered until the cache is emptied', () => {
  const unit = cache(8)
  unit.put(0x8000_1000)
  expect(unit.find(0x8000_1000)).toBe(true)
  expect(unit.find(0x8000_1008)).toBe(false)
  unit.clear()
  expect(unit.find(0x8000_1000)).toBe(false)
})

test('any sequence of walks and fences hits where a list of entries with a replacement tree does', () => {
  const step = fc.oneof(fc.record({ address: fc.integer({ min: 0, max: 15 }) }), fc.constant({ clear: true as const }))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const entries = 4
      const unit = cache(entries)
      const lru = new PseudoLru(entries)
      let naive: (number | undefined)[] = Array.from({ length: entries })
      let word = 0
      for (const step of steps) {
        if ('clear' in step) {
          unit.clear()
          naive = naive.map(() => undefined)
          continue
        }
        const address = step.address * 8
        const hit = naive.indexOf(address)
        expect(unit.find(address)).toBe(hit >= 0)
        const free = naive.indexOf(undefined)
        const at = hit >= 0 ? hit : free >= 0 ? free : lru.victim(word)
        if (hit < 0) unit.put(address)
        naive[at] = address
        word = lru.used(word, at)
      }
    }),
  )
})
