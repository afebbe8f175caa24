import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDecoder, encode } from '../../rtl-model/isa/decode.ts'
import { disassemble } from '../../rtl-model/isa/disassemble.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { InputError } from '../../traces/input-error.ts'
import { type Assembled, type AssembledSection, assemble } from './assemble.ts'

const csrs: Readonly<Record<string, number>> = { mstatus: 0x300, satp: 0x180 }
const program = (source: string, base?: bigint): Assembled =>
  assemble(source, 'test.s', { csrNumber: (name) => csrs[name], ...(base === undefined ? {} : { base }) })

const section = (assembled: Assembled, name: string): AssembledSection => {
  const found = assembled.sections.find((candidate) => candidate.name === name)
  if (found === undefined) throw new RangeError(`no section ${name}`)
  return found
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The instructions of .text as numbers. */
function text(source: string): string {
  const { bytes } = section(program(source), '.text')
  const words: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = (bytes[at] & 3) === 3 ? 4 : 2
    words.push(hex(bytes.slice(at, at + length).reverse()))
    at += length
  }
  return words.join(' ')
}
/** The bytes of .data. */
const data = (source: string): string => hex(section(program(`.data\n${source}`), '.data').bytes)

describe('instructions', () => {
  test.each([
    ['32-bit formats', '.option norvc; add a0, a1, a2; addi a0, a0, -1; sd ra, 8(sp)', '00c58533 fff50513 00113423'],
    ['an offset of 0 may be left out', '.option norvc; ld a0, (a1); ld a0, 0(a1)', '0005b503 0005b503'],
    ['registers by number and fp', '.option norvc; mv x10, fp', '00040513'],
    ['the upper 20 bits', 'lui a0, 0x80000; auipc a1, 1', '80000537 00001597'],
    [
      'acquire and release',
      'lr.w a0, (a1); sc.d.rl a0, a1, (a2); amoadd.w.aqrl a0, a1, 0(a2)',
      '1005a52f 1ab6352f 06b6252f',
    ],
    ['CSRs by name and number', 'csrrw a0, satp, a1; csrrsi zero, 0x300, 5', '18059573 3002e073'],
    [
      'sets of a fence',
      'fence rw, w; fence iorw, o; fence; fence.tso; fence.i',
      '0310000f 0f40000f 0ff0000f 8330000f 0000100f',
    ],
    ['sfence.vma with 0 to 2 registers', 'sfence.vma; sfence.vma a0; sfence.vma a0, a1', '12000073 12050073 12b50073'],
    ['without operands', 'ecall; sret; mret; wfi', '00000073 10200073 30200073 10500073'],
    ['16-bit names', 'c.addi4spn a0, sp, 16; c.addi16sp sp, -64; c.lwsp a0, 4(sp); c.jr ra', '0808 7139 4512 8082'],
  ])('%s', (_, source, expected) => {
    expect(text(source)).toBe(expected)
  })
})

describe('compression', () => {
  test.each([
    [
      'is the default',
      'addi a0, a0, 1; ld a0, 8(a1); sd a0, 8(sp); add a0, a0, a1; ebreak',
      '0505 6588 e42a 952e 9002',
    ],
    ['stops at norvc', '.option norvc; addi a0, a0, 1; .option rvc; addi a0, a0, 1', '00150513 0505'],
    ['push and pop', '.option push; .option norvc; nop; .option pop; nop', '00000013 0001'],
    ['swaps what commutes', 'and a0, a1, a0; sub a0, a1, a0', '8d6d 40a58533'],
    ['does not make hints', 'slli a0, a0, 0; addi zero, zero, 1; lui zero, 1', '00051513 00100013 00001037'],
    ['takes c.li alone for li', 'li zero, 0; li a0, 0', '00000013 4501'],
    [
      'leaves jal and jalr as they are written',
      'jal zero, .; j .; jalr zero, 0(ra); jr ra; ret',
      '0000006f a001 00008067 8082 8082',
    ],
    ['leaves relocated immediates', 'lui a0, %hi(4096); addi a0, a0, %lo(4)', '00001537 00450513'],
  ])('%s', (_, source, expected) => {
    expect(text(source)).toBe(expected)
  })
})

describe('pseudo-instructions', () => {
  test.each([
    [
      'nop, mv, not, neg',
      '.option norvc; nop; mv a0, a1; not a0, a1; neg a0, a1; negw a0, a1',
      '00000013 00058513 fff5c513 40b00533 40b0053b',
    ],
    ['extensions', '.option norvc; sext.w a0, a1; zext.b a0, a1; zext.h a0, a1', '0005851b 0ff5f513 03059513 03055513'],
    [
      'comparisons with zero',
      'seqz a0, a1; snez a0, a1; sltz a0, a1; sgtz a0, a1',
      '0015b513 00b03533 0005a533 00b02533',
    ],
    ['branches', 'bgtz a0, .; ble a0, a1, .; bgtu a0, a1, .', '00a04063 00a5d063 00a5e063'],
    [
      'jumps and calls',
      '.option norvc; j .; jal .; jr a0; jalr a0; ret',
      '0000006f 000000ef 00050067 000500e7 00008067',
    ],
    [
      'forms of jalr',
      'jalr a0, a1; jalr a0, 4(a1); jalr a0, a1, 4; jalr 4(a1); jr 4(a1)',
      '00058567 00458567 00458567 004580e7 00458067',
    ],
    [
      'CSRs',
      'csrr a0, satp; csrw satp, a0; csrw satp, 1; csrs satp, a0; csrci satp, 2',
      '18002573 18051073 1800d073 18052073 18017073',
    ],
    ['counters', 'rdcycle a0; rdtime a0; rdinstret a0', 'c0002573 c0102573 c0202573'],
    ['unimp', 'unimp; .option norvc; unimp', '0000 c0001073'],
    ['an operation on a number', 'add a0, a1, 100; or a0, a1, 5; sllw a0, a1, 3', '06458513 0055e513 0035951b'],
  ])('%s', (_, source, expected) => {
    expect(text(source)).toBe(expected)
  })

  test.each([
    ['0', '00000513'],
    ['2047', '7ff00513'],
    ['-2048', '80000513'],
    ['2048', '00001537 8005051b'],
    ['0x12345678', '12345537 6785051b'],
    ['-1 << 12', 'fffff537'],
    ['0x7fffffff', '80000537 fff5051b'],
    ['0x80000000', '0010051b 01f51513'],
    ['0xffffffff', '0010051b 02051513 fff50513'],
    ['0x123456789abcdef0', '00247537 8ad5051b 00e51513 c4d50513 00c51513 5e750513 00d51513 ef050513'],
  ])('li %s', (value, expected) => {
    expect(text(`.option norvc; li a0, ${value}`)).toBe(expected)
  })

  test.each([
    ['la', 'la a0, there; .zero 0x800; there: nop', '00001517 80850513'],
    ['la where the lower bits round up', 'la a0, there; .zero 0x7f8; there: nop', '00001517 80050513'],
    ['la of a number', 'la a0, 0x800', '00001537 8005051b'],
    ['call and tail', 'call there; tail there; there: nop', '00000097 010080e7 00000317 00830067'],
    ['call by way of another register', 'call t0, .', '00000317 000302e7'],
    [
      'a load and a store of a symbol',
      'lw a0, there; sd a0, there, t0; there: nop',
      '00000517 01052503 00000297 00a2b423',
    ],
    ['%pcrel_hi and %pcrel_lo', '1: auipc a0, %pcrel_hi(. + 8); lb a1, %pcrel_lo(1b)(a0)', '00000517 00850583'],
  ])('%s', (_, source, expected) => {
    expect(text(`.option norvc; ${source}`).slice(0, expected.length)).toBe(expected)
  })
})

describe('branches take the shortest form that reaches', () => {
  test.each([
    ['2 bytes', 'beqz a0, there; .zero 252; there: nop', 'cd7d'],
    ['4 bytes', 'beqz a0, there; .zero 254; there: nop', '10050163'],
    ['4 bytes without a 16-bit form', 'beqz s2, there; nop; there: nop', '00090363'],
    ['6 bytes, an inverted branch over a jump', 'beqz a0, there; .zero 4094; there: nop', 'e119 0020106f'],
    ['8 bytes, where the branch has no 16-bit form', 'bltu a0, a1, there; .zero 4092; there: nop', '00b57463 0000106f'],
    ['2 and 4 bytes of a jump', 'j there; .zero 2044; there: j there - 2046; j there - 2050', 'affd b009 ffcff06f'],
  ])('%s', (_, source, expected) => {
    const withoutZeroes = text(source).replace(/ 0000(?= |$)/g, '')
    expect(withoutZeroes.slice(0, expected.length)).toBe(expected)
  })

  test('8 bytes to an address that is a number', () => {
    expect(text('beqz a0, 0x80000000')).toBe('00051463 ffdff06f')
  })

  test('one that grows moves what others have to reach', () => {
    const source = 'beqz a0, far; beqz a1, near; .zero 248; near: nop; .zero 4096; far: nop'
    const { symbols } = program(source)
    expect(symbols.find(({ name }) => name === 'near')?.address).toBe(0x8000_0000n + 6n + 2n + 248n)
  })
})

describe('labels', () => {
  test('numeric ones are used again, backwards and forwards', () => {
    expect(text('1: j 1f; 1: j 1b; j 1f; 1: nop')).toBe('a009 a001 a009 0001')
  })

  test('several may stand on one line, and a statement behind them', () => {
    expect(text('a: b: 1: nop; j a; j b; j 1b')).toBe('0001 bffd bff5 bfed')
  })

  test('symbols have the address, kind and size that are said of them', () => {
    const { symbols, entry } = program(
      '.globl _start; nop; .type _start, @function; _start: nop; .size _start, . - _start; .L0: .set limit, 5',
    )
    expect(symbols).toEqual([
      { name: '_start', address: 0x8000_0002n, kind: 'function', size: 2n },
      { name: 'limit', address: 5n, kind: 'none' },
    ])
    expect(entry).toBe(0x8000_0002n)
  })
})

describe('data', () => {
  test.each([
    ['integers', '.byte 1, -1, 255; .half 0x1234; .word -2; .dword 1', '01ffff3412feffffff0100000000000000'],
    [
      'their other names',
      '.2byte 1; .4byte 2; .8byte 3; .quad 4',
      '010002000000'.concat('0300000000000000', '0400000000000000'),
    ],
    [
      'characters and strings',
      `.byte 'a', '\\n'; .ascii "a\\n\\t\\"\\\\\\101\\x42"; .asciz "x", "y"; .string "é"`,
      '610a610a09225c4142780079'.concat('00', 'c3a900'),
    ],
    ['room', '.byte 1; .zero 2; .space 2, 0xff; .skip 1; .byte 2', '010000ffff0002'],
    ['.fill', '.fill 2, 2, 0x1234; .fill 1, 8, -1; .fill 2', '34123412ffffffff000000000000'],
    [
      'alignment',
      '.byte 1; .align 2; .byte 2; .balign 4, 0xee; .byte 3; .p2align 3,,2; .byte 4',
      '0100000002eeeeee0304',
    ],
    ['repetition', '.set n, 2; .rept n; .byte 1; .rept 2; .byte 2; .endr; .endr', '010202010202'],
    ['addresses', 'a: .word a; .dword b - a; b:', '00000080'.concat('0c00000000000000')],
  ])('%s', (_, source, expected) => {
    expect(data(source)).toBe(expected)
  })

  test.each([
    ['1 + 2 & 3', 3n],
    ['1 << 2 + 1', 5n],
    ['2 * 3 + 4', 10n],
    ['10 - 3 - 2', 5n],
    ['-7 / 2', -3n],
    ['-7 % 3', -1n],
    ['~0', -1n],
    ['-1 >> 60', 15n],
    ['(1 | 6) ^ 2', 5n],
    ['- - 5', 5n],
    ['0x10 + 0b11 + 010', 27n],
    ['0xffffffffffffffff', -1n],
  ])('%s is %i', (expression, value) => {
    const { bytes } = section(program(`.data\n.dword ${expression}`), '.data')
    expect(new DataView(bytes.buffer).getBigInt64(0, true)).toBe(value)
  })

  test('.set gives a symbol another value for the lines that follow', () => {
    expect(data('.set n, 1; .byte n; n = n + 1; .byte n; .byte later; .equ later, 7')).toBe('010207')
  })
})

describe('layout', () => {
  const source = `
    .section .text.second, "ax", @progbits
    nop
    .bss
    room: .zero 100
    .data
    .dword 1
    .section .rodata
    .byte 1
    .text
    nop   # .text is first
    .section .later, "aw", @nobits
    .zero 8`

  test('instructions, read-only data, data and zeroes, each kind on pages of its own', () => {
    const { sections } = program(source)
    expect(sections.map(({ name, address, memoryBytes, bytes }) => [name, address, memoryBytes, bytes.length])).toEqual(
      [
        ['.text', 0x8000_0000n, 2, 2],
        ['.text.second', 0x8000_0002n, 2, 2],
        ['.rodata', 0x8000_1000n, 1, 1],
        ['.data', 0x8000_2000n, 8, 8],
        ['.bss', 0x8000_2008n, 100, 0],
        ['.later', 0x8000_206cn, 8, 0],
      ],
    )
    expect(sections.map(({ executable, writable }) => `${executable ? 'x' : ''}${writable ? 'w' : ''}`)).toEqual([
      ...['x', 'x', '', 'w', 'w', 'w'],
    ])
  })

  test('begins at the base that is asked for, to the byte', () => {
    expect(program('nop', 0x1004n).sections[0].address).toBe(0x1004n)
  })

  test('code is filled with instructions that do nothing', () => {
    expect(text('nop; .align 3; nop; .align 2')).toBe('0001 0001 00000013 0001 0001 00000013')
  })
})

describe('comments and separators', () => {
  test('are those of GNU as', () => {
    expect(text('nop # one ; nop\n nop // two\n nop /* three\n nop */ ; nop\r\n\tnop')).toBe('0001 0001 0001 0001 0001')
  })
})

describe('the disassembler', () => {
  const decode = createDecoder(instructions)
  /** Rows that other text stands for: a hint's immediate and the reserved fields of fences are not written. */
  const operandBits = (bits: number): number | undefined => {
    const decoded = decode(bits)
    if (decoded === undefined) return undefined
    const { row, rd, rs1, rs2 } = decoded
    const immediate = row.name === 'c.nop' ? 0 : row.name === 'fence' ? decoded.immediate & 0xff : decoded.immediate
    return ((encode(row, { rd, rs1, rs2, immediate }) ?? 0) | (row.extension === 'A' ? bits & 0x06000000 : 0)) >>> 0
  }

  test.each(instructions.map((row) => [row.name, row] as const))(
    '%s: its text is assembled to the same bits',
    (_, row) => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 0xffffffff }), (random) => {
          const some = ((random & ~row.mask) | row.match) >>> 0
          const bits = operandBits(row.format.length === 2 ? some & 0xffff : some)
          if (bits === undefined || decode(bits)?.row !== row) return
          // GNU as takes an address that is a number to be far away, so the text is made relative.
          const written = disassemble(decode(bits), bits, 0n, () => undefined)
          const source = row.format.assembly.includes('target')
            ? written.replace(/0x([0-9a-f]+)$/, (address) => `. + ${BigInt.asIntN(64, BigInt(address))}`)
            : written
          const option = row.format.length === 2 ? 'rvc' : 'norvc'
          expect(text(`.option ${option}; ${source}`).split(' ')[0]).toBe(
            bits.toString(16).padStart(2 * row.format.length, '0'),
          )
        }),
        { numRuns: 30 },
      )
    },
  )
})

describe('errors name the place and what is wrong', () => {
  test.each([
    ['adi a0, a0, 1', '1:1: unknown instruction adi; did you mean addi?'],
    ['frobnicate a0', '1:1: unknown instruction frobnicate'],
    ['nop\n  .wrod 1', '2:3: unknown directive .wrod; did you mean .word?'],
    ['addi a0, a0', '1:1: addi takes 3 operands (rd, rs1, immediate), not 2'],
    ['sret a0', '1:1: sret takes no operands, not 1'],
    ['beqz a0', '1:1: beqz does not take this operand'],
    ['addi a0, a9, 1', '1:10: unknown register a9; they are x0 to x31, or zero, ra, sp, gp, tp, t0, s0, a0 …'],
    ['add a0, (a1), a2', '1:10: expected a register as rs1'],
    ['lw a0, a1', '1:8: expected offset(rs1)'],
    ['add a0 a1', '1:8: unexpected a1'],
    ['.byte 1 +', '1:9: something is missing after +'],
    ['addi a0, a0, 5000', '1:14: immediate 5000 out of range; -2048 to 2047'],
    ['slli a0, a0, 64', '1:14: immediate 64 out of range; 0 to 63'],
    ['c.lwsp a0, 6(sp)', '1:12: immediate 6 is not a multiple of 4, as c.lwsp needs'],
    ['c.lw a0, 0(t0)', '1:1: c.lw cannot encode these operands; only s0, s1 and a0 to a5 fit'],
    ['c.lui sp, 1', '1:1: c.lui cannot encode these operands; reserved: rd 2, immediate 0'],
    ['.option norvc\nc.nop', '2:1: c.nop needs .option rvc'],
    ['csrr a0, mstatu', '1:10: unknown CSR mstatu; a number also does'],
    ['csrr a0, 4096', '1:10: CSR number 4096 out of range; 0 to 4095'],
    ['fence wr, w', '1:7: expected letters of iorw, in this order'],
    ['lr.w a0, 4(a1)', '1:10: offset 4 out of range; it can only be 0'],
    ['j nowhere', '1:3: undefined symbol nowhere'],
    ['x: nop\nx: nop', '2:1: symbol x is already defined'],
    ['j 1f', '1:3: no label 1: after this'],
    ['j 1b', '1:3: no label 1: before this'],
    ['li a0, x\n.set x, 1', '1:8: a number that is known at this line is needed: undefined symbol x'],
    ['li a0, 0x1ffffffffffffffff', '1:8: 0x1ffffffffffffffff does not fit 64 bits'],
    ['.word 08', '1:7: 08 is octal, as it begins with 0, but has a digit above 7'],
    ['.word 1 / 0', '1:7: division by zero'],
    ['a: .dword a * 2', '1:11: * cannot be applied to addresses'],
    ['.set a, b\n.set b, a\n.word a', '1:9: symbol b is defined by itself'],
    ['.byte 256', '1:7: value 256 does not fit a byte'],
    ['lw a0, %hi(0)(a0)', '1:8: lw does not take %hi'],
    ['lw a0, %tprel(0)(a0)', '1:8: unknown relocation %tprel; there are %hi, %lo, %pcrel_hi, %pcrel_lo'],
    ['.word %hi(0)', "1:7: %hi stands only for an instruction's whole immediate"],
    ['1: addi a0, a0, %pcrel_lo(1b)', '1:17: %pcrel_lo takes the label of an instruction with %pcrel_hi'],
    [
      'x: lui a0, %hi(x)',
      '1:12: 0x80000000 does not fit the 32 bits, sign-extended, that lui reaches; la takes any address',
    ],
    ['la a0, far\n.set far, x + (1 << 40)\nx:', '1:8: 0x10080000008 is more than 2 GiB away'],
    ['jal ra, . + 0x100000', '1:9: jal to 0x80100000 is out of range: 1048576 bytes; -1048576 to 1048574'],
    ['j . + 1', '1:3: c.j to 0x80000001: the distance 1 is odd'],
    ['.bss\n.word 1', '2:7: section .bss has no bytes; only .zero, .space and .align go there'],
    ['.section .foo', '1:1: section .foo needs flags, such as "aw" for data or "ax" for instructions'],
    ['.section .foo, "q"', '1:16: expected flags between quotation marks: a, and w or x'],
    ['.option pop', '1:1: .option pop without .option push'],
    ['.option arch', '1:1: .option takes rvc, norvc, push, pop, relax or norelax'],
    ['.balign 6', '1:1: .balign 6: the alignment must be a power of two, up to 2^31'],
    ['.zero -1', '1:1: .zero -1: the size must be 0 to 2^30'],
    ['.endr', '1:1: .endr without .rept'],
    ['.rept 2\nnop', '2:4: .rept without .endr before the end of the file'],
    ['.ascii "abc', '1:8: this string has no end'],
    ['nop `', '1:5: unexpected character `'],
  ])('%s', (source, message) => {
    expect(() => program(source)).toThrow(new InputError(`test.s:${message}`))
  })
})
