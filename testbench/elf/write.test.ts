import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseElf } from './read.ts'
import { sample, segment } from './sample.ts'
import { writeElf } from './write.ts'

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

test('in the file, segments lie at offsets that agree with their virtual addresses modulo 4096', () => {
  const segments = sample.segments.map((loaded) => ({ ...loaded, va: loaded.pa + 0x123n }))
  const view = new DataView(writeElf({ ...sample, segments }).buffer)
  for (const at of [64, 120])
    expect(view.getBigUint64(at + 8, true) % 4096n).toBe(view.getBigUint64(at + 16, true) % 4096n)
})

test('a segment cannot have more bytes than memory', () => {
  expect(() => writeElf({ ...sample, segments: [segment(0n, [1, 2], { memoryBytes: 1n })] })).toThrow(RangeError)
})
