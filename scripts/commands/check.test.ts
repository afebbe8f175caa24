import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { packageRoot } from '../terminal/package-root.ts'
import { heard, temporaryFolder, writeProgram } from './heard.ts'

const path = temporaryFolder()
const fork = join(packageRoot(), 'traces/recorded/fork-host.log.gz')
const program = path('program.elf')
const [log, rvfi] = [path('program.log'), path('program.rvfi')]
beforeAll(async () => {
  writeProgram(program, ' li a0, 0\n')
  await heard('run', program, '--trace', log)
  await heard('run', program, '--trace', rvfi, '--trace-format', 'rvfi')
})

describe('check', () => {
  test('says of a recorded trace what was judged, and that no promise is broken', async () => {
    const { code, out, err } = await heard('check', fork)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/fork-host\.log\.gz, of \S+fork-host\.elf: [\d,]+ records, 29 calls about enclaves\n/)
    expect(out).toContain('no promise is broken')
  })

  test('says of a trace without calls that there is nothing to judge, whatever its format', async () => {
    for (const words of [[rvfi], [log, '--elf', program]]) {
      const { code, out } = await heard('check', ...words)
      expect(code).toBe(0)
      expect(out).toContain('nothing to judge')
      expect(out).toContain('There is no call to a monitor of enclaves')
    }
  })

  test('prints JSON, one result for each trace', async () => {
    const { code, out } = await heard('check', '--json', rvfi, rvfi)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject([{ trace: rvfi, calls: 0 }, { trace: rvfi }])
  })

  test('names the retirement that breaks a promise, with what surrounds it', async () => {
    const { code, out } = await heard('check', rogue(path('rogue.rvfi')))
    expect(code).toBe(1)
    expect(out).toContain('BROKEN isolation: the host read a page of the monitor: physical address 0x80001000')
    expect(out).toMatch(/^> +3 {2}host +0000000080200004 {2}ld a1, 0\(a0\)$/m)
  })
})

/** A host that reads memory of the monitor, and then asks it for something. */
function rogue(file: string): string {
  const record = (order: number, mode: number, pc: number, insn: number, more: object = {}) => ({
    ...{ valid: 1, order, insn, trap: 0, mode, pc_rdata: pc, pc_wdata: pc + 4, cycle: order, walk: [] },
    ...{ rs1_addr: 0, rs1_rdata: 0, rs2_addr: 0, rs2_rdata: 0, rd_addr: 0, rd_wdata: 0, ...more },
  })
  const wide = (value: bigint): string => `0x${value.toString(16)}`
  const load = {
    mem_addr: 0x8000_1000,
    mem_paddr: 0x8000_1000,
    mem_rmask: 255,
    mem_rdata: 7,
    mem_wmask: 0,
    mem_wdata: 0,
  }
  const records = [
    record(0, 3, 0x8000_0000, 0x3020_0073),
    record(1, 3, 0x8000_0004, 0x3020_0073),
    record(2, 1, 0x8020_0000, 0x13),
    record(3, 1, 0x8020_0004, 0x0005_3583, { rd_addr: 11, rd_wdata: 7, ...load }),
    record(4, 1, 0x8020_0008, 0x0010_0893, { rd_addr: 17, rd_wdata: wide(0x10_0100n) }),
    record(5, 1, 0x8020_000c, 0x73, { trap: 1, cause: 9, tval: 0 }),
    record(6, 3, 0x8000_0100, 0x3020_0073),
    record(7, 1, 0x8020_0010, 0x13),
  ]
  writeFileSync(file, records.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return file
}

describe('what check cannot use is refused in one line', () => {
  const refusal = async (...words: string[]): Promise<string> => {
    const { code, out, err } = await heard('check', ...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^yingzhou: [^\n]+\n$/)
    return err.slice('yingzhou: '.length, -1)
  }

  test('no trace', async () => {
    expect(await refusal()).toMatch(/missing required argument 'trace'/)
  })

  test('no such file', async () => {
    expect(await refusal(path('nothing.log'))).toBe(`${path('nothing.log')}: no such file`)
  })

  test('a folder', async () => {
    mkdirSync(path('folder'))
    expect(await refusal(path('folder'))).toMatch(/^\S+folder: not a regular file$/)
  })

  test('an empty file', async () => {
    writeFileSync(path('empty.log'), '')
    expect(await refusal(path('empty.log'), '--elf', program)).toBe(`${path('empty.log')}: the file is empty`)
  })

  test('a Spike log without its program', async () => {
    expect(await refusal(log)).toBe(`${log}: a Spike log; --elf has to say of which program`)
  })

  test('a program that is not there', async () => {
    expect(await refusal(log, '--elf', path('nothing.elf'))).toBe(`${path('nothing.elf')}: no such file`)
  })

  test('a log of another program', async () => {
    const other = writeProgram(path('other.elf'), ' li a1, 5\n'.repeat(40))
    expect(await refusal(log, '--elf', other)).toMatch(/a log of another program$/)
  })

  test('files cut within a line', async () => {
    const cut = (file: string, lines: number): string => {
      const text = readFileSync(file, 'utf8').split('\n').slice(0, lines).join('\n').slice(0, -6)
      writeFileSync(`${file}.cut`, text)
      return `${file}.cut`
    }
    expect(await refusal(cut(log, 6), '--elf', program)).toMatch(/the file ends within this line$/)
    expect(await refusal(cut(rvfi, 6))).toMatch(/the file ends within this line$/)
  })

  test('RVFI records without physical addresses', async () => {
    const lines = readFileSync(rvfi, 'utf8').split('\n')
    writeFileSync(path('plain.rvfi'), lines.map((line) => line.replaceAll('mem_paddr', 'other')).join('\n'))
    expect(await refusal(path('plain.rvfi'))).toMatch(/^\S+plain\.rvfi:\d+: field "mem_paddr": missing$/)
  })
})
