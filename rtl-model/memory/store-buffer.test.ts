import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { StoreBuffer } from './store-buffer.ts'

const buffer = () => new StoreBuffer(new RegionAllocator(new ArrayBuffer(4096)))

test('a load overlaps a store of the same bytes until the store has gone into the array', () => {
  const stores = buffer()
  stores.push(0x1010, 8, 1, 3, false)
  expect(stores.read(0x1010, 8, 2)).toBe(true)
  expect(stores.read(0x1010, 8, 4)).toBe(false)
})

test('loads that read the array in each cycle keep a store from it', () => {
  const stores = buffer()
  stores.push(0x1010, 8, 1, 3, false)
  for (let cycle = 3; cycle < 20; cycle++) expect(stores.read(0x2000, 8, cycle)).toBe(false)
  expect(stores.read(0x1010, 8, 20)).toBe(true)
  expect(stores.read(0x1010, 8, 22)).toBe(false)
})

test('only the offset in the page and the bytes are compared', () => {
  const stores = buffer()
  stores.push(0x1010, 4, 1, 9, false)
  expect(stores.read(0x5010, 4, 2)).toBe(true)
  expect(stores.read(0x1014, 4, 3)).toBe(false)
  expect(stores.read(0x1012, 1, 4)).toBe(true)
  expect(stores.read(0x1018, 8, 5)).toBe(false)
})

test('any sequence of loads and stores, each in a cycle of its own, conflicts as in a list drained cycle by cycle', () => {
  const step = fc.record({
    wait: fc.integer({ min: 1, max: 4 }),
    isLoad: fc.boolean(),
    address: fc.integer({ min: 0, max: 31 }),
    size: fc.constantFrom(1, 2, 4, 8),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const stores = buffer()
      const reads = new Set<number>()
      const naive: { bytes: Set<number>; word: number; ready: number }[] = []
      let drained = 0
      let cycle = 10
      const drainTo = (end: number): void => {
        for (; drained < end; drained++) {
          if (naive.length > 0 && naive[0].ready <= drained && !reads.has(drained)) naive.shift()
        }
      }
      for (const { wait, isLoad, address, size } of steps) {
        cycle += wait
        const start = address - (address % size)
        const bytes = new Set(Array.from({ length: size }, (_, index) => start + index))
        if (isLoad) reads.add(cycle)
        drainTo(isLoad ? cycle + 1 : cycle)
        if (isLoad) {
          const overlaps = naive.some((store) => [...store.bytes].some((byte) => bytes.has(byte)))
          expect(stores.read(start, size, cycle)).toBe(overlaps)
        } else {
          if (naive.length >= 3) naive.shift()
          naive.push({ bytes, word: start >> 3, ready: cycle + 2 })
          stores.push(start, size, cycle, cycle + 2, false)
        }
      }
    }),
  )
})
