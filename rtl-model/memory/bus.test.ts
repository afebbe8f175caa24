import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { presets } from '../core/config.ts'
import { PAGE_BYTES, RegionAllocator } from '../core/state.ts'
import type { Device } from '../devices/device.ts'
import { Bus, ROM_BASE, ROM_BYTES } from './bus.ts'

const RAM = 0x8000_0000n
const RAM_BYTES = 0x1_0000
const RAM_OFFSET = 0x2_0000
const RAM_END = RAM + BigInt(RAM_BYTES)
const ROM_END = ROM_BASE + BigInt(ROM_BYTES)
const SIZES = [1, 2, 4, 8] as const

const newBus = (): Bus => {
  const allocator = new RegionAllocator(new ArrayBuffer(RAM_OFFSET + RAM_BYTES), 0, RAM_OFFSET)
  return new Bus(allocator, { ...presets.default, ramBase: RAM, ramBytes: RAM_BYTES }, RAM_OFFSET)
}

const anySize = fc.constantFrom(...SIZES)
const anyValue = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
const ramOffset = fc.integer({ min: 0, max: RAM_BYTES - 8 })

/** A device that answers with what it was asked. */
function probe(base: bigint, size: bigint) {
  const asked: unknown[] = []
  const device: Device = {
    name: 'probe',
    base,
    size,
    load(offset, bytes) {
      asked.push(['load', offset, bytes])
      return offset === 0xe0 ? undefined : 5n
    },
    store(offset, bytes, value) {
      asked.push(['store', offset, bytes, value])
      return offset !== 0xe0
    },
  }
  return { device, asked }
}

describe('RAM', () => {
  test('loads what stores left, little-endian and zero-extended, as an array of bytes does', () => {
    const access = fc.record({ offset: ramOffset, size: anySize, value: anyValue, stores: fc.boolean() })
    fc.assert(
      fc.property(fc.array(access), (accesses) => {
        const bus = newBus()
        const naive = new Map<number, bigint>()
        for (const { offset, size, value, stores } of accesses) {
          const pa = RAM + BigInt(offset)
          if (stores) {
            expect(bus.store(pa, size, value)).toBe(true)
            for (let byte = 0; byte < size; byte++) naive.set(offset + byte, (value >> BigInt(8 * byte)) & 255n)
          }
          let expected = 0n
          for (let byte = size - 1; byte >= 0; byte--) expected = (expected << 8n) | (naive.get(offset + byte) ?? 0n)
          expect(bus.load(pa, size)).toBe(expected)
        }
      }),
    )
  })

  test.each(SIZES)('an access of %i bytes reaches the last byte, and not beyond', (size) => {
    const bus = newBus()
    const last = RAM_END - BigInt(size)
    expect(bus.store(last, size, 1n)).toBe(true)
    expect(bus.load(last, size)).toBe(1n)
    for (const pa of [last + 1n, RAM - 1n, RAM_END]) {
      expect(bus.load(pa, size)).toBeUndefined()
      expect(bus.store(pa, size, 1n)).toBe(false)
      expect(bus.memoryOffset(pa, size)).toBe(-1)
    }
  })

  test('what a loader writes is read back, and must fit', () => {
    const bus = newBus()
    const bytes = Uint8Array.of(1, 2, 3)
    bus.write(RAM_END - 3n, bytes)
    expect(bus.read(RAM_END - 3n, 3)).toEqual(bytes)
    expect(bus.load(RAM_END - 4n, 4)).toBe(0x03_02_01_00n)
    expect(() => bus.write(RAM_END - 2n, bytes)).toThrow('no memory at 0x8000fffe for 3 bytes')
    expect(() => bus.read(RAM - 1n, 1)).toThrow(RangeError)
  })

  test('what was read is a copy', () => {
    const bus = newBus()
    bus.read(RAM, 8).fill(1)
    expect(bus.load(RAM, 8)).toBe(0n)
  })
})

describe('boot ROM', () => {
  test('is where Spike and QEMU have it, and read-only for the hart', () => {
    const bus = newBus()
    bus.write(0x1000n, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
    expect(bus.load(0x1000n, 8)).toBe(0x0807_0605_0403_0201n)
    expect(bus.load(0x1002n, 2)).toBe(0x0403n)
    expect(bus.store(0x1000n, 8, 0n)).toBe(false)
    expect(bus.load(0x1000n, 1)).toBe(1n)
  })

  test('ends at 64 KiB', () => {
    const bus = newBus()
    expect(bus.load(ROM_END - 8n, 8)).toBe(0n)
    for (const pa of [ROM_END - 7n, ROM_BASE - 1n]) expect(bus.load(pa, 8)).toBeUndefined()
  })

  test('is not part of the pages that snapshots copy', () => {
    const bus = newBus()
    bus.write(ROM_BASE, Uint8Array.of(1))
    expect(bus.takeWritten()).toEqual([])
  })
})

describe('devices', () => {
  test('get the offset from their base, the size and the value', () => {
    const bus = newBus()
    const { device, asked } = probe(0x1000_0000n, 0x100n)
    bus.devices.push(device)
    expect(bus.load(0x1000_0010n, 4)).toBe(5n)
    expect(bus.store(0x1000_0020n, 2, 0x1234n)).toBe(true)
    expect(asked).toEqual([
      ['load', 0x10, 4],
      ['store', 0x20, 2, 0x1234n],
    ])
  })

  test('an error that a device answers is an access fault', () => {
    const bus = newBus()
    bus.devices.push(probe(0x1000_0000n, 0x100n).device)
    expect(bus.load(0x1000_00e0n, 4)).toBeUndefined()
    expect(bus.store(0x1000_00e0n, 4, 1n)).toBe(false)
  })

  test('are not asked for an access that lies only partly in their range', () => {
    const bus = newBus()
    const { device, asked } = probe(0x1000_0000n, 0x100n)
    bus.devices.push(device)
    for (const pa of [0x0fff_fffen, 0x1000_00fen]) {
      expect(bus.load(pa, 4)).toBeUndefined()
      expect(bus.store(pa, 4, 1n)).toBe(false)
    }
    expect(asked).toEqual([])
  })

  test('where nothing is, an access is a fault', () => {
    const bus = newBus()
    expect(bus.load(0n, 1)).toBeUndefined()
    expect(bus.store((1n << 56n) - 8n, 8, 1n)).toBe(false)
  })
})

describe('pages written', () => {
  test('are those that a store or a loader touched since they were taken, each once', () => {
    const write = fc.record({ offset: ramOffset, size: anySize })
    const load = fc.record({ offset: ramOffset, bytes: fc.integer({ min: 0, max: 3 * PAGE_BYTES }) })
    fc.assert(
      fc.property(fc.array(fc.oneof(write, load, fc.constant('take' as const))), (operations) => {
        const bus = newBus()
        let naive = new Set<number>()
        const mark = (offset: number, bytes: number) => {
          for (let byte = offset; byte < offset + bytes; byte++) naive.add(Math.floor(byte / PAGE_BYTES))
        }
        const take = () => {
          expect(bus.takeWritten().sort((a, b) => a - b)).toEqual([...naive].sort((a, b) => a - b))
          naive = new Set()
        }
        for (const operation of operations) {
          if (operation === 'take') {
            take()
          } else if ('size' in operation) {
            bus.store(RAM + BigInt(operation.offset), operation.size, 1n)
            mark(operation.offset, operation.size)
          } else {
            const bytes = Math.min(operation.bytes, RAM_BYTES - operation.offset)
            bus.write(RAM + BigInt(operation.offset), new Uint8Array(bytes))
            mark(operation.offset, bytes)
          }
        }
        take()
      }),
      { numRuns: 50 },
    )
  })

  test('are empty once they were taken', () => {
    const bus = newBus()
    bus.store(RAM + 0x2abcn, 1, 1n)
    expect(bus.takeWritten()).toEqual([2])
    expect(bus.takeWritten()).toEqual([])
  })
})

describe('a watch', () => {
  test('is told the whole word after each store that touches it, and of no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), anySize, anyValue, (offset, size, value) => {
        const bus = newBus()
        const told: bigint[] = []
        bus.watch({ pa: RAM + 16n, size: 8, written: (word) => told.push(word) })
        bus.store(RAM + BigInt(offset), size, value)
        const touches = offset < 24 && offset + size > 16
        expect(told).toEqual(touches ? [bus.load(RAM + 16n, 8)] : [])
      }),
    )
  })

  test('keeps stores to its page, and to no other, off the fast path', () => {
    const bus = newBus()
    bus.watch({ pa: RAM + 0x2ff8n, size: 8, written() {} })
    expect([0x1fffn, 0x2000n, 0x2fffn, 0x3000n].map((offset) => bus.watchesPage(RAM + offset))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  test('may itself store, and is told of that too', () => {
    const bus = newBus()
    const told: bigint[] = []
    bus.watch({
      pa: RAM,
      size: 8,
      written(word) {
        told.push(word)
        if (word !== 0n) bus.store(RAM, 8, 0n)
      },
    })
    bus.store(RAM, 8, 7n)
    expect(told).toEqual([7n, 0n])
  })
})

test('a line is copied out of RAM or ROM, which tells whether it was another', () => {
  const allocator = new RegionAllocator(new ArrayBuffer(RAM_OFFSET + RAM_BYTES), 0, RAM_OFFSET)
  const bus = new Bus(allocator, { ...presets.default, ramBytes: RAM_BYTES }, RAM_OFFSET)
  const region = allocator.allocate(256)
  bus.write(RAM + 64n, Uint8Array.of(1, 2, 3))
  bus.write(ROM_BASE, Uint8Array.of(4, 5))
  expect([1, 2].map(() => bus.copyLine(RAM + 64n, region, 128, 64))).toEqual([true, false])
  bus.copyLine(ROM_BASE, region, 0, 64)
  expect([...region.u8.subarray(128, 132)]).toEqual([1, 2, 3, 0])
  expect([...region.u8.subarray(0, 3)]).toEqual([4, 5, 0])
  expect(region.u8.subarray(64, 128).every((byte) => byte === 0)).toBe(true)
})
