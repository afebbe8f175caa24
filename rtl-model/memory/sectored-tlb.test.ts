import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import type { TlbEntry } from './tlb.ts'
import { SectoredTlb } from './tlb.ts'

const tlb = () => new SectoredTlb(new RegionAllocator(new ArrayBuffer(1 << 14)), 32, { sectors: 4, superpages: 4 })
const page = (vpn: number, more: Partial<TlbEntry> = {}): TlbEntry => ({
  vpn,
  level: 0,
  asid: 0,
  global: false,
  ppn: BigInt(vpn) + 0x8_0000n,
  flags: 0xcf,
  rights: 7,
  uniform: true,
  ...more,
})
const va = (vpn: number): bigint => BigInt(vpn) << 12n

test('neighbouring pages share an entry, and each is valid by itself', () => {
  const unit = tlb()
  unit.insert(page(5))
  expect(unit.peek(va(4), 0)).toBe(-1)
  const first = unit.insert(page(4))
  expect(unit.peek(va(5), 0)).toBe(first + 1)
  for (let group = 1; group < 8; group++) unit.insert(page(4 * group + 64))
  expect(unit.peek(va(5), 0)).toBe(first + 1)
  expect(unit.peek(va(4), 0)).toBe(first)
})

test('a ninth group of pages takes the place of a whole entry, not the one used last', () => {
  const unit = tlb()
  for (let group = 0; group < 8; group++)
    for (let sector = 0; sector < 4; sector++) unit.insert(page(8 * group + sector))
  unit.lookup(va(1), 0)
  unit.insert(page(4000))
  const kept = Array.from({ length: 8 }, (_, group) => unit.peek(va(8 * group), 0) >= 0)
  expect(kept.filter(Boolean).length).toBe(7)
  expect(kept[0]).toBe(true)
})

test('superpages have entries of their own', () => {
  const unit = tlb()
  for (let group = 0; group < 8; group++) unit.insert(page(4 * group))
  for (let giga = 1; giga <= 5; giga++) unit.insert(page(giga << 18, { level: 2 }))
  for (let group = 0; group < 8; group++) expect(unit.peek(va(4 * group), 0)).toBeGreaterThanOrEqual(0)
  const held = [1, 2, 3, 4, 5].filter((giga) => unit.peek(va((giga << 18) + 77), 0) >= 0)
  expect(held.length).toBe(4)
  expect(held).toContain(5)
})

test('pages of two address spaces, or global and not, never share an entry', () => {
  const unit = tlb()
  unit.insert(page(4, { asid: 1 }))
  unit.insert(page(5, { asid: 2 }))
  unit.insert(page(6, { asid: 2, global: true }))
  expect(unit.peek(va(4), 2)).toBe(-1)
  expect(unit.peek(va(5), 1)).toBe(-1)
  expect(unit.entry(unit.peek(va(6), 9))?.global).toBe(true)
})

test('SFENCE.VMA of an address space takes its pages and superpages, and leaves global and other ones (4.2.1)', () => {
  const fill = () => {
    const unit = tlb()
    for (const asid of [1, 2]) {
      unit.insert(page(4, { asid }))
      unit.insert(page(5, { asid }))
      unit.insert(page((asid << 18) * 8, { asid, level: 2 }))
    }
    unit.insert(page(8, { asid: 1, global: true }))
    const held = () => ({
      pages: [1, 2].map((asid) => [4, 5].map((vpn) => unit.peek(va(vpn), asid) >= 0)),
      superpages: [1, 2].map((asid) => unit.peek(va((asid << 18) * 8 + 99), asid) >= 0),
      global: unit.peek(va(8), 9) >= 0,
    })
    return { unit, held }
  }
  const whole = fill()
  whole.unit.flush(undefined, 1)
  expect(whole.held()).toEqual({
    pages: [
      [false, false],
      [true, true],
    ],
    superpages: [false, true],
    global: true,
  })
  const one = fill()
  one.unit.flush(va(5), 2)
  one.unit.flush(va(8), 1)
  expect(one.held()).toEqual({
    pages: [
      [true, true],
      [true, false],
    ],
    superpages: [true, true],
    global: true,
  })
})

test('any sequence of insertions and flushes answers only what was inserted last and not flushed since', () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ insert: fc.integer({ min: 0, max: 63 }), asid: fc.integer({ min: 0, max: 1 }) }),
    },
    fc.record({
      flush: fc.option(fc.integer({ min: 0, max: 63 }), { nil: undefined }),
      asid: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
    }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const unit = tlb()
      const naive = new Map<string, bigint>()
      let stamp = 0n
      for (const step of steps) {
        if ('flush' in step) {
          unit.flush(step.flush === undefined ? undefined : va(step.flush), step.asid)
          for (const key of naive.keys()) {
            const [vpn, asid] = key.split(' ').map(Number)
            if (vpn === (step.flush ?? vpn) && asid === (step.asid ?? asid)) naive.delete(key)
          }
        } else if (unit.peek(va(step.insert), step.asid) < 0) {
          stamp++
          unit.insert(page(step.insert, { asid: step.asid, ppn: stamp }))
          naive.set(`${step.insert} ${step.asid}`, stamp)
          expect(unit.entry(unit.peek(va(step.insert), step.asid))?.ppn).toBe(stamp)
        }
        for (let vpn = 0; vpn < 64; vpn++) {
          for (const asid of [0, 1]) {
            const found = unit.entry(unit.peek(va(vpn), asid))
            if (found !== undefined) expect(found.ppn).toBe(naive.get(`${vpn} ${asid}`))
          }
        }
      }
    }),
    { numRuns: 40 },
  )
})
