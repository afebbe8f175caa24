import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AssemblyOperand } from '../../rtl-model/isa/format.ts'
import type { Instruction } from '../../rtl-model/isa/instruction.ts'
import { registerNames } from '../../rtl-model/isa/registers.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { assemble } from './assemble.ts'

const PREFIX = 'riscv64-unknown-elf-'
const noGnu = ['as', 'ld', 'objcopy'].some((tool) => spawnSync(`${PREFIX}${tool}`, ['--version']).status !== 0)
const csrs: Readonly<Record<string, number>> = {
  ...{ mstatus: 0x300, mtvec: 0x305, mscratch: 0x340, mcause: 0x342, mhartid: 0xf14, satp: 0x180 },
}

/** The layout of `assemble`. */
const LAYOUT = `SECTIONS {
  . = 0x80000000;
  .text : { *(.text .text.*) }
  . = ALIGN(4096);
  .rodata : { *(.rodata .rodata.*) }
  . = ALIGN(4096);
  .data : { *(.data .data.*) }
  .bss : { *(.bss .bss.*) }
}
ENTRY(_start)
`

/** The memory that GNU as and ld make of a program, up to its last byte that is not of .bss. */
function gnu(source: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'assembler-'))
  const path = (name: string) => join(folder, name)
  const run = (tool: string, ...options: string[]) =>
    execFileSync(`${PREFIX}${tool}`, options, { stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    writeFileSync(path('program.s'), source)
    writeFileSync(path('layout.ld'), LAYOUT)
    run('as', '-march=rv64imac_zicsr_zifencei', '-mno-relax', path('program.s'), '-o', path('program.o'))
    run('ld', '--no-relax', '-T', path('layout.ld'), path('program.o'), '-o', path('program.elf'))
    run('objcopy', '-O', 'binary', path('program.elf'), path('program.bin'))
    return readFileSync(path('program.bin'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The same of ours. */
function ours(source: string): Buffer {
  const { sections } = assemble(source, 'program.s', { csrNumber: (name) => csrs[name] })
  const filled = sections.filter(({ bytes }) => bytes.length > 0)
  const ends = filled.map(({ address, bytes }) => Number(address - 0x8000_0000n) + bytes.length)
  const image = Buffer.alloc(Math.max(0, ...ends))
  for (const { address, bytes } of filled) image.set(bytes, Number(address - 0x8000_0000n))
  return image
}

const expectSame = (source: string) => {
  expect(
    ours(source)
      .toString('hex')
      .match(/.{1,8}/g),
  ).toEqual(
    gnu(source)
      .toString('hex')
      .match(/.{1,8}/g),
  )
}

const often = ['zero', 'ra', 'sp', 's0', 'a0', 'a5']
const register = fc.oneof(fc.constantFrom(...often), fc.constantFrom(...registerNames))
const nonZero = register.filter((name) => name !== 'zero')
const compact = fc.constantFrom('s0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5')
const LABELS = 6
const target = fc.oneof(
  fc.nat(LABELS - 1).map((number) => `label${number}`),
  fc.constantFrom('1b', '1f', '. + 8', '. - 4', 'label0 + 2', 'label1 - 1 << 1'),
)

/** Texts of an operand of a row. */
function operand(row: Instruction, name: AssemblyOperand): fc.Arbitrary<string> {
  const { format } = row
  const short = format.length === 2
  const registerIn = (field: 'rd' | 'rs1' | 'rs2') => {
    const place = format[field]
    if ('always' in place) return fc.constant(registerNames[place.always])
    return place.bits === 3 ? compact : short ? nonZero : register
  }
  const immediate = (): fc.Arbitrary<number> => {
    const { signed, width, pieces } = format.immediate
    const step = 2 ** Math.min(...pieces.map(({ at }) => at))
    const [lowest, highest] = signed ? [-(2 ** (width - 1)), 2 ** (width - 1) - step] : [0, 2 ** width - step]
    const any = fc.integer({ min: lowest / step, max: highest / step }).map((value) => value * step)
    const small = fc
      .integer({ min: Math.max(lowest / step, -9), max: 40 })
      .map((value) => Math.min(value * step, highest))
    return fc.oneof(any, small).map((value) => (short && value === 0 ? step : value))
  }
  switch (name) {
    case 'rd':
    case 'rs1':
    case 'rs2':
      return registerIn(name)
    case 'immediate':
      return immediate().map(String)
    case 'upper':
      if (!short) return fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 0xfffff })).map(String)
      return fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 0xfffe0, max: 0xfffff })).map(String)
    case 'target':
      return target
    case 'offset(rs1)':
      return fc.tuple(immediate(), registerIn('rs1')).map(([offset, base]) => `${offset}(${base})`)
    case 'offset(sp)':
      return immediate().map((offset) => `${offset}(sp)`)
    case '(rs1)':
      return registerIn('rs1').map((base) => `(${base})`)
    case 'csr':
      return fc.oneof(fc.constantFrom(...Object.keys(csrs)), fc.integer({ min: 0, max: 0xfff }).map(String))
    case 'rs1-immediate':
      return fc.integer({ min: 0, max: 31 }).map(String)
    case 'predecessor':
    case 'successor':
      return fc.subarray(['i', 'o', 'r', 'w'], { minLength: 1 }).map((letters) => letters.join(''))
  }
}

const ofTable: readonly fc.Arbitrary<string>[] = instructions.map((row) => {
  const operands = row.format.assembly.map((name) => operand(row, name))
  const suffix = row.extension === 'A' ? fc.constantFrom('', '.aq', '.rl', '.aqrl') : fc.constant('')
  return fc
    .tuple(suffix, ...operands)
    .filter(([, first]) => row.name !== 'c.lui' || first !== 'sp')
    .map(([ordering, ...texts]) => `${row.name}${ordering} ${texts.join(', ')}`)
    .map((line) => (row.extension === 'C' ? `.option push\n.option rvc\n ${line}\n.option pop` : line))
})

const constant = fc.oneof(
  fc.integer({ min: -3000, max: 3000 }).map(BigInt),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }),
  fc
    .tuple(fc.bigInt({ min: -5000n, max: 5000n }), fc.nat(52))
    .map(([value, by]) => BigInt.asIntN(64, value << BigInt(by))),
  fc.nat(63).map((by) => (1n << BigInt(by)) - 1n),
)

/** Lines with `R` for a register, `T` for a target, `S` for a symbol of data, `C` for a constant, `N` for a number up to 31. */
const templates = [
  ...['nop', 'ret', 'unimp', 'fence', 'fence.tso', 'sfence.vma', 'sfence.vma R', 'mv R, R', 'not R, R', 'neg R, R'],
  ...['negw R, R', 'sext.b R, R', 'sext.h R, R', 'sext.w R, R', 'zext.b R, R', 'zext.h R, R', 'zext.w R, R'],
  ...['seqz R, R', 'snez R, R', 'sltz R, R', 'sgtz R, R', 'sgt R, R, R', 'sgtu R, R, R', 'beqz R, T', 'bnez R, T'],
  ...['blez R, T', 'bgez R, T', 'bltz R, T', 'bgtz R, T', 'bgt R, R, T', 'ble R, R, T', 'bgtu R, R, T', 'bleu R, R, T'],
  ...['j T', 'jal T', 'jr R', 'jr N(R)', 'jr R, N', 'jalr R', 'jalr N(R)', 'jalr R, R', 'jalr R, N', 'jalr R, R, N'],
  ...[
    'call T',
    'call R, S',
    'tail S',
    'jump S, R',
    'csrr R, satp',
    'csrw satp, R',
    'csrs mstatus, R',
    'csrc mstatus, N',
  ],
  ...['csrw satp, N', 'csrs 0x123, N', 'csrwi satp, N', 'csrsi satp, N', 'csrci satp, N', 'rdcycle R', 'rdtime R'],
  ...['rdinstret R', 'li R, C', 'la R, S', 'la R, T', 'lla R, S + 5', 'lb R, S', 'lhu R, S', 'lw R, S', 'ld R, S'],
  ...['sb R, S, R', 'sd R, S + 8, R', 'add R, R, N', 'addw R, R, N', 'and R, R, -N', 'or R, R, N', 'xor R, R, N'],
  ...[
    'sll R, R, N',
    'srl R, R, N',
    'sraw R, R, N',
    'slt R, R, N',
    'sltu R, R, N',
    'ld R, field(R)',
    'addi sp, sp, -size',
  ],
  ...[
    '1: auipc a0, %pcrel_hi(S)\n ld R, %pcrel_lo(1b)(a0)',
    '1: auipc a1, %pcrel_hi(S + 3)\n sw a2, %pcrel_lo(1b)(a1)',
  ],
  ...['lui R, %hi(C32)', 'addi R, R, %lo(C32)', 'lui R, %hi(size)', 'lw R, %lo(size)(R)', '.word T - label0', '1:'],
  ...[
    '.dword S',
    '.word S',
    '.half N, N',
    '.byte N\n.align 3',
    '.align 2',
    '.align 3',
    '.p2align 4,,7',
    '.balign 8, N',
    '.zero N * 2',
  ],
  ...[
    '.option rvc',
    '.option norvc',
    '.option push\n.option norvc\n addi a0, a0, 1\n.option pop',
    '.asciz "a\\n\\x41"',
  ],
  ...['.section .text.other\n.half N\n j T\n beqz R, T\n.text', '.zero 300', '.zero 3000', '.zero 4090'],
  ...[
    '.rept 3\n addi R, R, N\n.endr',
    '.fill 3, 2, N',
    '.data\n.align 3\n.dword T\n.text',
    '.dword (C ^ C | N) * C - C >> 3',
  ],
]
const filled: Readonly<Record<string, fc.Arbitrary<string>>> = {
  R: register,
  T: target,
  S: fc.constantFrom('datum', 'table', 'end'),
  C: constant.map(String),
  C32: fc.integer({ min: -(2 ** 31), max: 0x7ffff7ff }).map(String),
  N: fc.integer({ min: 0, max: 31 }).map(String),
}
const ofTemplates: readonly fc.Arbitrary<string>[] = templates.map((template) => {
  const words = template.split(/\b(R|T|S|C|C32|N)\b/)
  return fc.tuple(...words.map((word) => filled[word] ?? fc.constant(word))).map((texts) => texts.join(''))
})

/** Programs whose labels stand anywhere, with data behind. */
const program = fc
  .tuple(
    fc.array(fc.oneof(fc.oneof(...ofTable), fc.oneof(...ofTemplates)), { minLength: 1, maxLength: 80 }),
    fc.array(fc.nat(79), { minLength: LABELS, maxLength: LABELS }),
  )
  .map(([lines, places]) => {
    const text = lines.flatMap((line, index) => [
      ...places.flatMap((place, number) => (place % lines.length === index ? [`label${number}:`] : [])),
      `  ${line}`,
    ])
    return [
      ...[
        '  .equ size, 64',
        '  field = size / 8',
        '  .globl _start',
        '_start:',
        '1:',
        ...text,
        '  .option rvc',
        '1: nop',
      ],
      ...[
        '  .data',
        'datum: .dword 1, label0',
        '  .section .rodata',
        'table: .half 7',
        '  .bss',
        '  .zero 5',
        'end:',
        '',
      ],
    ].join('\n')
  })

const immediates = [
  ...[
    -2048, -513, -512, -496, -65, -64, -33, -32, -31, -16, -1, 0, 1, 2, 3, 4, 8, 15, 16, 24, 31, 32, 63, 64, 124, 128,
  ],
  ...[248, 252, 256, 496, 504, 508, 512, 1008, 1016, 1020, 1024, 2047],
]

describe('GNU as and ld give the same bytes', () => {
  test.skipIf(noGnu)('for a program that sorts and prints', () => {
    expectSame(readFileSync(new URL('example.s', import.meta.url), 'utf8'))
  })

  test.skipIf(noGnu)('for random programs', () => {
    fc.assert(fc.property(program, expectSame), { numRuns: 100 })
  })

  test.skipIf(noGnu)('for every choice between 16 and 32 bits', () => {
    const names = ['zero', 'ra', 'sp', 's0', 's1', 'a5', 's2']
    const lines = instructions
      .filter(({ format }) => format.length === 4)
      .flatMap((row) => {
        const { assembly, immediate } = row.format
        const shift = !immediate.signed
        const key = assembly.join(' ')
        const numbers = immediates.filter((value) => !shift || (value >= 0 && value < 2 ** immediate.width))
        const pairs = names.flatMap((a) => names.map((b) => [a, b]))
        if (key === 'rd rs1 rs2') return pairs.flatMap(([a, b]) => names.map((c) => `${row.name} ${a}, ${b}, ${c}`))
        if (key === 'rd rs1 immediate')
          return pairs.flatMap(([a, b]) => numbers.map((c) => `${row.name} ${a}, ${b}, ${c}`))
        if (/^r(d|s2) offset.rs1.$/.test(key)) {
          return pairs.flatMap(([a, b]) => numbers.map((c) => `${row.name} ${a}, ${c}(${b})`))
        }
        if (key === 'rs1 rs2 target') return pairs.map(([a, b]) => `${row.name} ${a}, ${b}, .`)
        if (key === 'rd target') return names.map((a) => `${row.name} ${a}, .`)
        if (key === 'rd upper') {
          return names.flatMap((a) =>
            [0, 1, 31, 32, 0xfffdf, 0xfffe0, 0xfffff].map((value) => `${row.name} ${a}, ${value}`),
          )
        }
        return []
      })
    expect(lines.length).toBeGreaterThan(20_000)
    expectSame(['_start:', ...lines, ''].join('\n'))
  })

  test.skipIf(noGnu)('for branches at the edges of what each form reaches', () => {
    const edges = [
      248, 250, 252, 254, 256, 258, 2040, 2042, 2044, 2046, 2048, 4084, 4086, 4088, 4090, 4092, 4094, 4096, 4098,
    ]
    const lines = edges.flatMap((distance, index) =>
      ['beqz a0', 'bne s2, s3', 'bgeu a0, a1', 'j', 'c.bnez a1', 'c.j'].flatMap((branch, kind) => {
        const name = `f${index}_${kind}`
        const separator = /j$/.test(branch) ? ' ' : ', '
        return [`${branch}${separator}${name}`, `.zero ${distance}`, `${name}: ${branch}${separator}. - ${distance}`]
      }),
    )
    expectSame(['_start:', ...lines, ''].join('\n'))
  })
})
