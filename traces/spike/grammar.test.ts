import { describe, expect, test } from 'vitest'
import { Evidence } from './generation.ts'
import { LineError, parseLine } from './grammar.ts'

const event = (text: string) => parseLine(text, 7).event
const common = { kind: 'commit', line: 7, hart: 0, privilege: 3, registers: [], csrs: [], memory: [] }

describe('commit lines of every generation', () => {
  test('before 2019-09: no prefix, one register, padding before the number', () => {
    expect(event('3 0x0000000080000000 (0x00000297) x 5 0x0000000080000000')).toEqual({
      ...common,
      pc: 0x80000000n,
      instruction: 0x297,
      length: 4,
      registers: [{ file: 'x', number: 5, value: 0x80000000n }],
    })
    expect(event('0 0x80000004 (0x4505) x10 0x00000001')).toMatchObject({
      privilege: 0,
      instruction: 0x4505,
      length: 2,
    })
    expect(event('1 0x80000004 (0x00028067)')).toMatchObject({ privilege: 1, registers: [] })
    expect(event('3 0x0000000080000000 (0x00053087) f 1 0xffffffff3f800000')).toMatchObject({
      registers: [{ file: 'f', number: 1, value: 0xffffffff3f800000n }],
    })
  })

  test('2019-09 to 2020-03: stores with data, loads with addresses, vectors with every register', () => {
    expect(event('3 0x0000000080000000 (0x00a28023) mem 0x0000000080001000 0x5')).toMatchObject({
      memory: [{ kind: 'store', va: 0x80001000n, size: 1, value: 5n }],
    })
    expect(event('3 0x0000000080000000 (0x0002b503) x10 0x00000000000000aa mem 0x0000000080001000')).toMatchObject({
      memory: [{ kind: 'load', va: 0x80001000n }],
    })
    expect(event('3 0x0000000080000000 (0x02058407) e8 m1 v 8 0x0102 e8 m1 v 9 0x0304')).toMatchObject({
      vector: { elementBits: 8, multiplier: 1 },
      registers: [
        { file: 'v', number: 8, value: 0x102n },
        { file: 'v', number: 9, value: 0x304n },
      ],
    })
  })

  test('2020-03 to 2020-09: vector length, CSR writes, several items in any order', () => {
    const line =
      '3 0x0000000080000000 (0x0205f407) e32 mf2 l2 c768_mstatus 0x0000000000000600 v 8 0x0102 x 1 0x0000000000000001'
    expect(event(line)).toMatchObject({
      vector: { elementBits: 32, multiplier: 0.5, length: 2 },
      csrs: [{ csr: 768, name: 'mstatus', value: 0x600n }],
      registers: [
        { file: 'v', number: 8 },
        { file: 'x', number: 1 },
      ],
    })
    expect(parseLine(line, 1).evidence & Evidence.unorderedWrites).not.toBe(0)
  })

  test('since 2020-09: the hart in front; since 2022-05: padding after the number', () => {
    expect(event('core  12: 3 0x0000000080000004 (0x02028593) x 1 0x0000000000001020')).toMatchObject({ hart: 12 })
    const amo =
      'core1234: 0 0x0000000080000004 (0x00a5b52f) x10 0x0000000000001020 mem 0x0000000000000008 mem 0x0000000000000008 0x00000000000000ff'
    expect(event(amo)).toEqual({
      ...common,
      hart: 1234,
      privilege: 0,
      pc: 0x80000004n,
      instruction: 0xa5b52f,
      length: 4,
      registers: [{ file: 'x', number: 10, value: 0x1020n }],
      memory: [
        { kind: 'load', va: 8n },
        { kind: 'store', va: 8n, size: 8, value: 0xffn },
      ],
    })
    expect(event('core   0: 1 0x80000004 (0x00028067) c1_fflags 0x00000001 x5  0x00000007')).toMatchObject({
      csrs: [{ csr: 1, name: 'fflags', value: 1n }],
      registers: [{ file: 'x', number: 5, value: 7n }],
    })
  })
})

describe('lines of -l', () => {
  test('disassembly, also of garbage with the length bits of a long instruction', () => {
    expect(event('core   0: 0x000000008000004c (0xfe62ece3) bltu    t0, t1, pc - 8')).toEqual({
      kind: 'disassembly',
      line: 7,
      hart: 0,
      pc: 0x8000004cn,
      instruction: 0xfe62ece3n,
      text: 'bltu    t0, t1, pc - 8',
    })
    expect(event('core   0: 0x8000004c (0xffffffffffffffff) unknown')).toMatchObject({ instruction: 2n ** 64n - 1n })
  })

  test.each([
    ['trap_instruction_address_misaligned', 0, false],
    ['trap_user_ecall', 8, false],
    ['trap_hypervisor_ecall', 10, false],
    ['trap_store_page_fault', 15, false],
    ['trap_store_guest_page_fault', 23, false],
    ['trap #24', 24, false],
    ['interrupt #7', 7, true],
  ])('exception %s', (name, cause, interrupt) => {
    expect(event(`core   3: exception ${name}, epc 0x0000000080000010`)).toEqual({
      kind: 'exception',
      line: 7,
      hart: 3,
      name,
      cause,
      interrupt,
      epc: 0x80000010n,
    })
  })

  test('trap value under both names, symbols, repeats, triggers', () => {
    expect(event('core   0:           tval 0x0000000080000010')).toMatchObject({ kind: 'tval', value: 0x80000010n })
    expect(event('core   0:           badaddr 0x0000000080000010')).toMatchObject({ kind: 'tval' })
    expect(event('core   0: >>>>  _start')).toEqual({ kind: 'symbol', line: 7, hart: 0, name: '_start' })
    // At address 0 is the nameless first entry of every symbol table.
    expect(event('core   0: >>>>  ')).toEqual({ kind: 'symbol', line: 7, hart: 0, name: '' })
    expect(event('core   0: Executed 12 times')).toEqual({ kind: 'repeat', line: 7, hart: 0, times: 12 })
    expect(event('core   0: trigger action 1')).toMatchObject({ kind: 'note' })
  })
})

test.each([
  "warning: tohost and fromhost symbols not in ELF; can't communicate with target",
  'Warning: the memory at [0x80000000, 0x80000FFF] has been realigned',
  '*** FAILED *** (tohost = 1337)',
  'Access exception occurred while loading payload prog.elf:',
  'Memory address 0x1000 is invalid',
])('note: %s', (text) => {
  expect(event(text)).toEqual({ kind: 'note', line: 7, text })
})

test('lines of the CVA6 tracer', () => {
  expect(event('core   0: 0x0000000080000000 (0x00000297) DASM(00000297)')).toMatchObject({ text: 'DASM(00000297)' })
  expect(event('core   INTERRUPT 0: 0x0000000080000000 (0x00000297) DASM(00000297)')).toMatchObject({ pc: 0x80000000n })
  expect(event('LOAD_PAGE_FAULT exception @ 0x0000000080000000 (0x00053503)')).toMatchObject({
    kind: 'exception',
    cause: 13,
  })
})

const pc = '0x0000000080000010'
test.each([
  ['hello', 'expected "core   N: ", a privilege (0, 1 or 3)', 'column 1, found "hello"'],
  ['', '"core   N: "', 'column 1, found the end of the line'],
  ['core   0: what is this', 'expected a privilege (0, 1 or 3), a number in hex', 'column 11, found "what is this"'],
  [`core   0: 2 ${pc} (0x00000297)`, 'a privilege (0, 1 or 3)', 'column 11'],
  [`core 0: 3 ${pc} (0x00000297)`, '"core   N: "', 'column 1'],
  ['core   0: 3 0x00000000800000g0 (0x00000297)', '"(0x" instruction ")"', 'column 29'],
  ['core   0: 3 0x000000008000001 (0x00000297)', 'an address of 8 or 16 digits', 'column 13'],
  [`core   0: 3 ${pc}`, '"(0x" instruction ")"', 'column 31, found the end of the line'],
  [`core   0: 3 ${pc} (0x000297)`, 'an instruction of 4 or 8 digits', 'column 31'],
  [`core   0: 3 ${pc} (0x00000297) x5 0x0000000000000001`, 'a register, a CSR, "mem" or the end', 'column 44'],
  [`core   0: 3 ${pc} (0x00000297) x5  0x00000001`, 'a value of 16 digits', 'column 49'],
  [`core   0: 3 ${pc} (0x00000297) x0  0x0000000000000001`, 'a register other than x0', 'column 44'],
  [`core   0: 3 ${pc} (0x00000297) x32 0x0000000000000001`, 'a register from 0 to 31', 'column 44'],
  [`core   0: 3 ${pc} (0x00000297) f1  0x001`, 'a value of 8, 16 or 32 digits', 'column 49'],
  [`core   0: 3 ${pc} (0x00000297) v1  0x001`, 'whole bytes', 'column 49'],
  [`core   0: 3 ${pc} (0x00000297) c4096_x 0x0000000000000001`, 'a CSR from 0 to 4095', 'column 44'],
  [`core   0: 3 ${pc} (0x00000297) x10 `, 'a number in hex', 'found the end of the line'],
  [`core   0: 3 ${pc} (0x00000297) mem`, '"mem" or the end', 'column 44'],
  [`core   0: 3 ${pc} (0x00000297) mem ${pc} 0x123`, 'data of 1, 2, 4 or 8 bytes', 'column 67'],
  [`core   0: 3 ${pc} (0x00000297) mem ${pc} 0x01 mem ${pc}`, 'loads before stores', 'column 77'],
  [`core   0: 3 ${pc} (0x00000297) `, 'the end of the line', 'column 44'],
  [`core   0: ${pc} (0x0297) auipc`, 'an instruction of at least 8 digits', 'column 29'],
  [`core   0: exception trap_door, epc ${pc}`, 'an exception of Spike', 'column 11'],
  [`core   0: exception trap_breakpoint, epc 0x123`, 'an address of 8 or 16 digits', 'column 42'],
  ['*** FAILED *** (tohost = 3) and more', 'the end of the line', 'column 28'],
  ['ODD exception @ 0x0000000080000000 (0x00053503)', 'an exception of CVA6', 'column 1'],
])('%j is an error that says what was expected', (text, expected, place) => {
  expect(() => parseLine(text, 1)).toThrow(LineError)
  expect(() => parseLine(text, 1)).toThrow(expected)
  expect(() => parseLine(text, 1)).toThrow(place)
})
