import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { Clint } from './clint.ts'
import { RecordedLines } from './recorded-lines.ts'

const MTIMECMP = 0x4000
const MTIME = 0xbff8
const MSIP = 3
const MTIP = 7

function build(cyclesPerTick = 100n) {
  const allocator = new RegionAllocator(new ArrayBuffer(4096))
  const lines = new RecordedLines()
  const clock = { now: 0n }
  const clint = new Clint(allocator, lines, () => clock.now, cyclesPerTick)
  return { clint, lines, clock, allocator }
}

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
const access = fc
  .constantFrom(1, 2, 4, 8)
  .chain((size) => fc.record({ size: fc.constant(size), byte: fc.nat(8 / size - 1).map((index) => index * size) }))

describe('mtime and mtimecmp (privileged specification, 3.2.1)', () => {
  test('mtime counts once in cyclesPerTick cycles', () => {
    const { clint, clock } = build(100n)
    clock.now = 1099n
    expect(clint.time()).toBe(10n)
    clock.now = 1100n
    expect(clint.load(MTIME, 8)).toBe(11n)
  })

  test('mtime goes on counting from what was stored to it', () => {
    const { clint, clock } = build(10n)
    clock.now = 57n
    clint.store(MTIME, 8, 1000n)
    expect(clint.time()).toBe(1000n)
    clock.now = 60n
    expect(clint.time()).toBe(1001n)
  })

  test('mtime wraps around after 64 bits', () => {
    const { clint, clock } = build(1n)
    clint.store(MTIME, 8, (1n << 64n) - 1n)
    clock.now = 2n
    expect(clint.time()).toBe(1n)
  })

  test('a store of part of a register leaves its other bytes, and a load of part reads those bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(MTIMECMP, MTIME), u64, u64, access, access, (register, old, value, write, read) => {
        const { clint } = build()
        clint.store(register, 8, old)
        clint.store(register + write.byte, write.size, value)
        const bytes = new DataView(new ArrayBuffer(16))
        bytes.setBigUint64(0, old, true)
        for (let i = 0; i < write.size; i++) bytes.setUint8(write.byte + i, Number((value >> BigInt(8 * i)) & 255n))
        let expected = 0n
        for (let i = read.size - 1; i >= 0; i--) expected = (expected << 8n) | BigInt(bytes.getUint8(read.byte + i))
        expect(clint.load(register + read.byte, read.size)).toBe(expected)
      }),
    )
  })

  test('MTIP is up exactly while mtime is at or above mtimecmp, compared without sign', () => {
    fc.assert(
      fc.property(u64, u64, (time, compare) => {
        const { clint, lines } = build()
        clint.store(MTIME, 8, time)
        clint.store(MTIMECMP, 8, compare)
        expect(lines.level(MTIP)).toBe(time >= compare)
      }),
    )
  })

  test('the timer interrupt is pending at reset, as in Spike', () => {
    const { clint, lines } = build()
    clint.update()
    expect(lines.level(MTIP)).toBe(true)
    expect(clint.nextEvent()).toBeUndefined()
  })

  test('nextEvent is the first clock value at which update raises MTIP', () => {
    const small = fc.bigInt({ min: 0n, max: 1000n })
    fc.assert(
      fc.property(small, small, small, fc.bigInt({ min: 1n, max: 7n }), (now, time, ahead, cyclesPerTick) => {
        const { clint, lines, clock } = build(cyclesPerTick)
        clock.now = now
        clint.store(MTIME, 8, time)
        clint.store(MTIMECMP, 8, time + ahead)
        const due = clint.nextEvent()
        if (ahead === 0n) {
          expect(due).toBeUndefined()
          return
        }
        clock.now = due! - 1n
        clint.update()
        expect(lines.level(MTIP)).toBe(false)
        clock.now = due!
        clint.update()
        expect(lines.level(MTIP)).toBe(true)
      }),
    )
  })

  test('there is no next event when mtimecmp is beyond the end of the clock', () => {
    const { clint } = build(100n)
    clint.store(MTIMECMP, 8, (1n << 64n) - 1n)
    expect(clint.nextEvent()).toBeUndefined()
  })
})

describe('msip', () => {
  test('bit 0 drives MSIP, and the other bits read as zero', () => {
    const { clint, lines } = build()
    clint.store(0, 4, 0xffff_ffffn)
    expect(lines.level(MSIP)).toBe(true)
    expect(clint.load(0, 4)).toBe(1n)
    clint.store(0, 4, 0xffff_fffen)
    expect(lines.level(MSIP)).toBe(false)
    expect(clint.load(0, 4)).toBe(0n)
  })

  test('stores to its upper bytes are ignored', () => {
    const { clint, lines } = build()
    clint.store(1, 1, 1n)
    clint.store(2, 2, 1n)
    expect(lines.level(MSIP)).toBe(false)
  })

  test('a doubleword access reaches hart 0 in its low half', () => {
    const { clint } = build()
    clint.store(0, 8, 0x1_0000_0001n)
    expect(clint.load(0, 8)).toBe(1n)
  })
})

test('the registers of other harts and the gaps read as zero and ignore writes', () => {
  const { clint, lines } = build()
  for (const offset of [0x4, 0x3ff8, MTIMECMP + 8, 0xbff0, 0xc000, 0xb_fff8]) {
    expect(clint.store(offset, 4, 0xffff_ffffn)).toBe(true)
    expect(clint.load(offset, 4)).toBe(0n)
  }
  expect(lines.level(MSIP)).toBe(false)
  expect(clint.load(MTIMECMP, 8)).toBe(0n)
})

test('all state is in the region: restoring its bytes restores the device', () => {
  const { clint, clock, allocator } = build()
  clint.store(0, 4, 1n)
  clint.store(MTIMECMP, 8, 77n)
  clint.store(MTIME, 8, 55n)
  const saved = allocator.buffer.slice(0)
  clint.store(0, 4, 0n)
  clint.store(MTIMECMP, 8, 1n)
  clint.store(MTIME, 8, 2n)
  new Uint8Array(allocator.buffer).set(new Uint8Array(saved))
  clock.now = 100n
  expect([clint.load(0, 4), clint.load(MTIMECMP, 8), clint.load(MTIME, 8)]).toEqual([1n, 77n, 56n])
})
