import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { misaBits } from '../../core/csr/registers.ts'
import { createDecoder } from '../../isa/decode.ts'
import { type Instruction, instruction } from '../../isa/instruction.ts'
import { instructions } from '../../isa/table.ts'
import { row } from '../fixture.ts'
import { addDecoder } from './decoder.ts'
import { ModuleBuilder } from './encoder.ts'
import { ILLEGAL, packing } from './layout.ts'

const MISA = 64
const ALL = Object.values(misaBits).reduce((all, bit) => all | bit)
/** What the operation of a row is does not matter to the decoder: here, its place in the table. */
const FIRST = 2

/** The decoder of a table, with the `misa` that it looks at. */
function decoderOf(rows: readonly Instruction[]) {
  const module = new ModuleBuilder()
  const addresses = { misa: MISA } as Parameters<typeof addDecoder>[3]
  addDecoder(module, rows, (row) => FIRST + rows.indexOf(row), addresses)
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } })
  const misa = new Uint32Array(memory.buffer, MISA, 1)
  misa[0] = ALL
  return { decode: exports.decode as (bits: number) => bigint, misa }
}

/** The packed form by `packing`, from what the table's own decoder finds. */
function naive(rows: readonly Instruction[], misa: number): (bits: number) => bigint {
  const decode = createDecoder(rows)
  return (bits) => {
    const decoded = decode(bits)
    const bit = decoded && (misaBits[decoded.row.extension] ?? 0)
    if (decoded === undefined || (misa & bit!) !== bit) return BigInt(ILLEGAL | (32 << packing.rd))
    const { row, rd, rs1, rs2, immediate } = decoded
    const low =
      (FIRST + rows.indexOf(row)) |
      ((rd === 0 ? 32 : rd) << packing.rd) |
      ((row.format.length === 4 ? 1 : 0) << packing.wide) |
      ((rs1 * 8) << packing.rs1) |
      ((rs2 * 8) << packing.rs2)
    return BigInt.asIntN(64, (BigInt(immediate) << 32n) | BigInt(low >>> 0))
  }
}

let generated: ReturnType<typeof decoderOf>
beforeAll(() => {
  generated = decoderOf(instructions)
})

const misas: [string, number][] = [
  ['A, C and M on', ALL],
  ['A off', ALL & ~misaBits.A!],
  ['C off', ALL & ~misaBits.C!],
  ['M off', ALL & ~misaBits.M!],
]

describe.each(misas)('with %s, the generated decoder is the decoder of the table', (_, misa) => {
  const expected = naive(instructions, misa)
  beforeAll(() => {
    generated.misa[0] = misa
  })

  test('on every 16-bit word', () => {
    for (let bits = 0; bits < 0x1_0000; bits++) {
      if ((bits & 3) === 3) continue
      if (generated.decode(bits) !== expected(bits))
        expect([bits, generated.decode(bits)]).toEqual([bits, expected(bits)])
    }
  })

  test('on any word of 32 bits', () => {
    fc.assert(
      fc.property(fc.integer(), (random) => {
        const bits = (random | 3) >>> 0
        expect(generated.decode(bits)).toBe(expected(bits))
      }),
      { numRuns: 2000 },
    )
  })

  test('on every row with any operands', () => {
    for (const { match, mask } of instructions) {
      fc.assert(
        fc.property(fc.integer(), (random) => {
          const bits = ((random & ~mask) | match) >>> 0
          const own = (bits & 3) === 3 ? bits : bits & 0xffff
          expect(generated.decode(own)).toBe(expected(own))
        }),
        { numRuns: 20 },
      )
    }
  })

  test('on words one bit away from an instruction', () => {
    for (const { match } of instructions) {
      for (let bit = 0; bit < 32; bit++) {
        const bits = (match ^ (1 << bit)) >>> 0
        const own = (bits & 3) === 3 ? bits : bits & 0xffff
        expect(generated.decode(own)).toBe(expected(own))
      }
    }
  })
})

test('what follows a 16-bit instruction in memory does not matter', () => {
  generated.misa[0] = ALL
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }), (low, high) => {
      fc.pre((low & 3) !== 3)
      expect(generated.decode((high << 16) | low)).toBe(generated.decode(low))
    }),
  )
})

test('a row that reserves an operand value does not match it; a later row with the same bits does', () => {
  const { match, mask, format, semantics } = row('add')
  for (const operand of ['rd', 'rs1', 'rs2'] as const) {
    for (const value of [0n, 9n]) {
      const picky = instruction('picky', 'I', { match, mask, format }, semantics, { reserved: [{ operand, value }] })
      const rows = [picky, row('add')]
      const { decode } = decoderOf(rows)
      const expected = naive(rows, ALL)
      for (let register = 0; register < 32; register++) {
        const low = { rd: 7, rs1: 15, rs2: 20 }[operand]
        const bits = (match | (3 << 7) | (4 << 15) | (5 << 20)) & ~(31 << low)
        expect(decode(bits | (register << low))).toBe(expected((bits | (register << low)) >>> 0))
      }
    }
  }
})

test('an empty table knows nothing', () => {
  const { decode } = decoderOf([])
  for (const bits of [0, 1, 0x13, 0xffffffff]) expect(Number(decode(bits)) & 255).toBe(ILLEGAL)
})
