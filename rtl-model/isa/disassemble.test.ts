import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDecoder, instructionLength } from './decode.ts'
import { disassemble } from './disassemble.ts'
import type { Instruction } from './instruction.ts'
import { instructions } from './table.ts'

const decode = createDecoder(instructions)
const text = (bits: number, pc = 0n) =>
  disassemble(decode(bits), bits, pc, (csr) => (csr === 0x300 ? 'mstatus' : undefined))

describe('text', () => {
  test.each([
    ['add a0, a1, a2', 0x00c58533],
    ['ld a0, -8(sp)', 0xff813503],
    ['sd a0, -8(sp)', 0xfea13c23],
    ['beq zero, zero, 0x7ffffffc', 0xfe000ee3],
    ['jal zero, 0x7ffffffc', 0xffdff06f],
    ['lui a0, 0x80000', 0x80000537],
    ['fence rw, w', 0x0310000f],
    ['fence 0, w', 0x0010000f],
    ['lr.w.aqrl a0, (a1)', 0x1605a52f],
    ['amoswap.w.aq a0, a2, (a1)', 0x0cc5a52f],
    ['sc.d a0, a2, (a1)', 0x18c5b52f],
    ['csrrw a0, mstatus, a0', 0x30051573],
    ['csrrci a0, 0x301, 5', 0x3012f573],
    ['sfence.vma a0, a1', 0x12b50073],
    ['mret', 0x30200073],
    ['c.addi4spn a0, sp, 4', 0x0048],
    ['c.addi16sp sp, -64', 0x7139],
    ['c.lwsp a0, 0(sp)', 0x4502],
    ['c.j 0x80000000', 0xa001],
    ['.half 0x0000', 0x0000],
    ['.word 0xffffffff', 0xffffffff],
  ])('%s', (expected, bits) => {
    expect(text(bits, 0x80000000n)).toBe(expected)
  })
})

/**
 * Bits of a row with operands at random. Fields that hardware ignores are 0, as other tools want them; CSRs are of the
 * custom range, where nobody has names.
 */
function bitsOf(instruction: Instruction): fc.Arbitrary<number> {
  const ignored = { fence: 0xf00fff80, 'fence.i': 0xffffff80 }[instruction.name] ?? 0
  const csr = instruction.extension === 'Zicsr' ? { clear: 0x7ff00000, set: 0x80000000 } : { clear: 0, set: 0 }
  return fc.integer({ min: 0, max: 0xffffffff }).map((random) => {
    const bits = (((random & ~instruction.mask) | instruction.match) & ~ignored & ~csr.clear) | csr.set
    return instruction.format.length === 2 ? bits & 0xffff : bits >>> 0
  })
}

const samples = instructions
  .flatMap((row) => fc.sample(bitsOf(row), { numRuns: 50, seed: 7 }))
  .filter((bits) => decode(bits) !== undefined)

/** The same text for all: numbers as unsigned 64-bit decimals, an empty fence set as 0, one space between operands. */
const normal = (instruction: string): string =>
  instruction
    .replace(/(?<!\w)-?(0x[0-9a-f]+|\d+)/g, (number, digits: string) =>
      BigInt.asUintN(64, number.startsWith('-') ? -BigInt(digits) : BigInt(digits)).toString(),
    )
    .replaceAll('unknown', '0')
    .replace(/[\s,]+/g, ' ')
    .trim()

interface Capstone {
  ARCH_RISCV: number
  MODE_RISCV64: number
  MODE_RISCVC: number
  Capstone: new (
    architecture: number,
    mode: number,
  ) => { disasm(bytes: number[], address: number): { mnemonic: string; op_str: string }[] }
}

describe('capstone', async () => {
  const load = createRequire(import.meta.url)('@alexaltea/capstone-js') as () => Promise<Capstone>
  const capstone = await load()
  const disassembler = new capstone.Capstone(capstone.ARCH_RISCV, capstone.MODE_RISCV64 | capstone.MODE_RISCVC)

  /** Names that capstone gives to an instruction with certain operands; then only the name is compared. */
  const aliases: Record<string, string> = {
    ...{ j: 'jal', jr: 'jalr', ret: 'jalr', nop: 'addi', mv: 'addi', not: 'xori', neg: 'sub', negw: 'subw' },
    ...{ beqz: 'beq', bnez: 'bne', bltz: 'blt', bgtz: 'blt', blez: 'bge', bgez: 'bge', 'sext.w': 'addiw' },
    ...{ sltz: 'slt', sgtz: 'slt', snez: 'sltu', seqz: 'sltiu', csrr: 'csrrs', csrw: 'csrrw', csrs: 'csrrs' },
    ...{ csrc: 'csrrc', csrwi: 'csrrwi', csrsi: 'csrrsi', csrci: 'csrrci' },
  }
  /** Instructions of which capstone leaves out an operand that is the usual one. */
  const shortened = new Set(['fence', 'sfence.vma', 'jal', 'jalr'])
  const bytesOf = (bits: number) => [0, 8, 16, 24].slice(0, instructionLength(bits)).map((at) => (bits >>> at) & 0xff)
  /** Hints, which capstone refuses. */
  const hint = (bits: number) => {
    const { row, rd } = decode(bits)!
    const toZero = row.extension === 'C' && (row.name === 'c.nop' ? bits !== 1 : rd === 0)
    return toZero && !['c.sw', 'c.sd', 'c.swsp', 'c.sdsp', 'c.j', 'c.jr', 'c.beqz', 'c.bnez'].includes(row.name)
  }

  test('reads random encodings of the table alike', () => {
    for (const bits of samples.filter((sample) => !hint(sample))) {
      const [{ mnemonic, op_str }] = disassembler.disasm(bytesOf(bits), 0)
      const [name] = text(bits).split(' ')
      const ours = normal(name === 'jalr' ? text(bits).replace(/(\S+)\((\w+)\)/, '$2 $1') : text(bits))
      const theirs = normal(`${mnemonic} ${op_str}`)
      if (mnemonic in aliases) expect(name).toBe(aliases[mnemonic])
      else if (shortened.has(name)) expect(ours.split(' ')).toEqual(expect.arrayContaining(theirs.split(' ')))
      else expect(ours).toBe(theirs)
    }
  })
})

const objdump = 'riscv64-unknown-elf-objdump'
const noObjdump = spawnSync(objdump, ['--version']).status !== 0

/** What GNU objdump says of instructions laid one behind the other from address 0. */
function gnu(instructionBits: readonly number[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'disassemble-'))
  try {
    const file = join(folder, 'instructions.bin')
    const bytes = instructionBits.flatMap((bits) =>
      [0, 8, 16, 24].slice(0, instructionLength(bits)).map((at) => (bits >>> at) & 0xff),
    )
    writeFileSync(file, Uint8Array.from(bytes))
    const options = ['-D', '-z', '-b', 'binary', '-m', 'riscv:rv64', '-M', 'no-aliases']
    const listing = execFileSync(objdump, [...options, file], { encoding: 'utf8', maxBuffer: 1 << 26 })
    return [...listing.matchAll(/^ +[0-9a-f]+:\t[0-9a-f]+ +\t([^#<\n]*)/gm)].map(([, instruction]) => instruction)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('GNU objdump', () => {
  test.skipIf(noObjdump)('reads random encodings of the table alike', () => {
    const words = samples.filter((bits) => instructionLength(bits) === 4)
    const theirs = gnu(words)
    expect(theirs.length).toBe(words.length)
    words.forEach((bits, index) => {
      expect(normal(text(bits, BigInt(4 * index)))).toBe(normal(theirs[index]))
    })
  })

  test.skipIf(noObjdump)('reads every 16-bit word alike, but for instructions of D', () => {
    const words = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) => instructionLength(bits) === 2)
    const theirs = gnu(words)
    expect(theirs.length).toBe(words.length)
    const ofD = /^c\.f(ld|sd|ldsp|sdsp)\b/
    const illegal = /^(\.2byte|c\.unimp|c\.addi16sp\s+sp,0$)/
    words.forEach((bits, index) => {
      const theirText = theirs[index]
        .replace(/^(c\.s[lr][la]i)64\s+(\w+)/, '$1 $2 0')
        .replace(/^c\.addi\s+zero.*/, 'c.nop')
      if (ofD.test(theirText) || illegal.test(theirText)) expect(decode(bits)).toBeUndefined()
      else expect(normal(text(bits, BigInt(2 * index)))).toBe(normal(theirText))
    })
  })
})
