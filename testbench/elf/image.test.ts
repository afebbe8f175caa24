import { describe, expect, test } from 'vitest'
import { InputError } from '../../traces/input-error.ts'
import { checkPlacement, symbolAddress, symbolAt } from './image.ts'
import { parseElf } from './read.ts'
import { label, type Segment, segment } from './sample.ts'
import { writeElf } from './write.ts'

describe('symbols', () => {
  const elf = parseElf(
    writeElf({
      entry: 0x1000n,
      segments: [segment(0x8000_0000n, [1, 2, 3, 4], { va: 0x1000n, memoryBytes: 0x100n })],
      symbols: [
        label('here', 0x1010n),
        { name: 'work', address: 0x1010n, size: 8n, kind: 'function' },
        { name: 'table', address: 0x1010n, size: 8n, kind: 'object' },
        label('later', 0x1080n),
        label('below', 0x10n),
      ],
    }),
    'x.elf',
  )

  test('are found by name', () => {
    expect(symbolAddress(elf, 'later')).toBe(0x1080n)
    expect(symbolAddress(elf, 'nowhere')).toBeUndefined()
  })

  test('the nearest one below an address is found, a function before others at its place', () => {
    expect(symbolAt(elf, 0x100fn)).toEqual({ name: 'below', offset: 0xfffn })
    expect(symbolAt(elf, 0x1010n)).toEqual({ name: 'work', offset: 0n })
    expect(symbolAt(elf, 0x107fn)).toEqual({ name: 'work', offset: 0x6fn })
    expect(symbolAt(elf, 0x10ffn)).toEqual({ name: 'later', offset: 0x7fn })
  })

  test('an address outside every segment has none', () => {
    expect(symbolAt(elf, 0xfffn)).toBeUndefined()
    expect(symbolAt(elf, 0x1100n)).toBeUndefined()
  })
})

describe('placement', () => {
  const ram = { base: 0x8000_0000n, size: 0x1000n }
  const devices = [{ name: 'uart16550', base: 0x8000_0800n, size: 0x100n }]
  const place = (...segments: Segment[]) => {
    const elf = parseElf(writeElf({ entry: 0n, segments, symbols: [] }), 'x.elf')
    return () => checkPlacement(elf, ram, devices)
  }

  test('segments that fill RAM up to its last byte and touch a device are accepted', () => {
    const { base } = ram
    expect(
      place(segment(base, [1], { memoryBytes: 0x800n }), segment(base + 0x900n, [1], { memoryBytes: 0x700n })),
    ).not.toThrow()
  })

  test('a segment outside RAM is refused with its index and addresses', () => {
    expect(place(segment(0x8000_0000n, [1]), segment(0x8000_0ffen, [1, 2, 3]))).toThrow(
      new InputError('x.elf: segment 1 at 0x80000ffe-0x80001000 is outside RAM at 0x80000000-0x80000fff'),
    )
    expect(place(segment(0x7fff_ffffn, [1, 2]))).toThrow(InputError)
  })

  test('a segment on a device is refused with both addresses', () => {
    expect(place(segment(0x8000_07ffn, [1, 2]))).toThrow(
      new InputError('x.elf: segment 0 at 0x800007ff-0x80000800 overlaps uart16550 at 0x80000800-0x800008ff'),
    )
  })

  test('the zeros after the bytes of the file count', () => {
    expect(place(segment(0x8000_0000n, [1], { memoryBytes: 0x801n }))).toThrow(InputError)
  })

  test('a segment on another is refused', () => {
    expect(place(segment(0x8000_0000n, [1, 2]), segment(0x8000_0001n, [3]))).toThrow(
      new InputError('x.elf: segment 1 at 0x80000001-0x80000001 overlaps segment 0 at 0x80000000-0x80000001'),
    )
  })
})
