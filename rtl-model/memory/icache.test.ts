import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { presets } from '../core/config.ts'
import { RegionAllocator } from '../core/state.ts'
import { Bus, ROM_BASE } from './bus.ts'
import { createInstructionCache, LINE_BYTES } from './icache.ts'

const RAM_BYTES = 0x1_0000
const RAM_OFFSET = 0x4_0000

function cacheOf(sets: number, ways: number, ramBase = 0x8000_0000n) {
  const config = { ...presets.default, ramBase, ramBytes: RAM_BYTES, icacheSets: sets, icacheWays: ways }
  const allocator = new RegionAllocator(new ArrayBuffer(RAM_OFFSET + RAM_BYTES), 0, RAM_OFFSET)
  const bus = new Bus(allocator, config, RAM_OFFSET)
  const cache = createInstructionCache(allocator, config, bus)
  /** First byte of the line that the cache has for `pa`, brought in if need be. */
  const fetch = (pa: bigint): number => {
    const hit = cache.lookup(pa)
    return cache.data.u8[(hit < 0 ? cache.fill(pa) : hit) * LINE_BYTES]
  }
  return { bus, cache, fetch, ramBase }
}

describe('what is in the cache (unprivileged specification, chapter 5)', () => {
  test('nothing, at reset', () => {
    const { cache, ramBase } = cacheOf(4, 2)
    for (let line = 0n; line < 16n; line++) expect(cache.lookup(ramBase + line * 64n)).toBe(-1)
  })

  test('a line found by each of its addresses, with the bytes of memory', () => {
    const { bus, cache, ramBase } = cacheOf(4, 2)
    const bytes = Uint8Array.from({ length: 64 }, (_, index) => index)
    bus.write(ramBase + 128n, bytes)
    const line = cache.fill(ramBase + 130n)
    for (const offset of [128n, 130n, 191n]) expect(cache.lookup(ramBase + offset)).toBe(line)
    for (const offset of [127n, 192n]) expect(cache.lookup(ramBase + offset)).toBe(-1)
    expect(cache.data.u8.slice(line * LINE_BYTES, (line + 1) * LINE_BYTES)).toEqual(bytes)
  })

  test('a line of the boot ROM, apart from one of RAM in the same set', () => {
    const { bus, cache, ramBase } = cacheOf(4, 2)
    bus.write(ROM_BASE, Uint8Array.of(7))
    const rom = cache.fill(ROM_BASE)
    const ram = cache.fill(ramBase)
    expect(rom).not.toBe(ram)
    expect(cache.data.u8[rom * LINE_BYTES]).toBe(7)
    expect(cache.lookup(ROM_BASE)).toBe(rom)
  })

  test('stays as it was when memory changes, until the cache is flushed', () => {
    const { bus, cache, fetch, ramBase } = cacheOf(4, 2)
    bus.store(ramBase, 1, 1n)
    expect(fetch(ramBase)).toBe(1)
    bus.store(ramBase, 1, 2n)
    expect(fetch(ramBase)).toBe(1)
    cache.flush()
    expect(cache.lookup(ramBase)).toBe(-1)
    expect(fetch(ramBase)).toBe(2)
  })

  test('stays as it was until another line takes its place', () => {
    const { bus, fetch, ramBase } = cacheOf(4, 1)
    bus.store(ramBase, 1, 1n)
    fetch(ramBase)
    bus.store(ramBase, 1, 2n)
    for (const line of [1n, 2n, 3n]) fetch(ramBase + line * 64n)
    expect(fetch(ramBase)).toBe(1)
    fetch(ramBase + 4n * 64n)
    expect(fetch(ramBase)).toBe(2)
  })

  test.each([0x8000_0000n, 1n << 40n, (1n << 56n) - 0x8000_0000n])('is found again with RAM at 0x%s', (ramBase) => {
    const { cache } = cacheOf(4, 2, ramBase)
    const pa = ramBase + 0xffc0n
    const line = cache.fill(pa)
    expect(cache.lookup(pa)).toBe(line)
    expect(cache.lookup(pa - 0x4000n)).toBe(-1)
  })
})

describe('sets and ways', () => {
  test('what is there is what a naive list of the lines in each set says, whatever was fetched and stored', () => {
    const operation = fc.record({
      kind: fc.constantFrom('fetch', 'fetch', 'fetch', 'store', 'flush', 'drop'),
      line: fc.integer({ min: 0, max: 31 }),
      bytes: fc.integer({ min: 1, max: 3 * LINE_BYTES }),
    })
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 8),
        fc.constantFrom(1, 2, 4),
        fc.array(operation, { maxLength: 200 }),
        (sets, ways, operations) => {
          const { bus, cache, fetch, ramBase } = cacheOf(sets, ways)
          /** Of each set, the lines in it with the byte that they came in with. */
          const naive = Array.from({ length: sets }, () => new Map<number, number>())
          let stored = 0
          for (const { kind, line, bytes } of operations) {
            const pa = ramBase + BigInt(line * LINE_BYTES)
            const set = naive[line % sets]
            if (kind === 'flush') {
              cache.flush()
              for (const lines of naive) lines.clear()
            } else if (kind === 'drop') {
              const last = line + Math.floor((7 + bytes - 1) / LINE_BYTES)
              let any = false
              for (let other = line; other <= last; other++) any = naive[other % sets].delete(other) || any
              expect(cache.drop(pa + 7n, bytes)).toBe(any)
            } else if (kind === 'store') {
              bus.store(pa, 1, BigInt(++stored & 255))
            } else {
              const missing = !set.has(line)
              expect(cache.lookup(pa) < 0).toBe(missing)
              expect(fetch(pa)).toBe(missing ? Number(bus.load(pa, 1)) : set.get(line))
              if (missing) {
                set.set(line, Number(bus.load(pa, 1)))
                const gone = [...set.keys()].filter((other) => cache.lookup(ramBase + BigInt(other * 64)) < 0)
                expect(gone.length).toBe(set.size > ways ? 1 : 0)
                expect(gone).not.toContain(line)
                for (const other of gone) set.delete(other)
              }
            }
          }
        },
      ),
    )
  })

  test('in a full set, every way is replaced sooner or later', () => {
    const { cache, ramBase } = cacheOf(1, 4)
    const replaced = new Set<number>()
    for (let line = 0n; line < 64n; line++) replaced.add(cache.fill(ramBase + line * 64n))
    expect([...replaced].sort()).toEqual([0, 1, 2, 3])
  })

  test('which way is replaced is state: the same again after the state is put back', () => {
    const { cache, ramBase } = cacheOf(1, 4)
    for (let line = 0n; line < 9n; line++) cache.fill(ramBase + line * 64n)
    const state = new Uint8Array(cache.data.u8.buffer).slice()
    const fill = () => Array.from({ length: 40 }, (_, line) => cache.fill(ramBase + BigInt(line) * 128n))
    const once = fill()
    new Uint8Array(cache.data.u8.buffer).set(state)
    expect(fill()).toEqual(once)
  })
})

describe('the number of a fill', () => {
  test('is never the same for two contents, also where the state was put back between them', () => {
    const { bus, cache, ramBase } = cacheOf(1, 1)
    const state = new Uint8Array(cache.data.u8.buffer).slice(0, RAM_OFFSET)
    const numbers: number[] = []
    for (let time = 0; time < 3; time++) {
      for (const line of [0n, 1n]) {
        bus.store(ramBase + line * 64n + 63n, 1, BigInt(1 + numbers.length))
        numbers.push(cache.fillNumber(cache.fill(ramBase + line * 64n)))
      }
      new Uint8Array(cache.data.u8.buffer).set(state)
    }
    expect(new Set(numbers).size).toBe(6)
  })

  test('is the same where the line comes back as it was, and not 0 even where it is all zeros', () => {
    const { bus, cache, ramBase } = cacheOf(1, 1)
    const number = () => cache.fillNumber(cache.fill(ramBase))
    const first = number()
    expect(first).not.toBe(0)
    cache.flush()
    expect(number()).toBe(first)
    bus.store(ramBase + 63n, 1, 1n)
    cache.flush()
    expect(number()).not.toBe(first)
  })
})

test('a replacement is counted where a line gives way to another, and not where its place was empty', () => {
  const { cache, ramBase } = cacheOf(1, 2)
  for (const line of [0n, 1n]) cache.fill(ramBase + line * 64n)
  expect(cache.replacements).toBe(0)
  cache.fill(ramBase + 128n)
  expect(cache.replacements).toBe(1)
  cache.flush()
  cache.fill(ramBase)
  expect(cache.replacements).toBe(1)
})
