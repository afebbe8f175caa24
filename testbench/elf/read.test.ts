import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../traces/input-error.ts'
import { parseElf } from './read.ts'
import { label, sample } from './sample.ts'
import { writeElf } from './write.ts'

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

test('a file is read wherever it lies in its buffer', () => {
  const file = writeElf(sample)
  const buffer = new Uint8Array(file.length + 7)
  buffer.set(file, 7)
  expect(parseElf(buffer.subarray(7), 'x.elf')).toEqual(parseElf(file, 'x.elf'))
})

test('a segment without memory is left out, and the others keep the number of their header', () => {
  const [text, data] = sample.segments
  const nothing = { ...text, bytes: new Uint8Array(0), memoryBytes: 0n }
  const file = writeElf({ ...sample, segments: [text, nothing, data] })
  expect(parseElf(file, 'x.elf').segments.map(({ index }) => index)).toEqual([0, 2])
})

test("the assembler's own labels and undefined symbols are left out", () => {
  const symbols = ['.L1', '$x', '$d', 'kept'].map((name) => label(name, 0x8000_0000n))
  expect(parseElf(writeElf({ ...sample, symbols }), 'x.elf').symbols.map(({ name }) => name)).toEqual(['kept'])
  // Section index 0 makes a symbol undefined.
  const undefinedStart = corrupted({ offset: SYMTAB + 24 + 6, bytes: [0] })
  expect(parseElf(undefinedStart, 'x.elf').symbols.map(({ name }) => name)).toEqual(['tohost'])
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
