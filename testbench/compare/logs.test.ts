import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { compareLogs, type LogComparison } from './logs.ts'

const folder = mkdtempSync(join(tmpdir(), 'logs-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function compare(left: readonly string[], right: readonly string[]): Promise<LogComparison> {
  for (const [name, lines] of Object.entries({ left, right }))
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
  return compareLogs(join(folder, 'left'), join(folder, 'right'), { csrName: (csr) => `csr${csr}` })
}

const bootRom = ['core   0: 3 0x0000000000001000 (0x00000297) x5  0x0000000000001000']
const program = [
  'core   0: 3 0x0000000080000000 (0x00500513) x10 0x0000000000000005',
  'core   0: 3 0x0000000080000004 (0x00a43023) mem 0x0000000080002000 0x0000000000000005',
  'core   0: 3 0x0000000080000008 (0x00043583) x11 0x0000000000000005 mem 0x0000000080002000',
  'core   0: 3 0x000000008000000c (0x34051073) c832_mscratch 0x0000000000000005',
]

describe('two logs are the same', () => {
  test('where every line agrees', async () => {
    expect(await compare(program, program)).toMatchObject({ same: true, instructions: 4, masks: [] })
  })

  test('where one begins in a boot ROM that the other lacks', async () => {
    const result = await compare([...bootRom, ...program], program)
    expect(result).toMatchObject({ same: true, instructions: 4, logs: [{ skipped: 1 }, { skipped: 0 }] })
  })

  test('where one shows traps and disassembly and the other does not', async () => {
    const trap = [
      'core   0: exception trap_illegal_instruction, epc 0x0000000080000004',
      'core   0:           tval 0x0000000000000000',
    ]
    expect(await compare(program.toSpliced(1, 0, ...trap), program)).toMatchObject({ same: true, instructions: 4 })
  })

  test('where one goes on in a loop that waits for the end', async () => {
    const wait = ['core   0: 3 0x0000000080000010 (0x0000006f)', 'core   0: 3 0x0000000080000010 (0x0000006f)']
    const result = await compare([...program, ...wait], program)
    expect(result).toMatchObject({ same: true, instructions: 4, logs: [{ spun: 2 }, { spun: 0 }] })
  })

  test('where an older generation leaves out loads, and counts what it could not compare', async () => {
    const old = program.slice(0, 3).map((line) =>
      line
        .replace('core   0: ', '')
        .replace(/x(\d) /, 'x $1')
        .replace(/ mem 0x\w+$/, ''),
    )
    const result = await compare(program.slice(0, 3), old)
    expect(result).toMatchObject({ same: true, masks: [{ id: 'loads-not-logged', hits: 1 }] })
  })

  test('across formats', async () => {
    const rvfi = {
      valid: 1,
      order: '0x0',
      insn: '0x00500513',
      trap: 0,
      halt: 0,
      intr: 0,
      mode: 3,
      ixl: 2,
      rs1_addr: 0,
      rs2_addr: 0,
      rs1_rdata: '0x0',
      rs2_rdata: '0x0',
      rd_addr: 10,
      rd_wdata: '0x5',
      pc_rdata: '0x80000000',
      pc_wdata: '0x80000004',
      mem_addr: '0x0',
      mem_rmask: '0x0',
      mem_wmask: '0x0',
      mem_rdata: '0x0',
      mem_wdata: '0x0',
    }
    const [first] = program
    expect(await compare([JSON.stringify(rvfi)], [first])).toMatchObject({ same: true, instructions: 1 })
    const wrong = { ...rvfi, rd_wdata: '0x6' }
    expect((await compare([JSON.stringify(wrong)], [first])).divergence?.fields).toEqual([
      { field: 'x10', left: '0000000000000006', right: '0000000000000005' },
    ])
  })
})

describe('the first difference is named', () => {
  test('with the lines before it and the fields', async () => {
    const { same, divergence } = await compare(program, program.with(2, program[2].replace('5 mem', '6 mem')))
    expect(same).toBe(false)
    expect(divergence).toMatchObject({
      instruction: 2,
      before: [{ text: 'addi a0, zero, 5' }, { text: 'sd a0, 0(s0)' }],
      left: { line: 3, text: 'ld a1, 0(s0)' },
      fields: [{ field: 'x11', left: '0000000000000005', right: '0000000000000006' }],
    })
  })

  test('where one log ends first', async () => {
    const { divergence } = await compare(program, program.slice(0, 1))
    expect(divergence).toMatchObject({ instruction: 1, right: undefined })
  })
})

describe('what follows from a permitted difference may differ, and nothing else', () => {
  const readCycle = 'core   0: 3 0x0000000080000010 (0xc0002573) x10 0x0000000000000100'
  const addToIt = 'core   0: 3 0x0000000080000014 (0x00150593) x11 0x0000000000000101'
  const storeIt = 'core   0: 3 0x0000000080000018 (0x00b43023) mem 0x0000000080002000 0x0000000000000101'
  const loadIt = 'core   0: 3 0x000000008000001c (0x00043603) x12 0x0000000000000101 mem 0x0000000080002000'
  const overwrite = 'core   0: 3 0x0000000080000020 (0x00500613) x12 0x0000000000000005'
  const useOther = 'core   0: 3 0x0000000080000024 (0x00160693) x13 0x0000000000000006'
  const left = [readCycle, addToIt, storeIt, loadIt, overwrite, useOther]

  test('through registers and memory', async () => {
    const right = left.map((line) =>
      line.replace('0000000000000100', '0000000000000200').replace('0000000000000101', '0000000000000201'),
    )
    const { same, masks } = await compare(left, right)
    expect(same).toBe(true)
    expect(masks.map(({ id, hits }) => [id, hits])).toEqual([
      ['cycle-csr', 1],
      ['follows', 3],
    ])
  })

  test('but not in an instruction that does not read such a value', async () => {
    const right = left.with(0, readCycle.replace('100', '200')).with(5, useOther.replace('0000006', '0000007'))
    const { divergence } = await compare(left, right)
    expect(divergence).toMatchObject({ instruction: 5, left: { text: 'addi a3, a2, 1' } })
  })
})
