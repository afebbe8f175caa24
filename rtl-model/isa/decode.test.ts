import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDecoder, type Decoded, encode, instructionLength } from './decode.ts'
import type { Instruction } from './instruction.ts'
import { instructions } from './table.ts'

const decode = createDecoder(instructions)

const row = (name: string): Instruction => {
  const found = instructions.find((candidate) => candidate.name === name)
  if (found === undefined) throw new RangeError(`no instruction ${name}`)
  return found
}

/** Any bits that carry the fixed bits of a row. */
const bitsOf = (instruction: Instruction) =>
  fc.integer({ min: 0, max: 0xffffffff }).map((random) => {
    const bits = ((random & ~instruction.mask) | instruction.match) >>> 0
    return instruction.format.length === 2 ? bits & 0xffff : bits
  })

/** The operands that the format really has, as `encode` takes them. */
function operandsOf({ row, rd, rs1, rs2, immediate }: Decoded) {
  return { rd, rs1, rs2, immediate: row.format.immediate.pieces.length === 0 ? 0 : immediate }
}

describe('encodings by format (unprivileged specification, 2.2 and 2.3)', () => {
  const examples: [string, number, string, Parameters<typeof encode>[1]][] = [
    ['R', 0x00c58533, 'add', { rd: 10, rs1: 11, rs2: 12 }],
    ['R, funct7', 0x41f08eb3, 'sub', { rd: 29, rs1: 1, rs2: 31 }],
    ['R, multiplication', 0x02c5d533, 'divu', { rd: 10, rs1: 11, rs2: 12 }],
    ['I, positive', 0x7ff50513, 'addi', { rd: 10, rs1: 10, immediate: 2047 }],
    ['I, negative', 0x80050513, 'addi', { rd: 10, rs1: 10, immediate: -2048 }],
    ['I, six-bit shift amount', 0x43f55513, 'srai', { rd: 10, rs1: 10, immediate: 63 }],
    ['I, five-bit shift amount', 0x41f5551b, 'sraiw', { rd: 10, rs1: 10, immediate: 31 }],
    ['I, load', 0xff813503, 'ld', { rd: 10, rs1: 2, immediate: -8 }],
    ['I, jump', 0x00008067, 'jalr', { rd: 0, rs1: 1, immediate: 0 }],
    ['S', 0xfea13c23, 'sd', { rs1: 2, rs2: 10, immediate: -8 }],
    ['B, backwards', 0xfe000ee3, 'beq', { rs1: 0, rs2: 0, immediate: -4 }],
    ['B, farthest forward', 0x7eb57fe3, 'bgeu', { rs1: 10, rs2: 11, immediate: 4094 }],
    ['U', 0x80000537, 'lui', { rd: 10, immediate: -0x80000000 }],
    ['U, pc-relative', 0x12345597, 'auipc', { rd: 11, immediate: 0x12345000 }],
    ['J, backwards', 0xffdff06f, 'jal', { rd: 0, immediate: -4 }],
    ['J, farthest forward', 0x7ffff0ef, 'jal', { rd: 1, immediate: 0xffffe }],
    ['fence', 0x0310000f, 'fence', { immediate: 0x31 }],
    ['AMO', 0x08c5b52f, 'amoswap.d', { rd: 10, rs1: 11, rs2: 12 }],
    ['LR', 0x1005a52f, 'lr.w', { rd: 10, rs1: 11 }],
    ['CSR', 0x18051573, 'csrrw', { rd: 10, rs1: 10, immediate: 0x180 }],
    ['CSR, immediate', 0x3002e073, 'csrrsi', { rd: 0, rs1: 5, immediate: 0x300 }],
    ['sfence.vma', 0x12b50073, 'sfence.vma', { rs1: 10, rs2: 11 }],
    ['mret', 0x30200073, 'mret', {}],
  ]
  test.each(examples)('%s', (_, bits, name, operands) => {
    expect(encode(row(name), operands)).toBe(bits)
    expect(decode(bits)).toMatchObject({ row: { name }, ...operands })
  })
})

describe('compressed encodings by format (unprivileged specification, 27.3 to 27.5)', () => {
  const examples: [string, number, string, Parameters<typeof encode>[1]][] = [
    ['CIW', 0x1fe8, 'c.addi4spn', { rd: 10, rs1: 2, immediate: 1020 }],
    ['CL', 0x7fe8, 'c.ld', { rd: 10, rs1: 15, immediate: 248 }],
    ['CL, word', 0x4fe8, 'c.lw', { rd: 10, rs1: 15, immediate: 92 }],
    ['CS', 0xe108, 'c.sd', { rs2: 10, rs1: 10, immediate: 0 }],
    ['CI', 0x157d, 'c.addi', { rd: 10, rs1: 10, immediate: -1 }],
    ['CI, stack', 0x7139, 'c.addi16sp', { rd: 2, rs1: 2, immediate: -64 }],
    ['CI, upper', 0x757d, 'c.lui', { rd: 10, immediate: -4096 }],
    ['CI, load', 0x70fe, 'c.ldsp', { rd: 1, rs1: 2, immediate: 504 }],
    ['CSS', 0xff86, 'c.sdsp', { rs2: 1, rs1: 2, immediate: 504 }],
    ['CB, shift', 0x957d, 'c.srai', { rd: 10, rs1: 10, immediate: 63 }],
    ['CA', 0x8d0d, 'c.sub', { rd: 10, rs1: 10, rs2: 11 }],
    ['CJ', 0xb001, 'c.j', { rd: 0, immediate: -2048 }],
    ['CB', 0xd97d, 'c.beqz', { rs1: 10, rs2: 0, immediate: -10 }],
    ['CR', 0x852e, 'c.mv', { rd: 10, rs1: 0, rs2: 11 }],
    ['CR, jump', 0x8082, 'c.jr', { rd: 0, rs1: 1, immediate: 0 }],
    ['CR, call', 0x9502, 'c.jalr', { rd: 1, rs1: 10, immediate: 0 }],
    ['c.ebreak', 0x9002, 'c.ebreak', {}],
  ]
  test.each(examples)('%s', (_, bits, name, operands) => {
    expect(encode(row(name), operands)).toBe(bits)
    expect(decode(bits)).toMatchObject({ row: { name }, ...operands })
  })
})

describe('the table', () => {
  test.each(instructions.map((instruction) => [instruction.name, instruction] as const))(
    '%s: its fixed bits are inside its mask and no operand lies over them',
    (_, { match, mask, format }) => {
      expect((match & ~mask) >>> 0).toBe(0)
      expect(instructionLength(match)).toBe(format.length)
      for (const operand of [format.rd, format.rs1, format.rs2]) {
        if ('always' in operand) continue
        expect((mask >>> operand.low) & ((1 << operand.bits) - 1)).toBe(0)
      }
    },
  )

  test('no two instructions have the same name', () => {
    expect(new Set(instructions.map(({ name }) => name)).size).toBe(instructions.length)
  })

  test('no 32-bit word matches two rows', () => {
    const words = instructions.filter(({ format }) => format.length === 4)
    const overlapping = words.flatMap((a, index) =>
      words
        .slice(index + 1)
        .filter((b) => ((a.match ^ b.match) & a.mask & b.mask) === 0)
        .map((b) => `${a.name} and ${b.name}`),
    )
    expect(overlapping).toEqual([])
  })

  test('no 16-bit word matches two rows', () => {
    const decoders = instructions
      .filter(({ format }) => format.length === 2)
      .map((instruction) => ({ instruction, decode: createDecoder([instruction]) }))
    const overlapping: string[] = []
    for (let bits = 0; bits < 0x10000; bits++) {
      const names = decoders
        .filter(({ decode }) => decode(bits) !== undefined)
        .map(({ instruction }) => instruction.name)
      if (names.length > 1) overlapping.push(`${bits.toString(16)}: ${names.join(' and ')}`)
    }
    expect(overlapping).toEqual([])
  })

  test('a compressed instruction means what a 32-bit instruction means', () => {
    const meanings = new Set(instructions.filter(({ format }) => format.length === 4).map(({ semantics }) => semantics))
    expect(instructions.filter(({ semantics }) => !meanings.has(semantics)).map(({ name }) => name)).toEqual([])
  })
})

describe('decode and encode', () => {
  test.each(instructions.map((instruction) => [instruction.name, instruction] as const))(
    '%s: operands that are decoded are encoded to the bits they came from',
    (_, instruction) => {
      fc.assert(
        fc.property(bitsOf(instruction), (bits) => {
          const decoded = decode(bits)
          if (decoded?.row !== instruction) return
          const again = encode(instruction, operandsOf(decoded))
          expect(again).toBeDefined()
          expect(decode(again!)).toEqual(decoded)
          expect(((again! ^ bits) & operandBits(instruction)) >>> 0).toBe(0)
        }),
      )
    },
  )

  test.each(instructions.map((instruction) => [instruction.name, instruction] as const))(
    '%s: bits that carry its fixed bits are decoded to it, unless the row reserves an operand',
    (_, instruction) => {
      fc.assert(
        fc.property(bitsOf(instruction), (bits) => {
          if (instruction.reserved.length === 0) expect(decode(bits)?.row.name).toBe(instruction.name)
        }),
      )
    },
  )

  test('an operand that shares its field with another may be left out', () => {
    expect(encode(row('c.sub'), { rd: 10, rs2: 11 })).toBe(0x8d0d)
    expect(encode(row('c.addi'), { rd: 10, immediate: -1 })).toBe(0x157d)
  })

  test('what cannot be encoded is refused', () => {
    expect(encode(row('addi'), { rd: 1, rs1: 1, immediate: 2048 })).toBeUndefined()
    expect(encode(row('addi'), { rd: 1, rs1: 1, immediate: -2049 })).toBeUndefined()
    expect(encode(row('slliw'), { rd: 1, rs1: 1, immediate: 32 })).toBeUndefined()
    expect(encode(row('jal'), { rd: 1, immediate: 1 })).toBeUndefined()
    expect(encode(row('add'), { rd: 32, rs1: 1, rs2: 1 })).toBeUndefined()
    expect(encode(row('ecall'), { rd: 1 })).toBeUndefined()
    expect(encode(row('c.lw'), { rd: 7, rs1: 8, immediate: 0 })).toBeUndefined()
    expect(encode(row('c.lw'), { rd: 8, rs1: 8, immediate: 2 })).toBeUndefined()
    expect(encode(row('c.addi4spn'), { rd: 8, immediate: 0 })).toBeUndefined()
    expect(encode(row('c.addi'), { rd: 8, rs1: 9, immediate: 1 })).toBeUndefined()
    expect(encode(row('c.lui'), { rd: 2, immediate: 4096 })).toBeUndefined()
  })
})

describe('illegal bits (unprivileged specification, 1.5 and 27.5 to 27.7)', () => {
  test.each([
    ['all zeroes', 0x0000],
    ['c.addi4spn with no immediate', 0x0004],
    ['the reserved row of quadrant 0', 0x8000],
    ['c.addiw to x0', 0x2005],
    ['c.addi16sp with no immediate', 0x6101],
    ['c.lui with no immediate', 0x6081],
    ['the reserved rows beside c.subw and c.addw', 0x9c41],
    ['c.lwsp to x0', 0x4002],
    ['c.ldsp to x0', 0x6002],
    ['c.jr to x0', 0x8002],
    ['c.fld, as there is no D', 0x2000],
    ['all ones', 0xffffffff],
    ['slli with bit 26 set', 0x04051513],
    ['slliw with bit 25 set', 0x0205151b],
    ['a load of funct3 7', 0x00007003],
    ['lr with rs2', 0x1015a52f],
    ['mret with rd', 0x302000f3],
    ['a 48-bit instruction', 0x0000001f],
  ])('%s', (_, bits) => {
    expect(decode(bits)).toBeUndefined()
  })

  test.each([
    ['c.nop with an immediate', 0x0005, 'c.nop'],
    ['c.addi with no immediate', 0x0501, 'c.addi'],
    ['c.li to x0', 0x4005, 'c.li'],
    ['c.lui to x0', 0x6005, 'c.lui'],
    ['c.mv to x0', 0x802e, 'c.mv'],
    ['c.add to x0', 0x902e, 'c.add'],
    ['c.slli by 0', 0x0502, 'c.slli'],
    ['c.srli by 0', 0x8101, 'c.srli'],
  ])('hints are not illegal: %s', (_, bits, name) => {
    expect(decode(bits)?.row.name).toBe(name)
  })
})

/** The bits that hold operands of the row. */
function operandBits({ format }: Instruction): number {
  let bits = 0
  for (const operand of [format.rd, format.rs1, format.rs2]) {
    if (!('always' in operand)) bits |= ((1 << operand.bits) - 1) << operand.low
  }
  for (const piece of format.immediate.pieces) bits |= ((1 << piece.bits) - 1) << piece.low
  return bits
}
