import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../traces/input-error.ts'
import { checkPlacement, type ElfSegment, type ElfSymbol, symbolAddress, symbolAt } from './image.ts'
import { parseElf } from './read.ts'
import { writeElf } from './write.ts'

type Segment = Omit<ElfSegment, 'index'>

function segment(pa: bigint, bytes: readonly number[], extra: Partial<Segment> = {}): Segment {
  return { pa, va: pa, bytes: Uint8Array.from(bytes), memoryBytes: BigInt(bytes.length), flags: 5, ...extra }
}

function label(name: string, address: bigint): ElfSymbol {
  return { name, address, size: 0n, kind: 'label' }
}

/** A small executable: 4 bytes of text, 2 of data with 6 of zeros after them, and tohost in the data. */
const sample = {
  entry: 0x8000_0000n,
  segments: [segment(0x8000_0000n, [0x6f, 0, 0, 0]), segment(0x8000_1002n, [1, 2], { memoryBytes: 8n, flags: 6 })],
  symbols: [label('_start', 0x8000_0000n), label('tohost', 0x8000_1002n)],
}

// Where the sample has its symbol table, the section header of that and the one of the string table.
const SYMTAB = 0x2008
const SYMTAB_HEADER = 0x2190
const STRTAB_HEADER = 0x21d0

/** The sample with the bytes at `offset` replaced, or cut at `length`. */
function corrupted(change: { offset: number; bytes: number[] } | { length: number }): Uint8Array {
  const bytes = writeElf(sample)
  if ('length' in change) return bytes.subarray(0, change.length)
  bytes.set(change.bytes, change.offset)
  return bytes
}

function errorOf(bytes: Uint8Array): string {
  try {
    parseElf(bytes, 'x.elf')
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  return 'no error'
}

const word = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
const anySegment = fc
  .record({
    pa: word,
    va: word,
    bytes: fc.uint8Array({ maxLength: 64 }),
    zeros: fc.bigInt(0n, 1n << 40n),
    flags: fc.nat(7),
  })
  .map(({ zeros, ...rest }) => ({ ...rest, memoryBytes: BigInt(rest.bytes.length) + zeros }))
  .filter(({ memoryBytes }) => memoryBytes > 0n)
const anySymbol = fc.record({
  name: fc.string({ minLength: 1, unit: 'grapheme' }).filter((name) => !/^\.L|^\$|\0/.test(name)),
  address: word,
  size: word,
  kind: fc.constantFrom('label' as const, 'object' as const, 'function' as const),
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(word, fc.array(anySegment, { maxLength: 5 }), fc.array(anySymbol), (entry, segments, symbols) => {
      const elf = parseElf(writeElf({ entry, segments, symbols }), 'x.elf')
      expect(elf.entry).toBe(entry)
      expect(elf.segments).toEqual(segments.map((expected, index) => ({ index, ...expected })))
      expect(elf.symbols).toEqual(
        symbols.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0)),
      )
    }),
  )
})

test('a file is read wherever it lies in its buffer', () => {
  const file = writeElf(sample)
  const buffer = new Uint8Array(file.length + 7)
  buffer.set(file, 7)
  expect(parseElf(buffer.subarray(7), 'x.elf')).toEqual(parseElf(file, 'x.elf'))
})

test('in the file, segments lie at offsets that agree with their virtual addresses modulo 4096', () => {
  const file = writeElf(sample)
  const view = new DataView(file.buffer)
  for (const at of [64, 120])
    expect(view.getBigUint64(at + 8, true) % 4096n).toBe(view.getBigUint64(at + 16, true) % 4096n)
})

test('a segment cannot have more bytes than memory', () => {
  expect(() => writeElf({ ...sample, segments: [segment(0n, [1, 2], { memoryBytes: 1n })] })).toThrow(RangeError)
})

describe('a file that cannot be used is refused with its name and the place', () => {
  const cases: [string, Uint8Array, string][] = [
    ['empty', new Uint8Array(0), 'x.elf: offset 0x0: the file is empty'],
    ['not ELF', new TextEncoder().encode('#!/bin/sh\n'), 'x.elf: offset 0x0: not an ELF file'],
    [
      'header cut off',
      corrupted({ length: 63 }),
      'x.elf: offset 0x0: the ELF header needs 64 bytes, but the file ends at 0x3f',
    ],
    ['32-bit', corrupted({ offset: 4, bytes: [1] }), 'x.elf: offset 0x4: a 32-bit ELF file, expected 64-bit'],
    ['unknown class', corrupted({ offset: 4, bytes: [9] }), 'x.elf: offset 0x4: class 9 is unknown'],
    ['big-endian', corrupted({ offset: 5, bytes: [2] }), 'x.elf: offset 0x5: big-endian, expected little-endian'],
    ['unknown byte order', corrupted({ offset: 5, bytes: [0] }), 'x.elf: offset 0x5: byte order 0 is unknown'],
    [
      'object file',
      corrupted({ offset: 16, bytes: [1] }),
      'x.elf: offset 0x10: type 1 is not an executable (expected 2 or 3)',
    ],
    [
      'other machine',
      corrupted({ offset: 18, bytes: [62] }),
      'x.elf: offset 0x12: machine 62 is not RISC-V (expected 243)',
    ],
    [
      'size of program headers',
      corrupted({ offset: 54, bytes: [32] }),
      'x.elf: offset 0x36: program headers of 32 bytes (expected 56)',
    ],
    [
      'program headers cut off',
      corrupted({ length: 150 }),
      'x.elf: offset 0x78: program header 1 needs 56 bytes, but the file ends at 0x96',
    ],
    [
      'program headers far away',
      corrupted({ offset: 32, bytes: [0, 0, 0, 0, 0, 0, 0, 0xff] }),
      'x.elf: offset 0xff00000000000000: program header 0 needs 56 bytes, but the file ends at 0x2250',
    ],
    [
      'more in the file than in memory',
      corrupted({ offset: 120 + 40, bytes: [1] }),
      'x.elf: offset 0x78: program header 1: 2 bytes in the file, but only 1 in memory',
    ],
    [
      'segment past the end of the file',
      corrupted({ offset: 64 + 8, bytes: [0xff, 0xff] }),
      'x.elf: offset 0xffff: segment 0 needs 4 bytes, but the file ends at 0x2250',
    ],
    [
      'section headers cut off',
      corrupted({ length: 0x2248 }),
      'x.elf: offset 0x2210: section header 6 needs 64 bytes, but the file ends at 0x2248',
    ],
    [
      'symbol table past the end of the file',
      corrupted({ offset: SYMTAB_HEADER + 32, bytes: [0, 0, 1] }),
      'x.elf: offset 0x2008: section 4 needs 65536 bytes, but the file ends at 0x2250',
    ],
    [
      'string table that is no section',
      corrupted({ offset: SYMTAB_HEADER + 40, bytes: [7] }),
      'x.elf: offset 0x21b8: string table is section 7 of 7',
    ],
    [
      'string table past the end of the file',
      corrupted({ offset: STRTAB_HEADER + 24, bytes: [0xff, 0xff] }),
      'x.elf: offset 0xffff: section 5 needs 15 bytes, but the file ends at 0x2250',
    ],
    [
      'name of a symbol outside its string table',
      corrupted({ offset: SYMTAB + 24, bytes: [15] }),
      'x.elf: offset 0x2020: the name of symbol 1 is outside its string table',
    ],
  ]
  test.each(cases)('%s', (_, bytes, message) => {
    expect(errorOf(bytes)).toBe(message)
  })

  test('whatever bytes are changed, an error is an InputError of one line', () => {
    const change = fc.tuple(fc.nat(0x224f), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1 }), fc.nat(0x2250), (changes, length) => {
        const bytes = writeElf(sample)
        for (const [offset, byte] of changes) bytes[offset] = byte
        expect(errorOf(bytes.subarray(0, length))).toMatch(/^(no error|x\.elf: offset 0x[0-9a-f]+: [^\n]+)$/)
      }),
      { numRuns: 1000 },
    )
  })
})

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

  test("the assembler's own labels and undefined symbols are left out", () => {
    const symbols = ['.L1', '$x', '$d', 'kept'].map((name) => label(name, 0x8000_0000n))
    expect(parseElf(writeElf({ ...sample, symbols }), 'x.elf').symbols.map(({ name }) => name)).toEqual(['kept'])
    // Section index 0 makes a symbol undefined.
    const undefinedStart = corrupted({ offset: SYMTAB + 24 + 6, bytes: [0] })
    expect(parseElf(undefinedStart, 'x.elf').symbols.map(({ name }) => name)).toEqual(['tohost'])
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
