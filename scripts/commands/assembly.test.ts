import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { heard, temporaryFolder } from './heard.ts'

const path = temporaryFolder()
const source = path('program.S')
writeFileSync(
  source,
  `
  .globl _start
  .type _start, @function
_start:
  csrr t0, mhartid
  beqz t0, next
  .type table, @object
table: .word 0x12345678
  .half 0x9abc
next:
  c.nop
  j _start
`,
)

describe('asm and disasm', () => {
  test('a program is shown as it was written, with symbols, data and targets', async () => {
    expect(await heard('asm', source, '-o', path('program.elf'))).toEqual({ code: 0, out: '', err: '' })
    const { code, out } = await heard('disasm', path('program.elf'))
    expect(code).toBe(0)
    expect(out).toBe(`0000000080000000 <_start>:
    80000000:  f14022f3  csrrs t0, mhartid, zero
    80000004:  00028563  beq t0, zero, 0x8000000e <next>

0000000080000008 <table>:
    80000008:  12345678  .word 0x12345678
    8000000c:  9abc      .half 0x9abc

000000008000000e <next>:
    8000000e:  0001      c.nop
    80000010:  bfc5      c.j 0x80000000 <_start>
`)
  })

  test('--base moves the program', async () => {
    await heard('asm', source, '-o', path('moved.elf'), '--base', '0x80200000')
    const { out } = await heard('disasm', path('moved.elf'))
    expect(out).toMatch(/^0{8}80200000 <_start>:$/m)
  })

  test('--symbol shows that symbol only', async () => {
    const { out } = await heard('disasm', path('program.elf'), '--symbol', 'next')
    expect(out).toBe(`000000008000000e <next>:
    8000000e:  0001      c.nop
    80000010:  bfc5      c.j 0x80000000 <_start>
`)
  })

  test('--bits shows instructions, with targets from --base', async () => {
    const { out } = await heard('disasm', '--bits', '00a50533', '0x8082', 'fff00067', '0000006f', '--base', '0x1000')
    expect(out).toBe(`        1000:  00a50533  add a0, a0, a0
        1004:  8082      c.jr ra
        1006:  fff00067  jalr zero, -1(zero)
        100a:  0000006f  jal zero, 0x100a
`)
  })
})
