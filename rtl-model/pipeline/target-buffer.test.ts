import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { PseudoLru } from '../memory/pseudo-lru.ts'
import { cfiType, TargetBuffer } from './target-buffer.ts'

const buffer = (entries = 4, pages = 6) =>
  new TargetBuffer(new RegionAllocator(new ArrayBuffer(1 << 16)), entries, pages)
const place = (low: number, high = 0, half = 1) => [low + 2 * half, high] as const

test('a packet that was written is found with its target, and no other packet', () => {
  const unit = buffer()
  unit.write(4, ...place(0x8000_1000 | 0), cfiType.jump, 0x8000_2004 | 0, 0, 1)
  unit.lookup(0x8000_1000 | 0, 0, 10)
  expect(unit.entry).toBeGreaterThanOrEqual(0)
  expect([unit.targetLow >>> 0, unit.half, unit.isBranch]).toEqual([0x8000_2004, 1, false])
  unit.lookup(0x8000_1004 | 0, 0, 11)
  expect(unit.entry).toBe(-1)
})

test('an upper half of an address is told from another: 39 bits, sign-extended', () => {
  const unit = buffer()
  unit.write(4, ...place(0x1000, -1), cfiType.jump, 0x2000, -1, 1)
  unit.lookup(0x1000, 0, 10)
  expect(unit.entry).toBe(-1)
  unit.lookup(0x1000, -1, 10)
  expect(unit.entry).toBeGreaterThanOrEqual(0)
  expect([unit.targetLow, unit.targetHigh]).toEqual([0x2000, -1])
})

test('a look-up in the cycle after a write finds what was there before, and the next one what was written', () => {
  const unit = buffer()
  unit.write(0, ...place(0x1000), cfiType.jump, 0x3000, 0, 1)
  unit.write(0, ...place(0x2000), cfiType.jump, 0x3000, 0, 10)
  unit.lookup(0x1000, 0, 11)
  expect(unit.entry).toBe(0)
  unit.lookup(0x1000, 0, 12)
  expect(unit.entry).toBe(-1)
  unit.lookup(0x2000, 0, 13)
  expect(unit.entry).toBe(0)
})

test('an entry is empty two cycles after it was told to be', () => {
  const unit = buffer()
  unit.write(0, ...place(0x1000), cfiType.jump, 0x3000, 0, 1)
  unit.invalidate(0, 10)
  unit.lookup(0x1000, 0, 11)
  expect(unit.entry).toBe(0)
  unit.lookup(0x1000, 0, 12)
  expect(unit.entry).toBe(-1)
})

test('two entries of one packet answer with the bits of both, all through one cycle, and are gone', () => {
  const unit = buffer()
  unit.write(1, ...place(0x1000, 0, 0), cfiType.branch, 0x2004, 0, 1)
  unit.write(2, ...place(0x1000, 0, 1), cfiType.return, 0x2010, 0, 5)
  for (let looked = 0; looked < 2; looked++) {
    unit.lookup(0x1000, 0, 10)
    expect([unit.entry, unit.targetLow, unit.half, unit.isBranch, unit.isReturn]).toEqual([3, 0x2014, 1, true, true])
  }
  unit.lookup(0x1000, 0, 11)
  expect(unit.entry).toBe(-1)
})

test('two entries that share 14 bits of their packets are or-ed with their pages, and are gone', () => {
  const unit = buffer()
  unit.write(0, ...place(0x1000), cfiType.jump, 0x1000, 0, 1)
  unit.write(1, ...place(0x5000), cfiType.jump, 0x5000, 0, 2)
  unit.write(2, ...place(0x9010), cfiType.jump, 0x9010, 0, 3)
  // Pages 0 and 1, counted from 1, make the number of the third.
  unit.lookup(0x9000, 0, 10)
  expect(unit.entry).toBe(1)
  unit.lookup(0x9010, 0, 11)
  expect(unit.entry).toBe(2)
  unit.restored()
  for (const low of [0x9000, 0x1000, 0x5000]) {
    unit.lookup(low, 0, 12)
    expect(unit.entry).toBe(-1)
  }
})

test('more pages than the table holds take the place of older ones, and their entries are found no more', () => {
  const unit = buffer(8, 2)
  for (let page = 0; page < 3; page++) {
    const low = (page << 14) | (page << 4)
    unit.write(page, ...place(low), cfiType.jump, low, 0, page * 10)
  }
  const found = [0, 1, 2].map((page) => {
    unit.lookup((page << 14) | (page << 4), 0, 100)
    return unit.entry
  })
  expect(found).toEqual([-1, 1, 2])
})

interface Entry {
  low: number
  half: number
  type: number
  target: number
}

/** One look-up and perhaps one write in each cycle, of a list in which what is written shows when its time has come. */
class NaiveBuffer {
  readonly list: (Entry | undefined)[]
  readonly lru: PseudoLru
  word = 0
  waiting: { visible: number; way: number; entry: Entry | undefined }[] = []

  constructor(entries: number) {
    this.list = Array.from({ length: entries }, () => undefined)
    this.lru = new PseudoLru(entries)
  }

  lookup(low: number, now: number) {
    for (const { visible, way, entry } of this.waiting) if (visible <= now) this.list[way] = entry
    this.waiting = this.waiting.filter(({ visible }) => visible > now)
    const ways = [...this.list.keys()].filter((way) => this.list[way]?.low === low)
    const entries = ways.flatMap((way) => this.list[way] ?? [])
    if (ways.length > 1) for (const way of ways) this.list[way] = undefined
    if (entries.length === 0) return undefined
    const or = (numbers: number[]) => numbers.reduce((sum, number) => sum | number, 0)
    return [
      or(ways),
      or(entries.map(({ target }) => target)),
      or(entries.map(({ half }) => half)),
      entries.some(({ type }) => type === cfiType.branch),
      entries.some(({ type }) => type === cfiType.return),
    ]
  }

  update(way: number, entry: Entry | undefined, now: number): void {
    const chosen = way < this.list.length ? way : this.lru.victim(this.word)
    this.word = this.lru.used(this.word, chosen)
    this.waiting.push({ visible: now + 2, way: chosen, entry })
  }
}

test('any sequence of look-ups, uses, writes and invalidations finds what a list with a replacement tree has', () => {
  const entry = fc.record({
    low: fc.constantFrom(0x1000, 0x1004, 0x1008),
    half: fc.constantFrom(0, 1),
    type: fc.constantFrom(...Object.values(cfiType)),
    // Few, so that an entry is written that differs little from the one that is there.
    target: fc.constantFrom(0x2000, 0x2014),
  })
  const step = fc.record({
    entry,
    low: fc.constantFrom(0x1000, 0x1004, 0x1008, 0x100c, 0x1010, 0x1014),
    // Beyond the entries: what replacement gives.
    way: fc.integer({ min: 0, max: 15 }),
    action: fc.constantFrom('look', 'use', 'write', 'write', 'invalidate'),
    cycles: fc.integer({ min: 1, max: 3 }),
  })
  const runs = fc.record({ entries: fc.constantFrom(4, 7), steps: fc.array(step, { maxLength: 80 }) })
  fc.assert(
    fc.property(runs, ({ entries, steps }) => {
      const unit = buffer(entries)
      const naive = new NaiveBuffer(entries)
      let now = 10
      for (const { entry, low, way, action, cycles } of steps) {
        now += cycles
        unit.lookup(low, 0, now)
        const found = naive.lookup(low, now)
        const { entry: at, targetLow, half, isBranch, isReturn } = unit
        expect(at < 0 ? undefined : [at, targetLow, half, isBranch, isReturn]).toEqual(found)
        if (action === 'use' && found !== undefined) {
          unit.used()
          naive.word = naive.lru.used(naive.word, at)
        } else if (action === 'write') {
          unit.write(way, ...place(entry.low, 0, entry.half), entry.type, entry.target, 0, now)
          naive.update(way, entry, now)
        } else if (action === 'invalidate') {
          unit.invalidate(way, now)
          naive.update(way, undefined, now)
        }
      }
    }),
  )
})
