import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { spikeText } from '../../traces/spike/writer.ts'
import { assembleProgram } from '../assembler/program.ts'
import { parseElf } from '../elf/read.ts'
import { Machine } from '../machine.ts'
import { type Comparison, compareWithLog, type LockstepOptions } from './lockstep.ts'

const config = { ...presets.spike, ramBytes: 1024 * 1024 }
const folder = mkdtempSync(join(tmpdir(), 'lockstep-'))
afterAll(() => rmSync(folder, { recursive: true }))

const source = `
  .globl _start
_start:
  la    t0, trapped
  csrw  mtvec, t0
  la    s0, data
  li    s1, 3
1:
  ld    a0, 0(s0)
  addi  a0, a0, 5
  sd    a0, 8(s0)
  sb    a0, 16(s0)
  amoadd.w a1, s1, (s0)
  lr.d  a2, (s0)
  sc.d  a3, a2, (s0)
  csrrs a4, mscratch, s1
  mul   a5, a0, s1
  ecall
  addi  s1, s1, -1
  bnez  s1, 1b
  li    t0, 1
  la    t1, tohost
  sd    t0, 0(t1)
2:
  j     2b
  .balign 4
trapped:
  csrr  t2, mepc
  addi  t2, t2, 4
  csrw  mepc, t2
  mret
  .data
  .balign 64
tohost: .dword 0
  .balign 64
fromhost: .dword 0
  .balign 64
data: .dword 0x1122334455667788, 0, 0, 0
`
const elf = parseElf(assembleProgram(source, 'fields.S', config.ramBase), 'fields.S')

/** The log that Spike would write of the program. */
function recordLog(options: { exceptions?: boolean } = {}): string[] {
  const lines: string[] = []
  const machine = new Machine({
    config,
    mmuType: 'sv57',
    observers: [
      (batch) => {
        for (let index = 0; index < batch.length; index++) {
          const text = spikeText(batch.at(index), (csr) => machine.core.csr.name(csr)!, options)
          lines.push(...text.split('\n').filter((line) => line !== ''))
        }
      },
    ],
  })
  machine.core.takesInterrupts = false
  machine.load(elf)
  machine.run(10_000)
  return lines
}

async function compare(lines: readonly string[], options: LockstepOptions = {}): Promise<Comparison> {
  const path = join(folder, 'log')
  writeFileSync(path, `${lines.join('\n')}\n`)
  return compareWithLog(elf, path, { config, ...options })
}

const good = recordLog()

describe('a log of the same execution', () => {
  test('is the same, to the end of the program, without any mask', async () => {
    const result = await compare(good)
    expect(result).toMatchObject({ same: true, ended: 'program', instructions: good.length, traps: 3, masks: [] })
  })

  test('is the same for the reference engine', async () => {
    expect(await compare(good, { engine: 'reference' })).toMatchObject({ same: true, instructions: good.length })
  })

  test('is the same with exception lines', async () => {
    const lines = recordLog({ exceptions: true })
    expect(lines.filter((line) => line.includes('exception'))).toHaveLength(3)
    expect(await compare(lines)).toMatchObject({ same: true, traps: 3 })
  })

  test('is the same compressed, and where it begins at the program or ends early', async () => {
    writeFileSync(join(folder, 'log.gz'), gzipSync(`${good.join('\n')}\n`))
    expect((await compareWithLog(elf, join(folder, 'log.gz'), { config })).same).toBe(true)
    expect(await compare(good.slice(5))).toMatchObject({ same: true, instructions: good.length - 5 })
    expect(await compare(good.slice(0, 20))).toMatchObject({ same: true, ended: 'log' })
  })
})

/** One hexadecimal digit of the text changed, at a place given from its end. */
function flipDigit(text: string, fromEnd = 1): string {
  const at = text.length - fromEnd
  const digit = (Number.parseInt(text[at], 16) ^ 1).toString(16)
  return text.slice(0, at) + digit + text.slice(at + 1)
}

/** Every way to spoil one field of a line, by the name of the field. */
function corruptions(line: string): [field: string, corrupted: string][] {
  const found: [string, string][] = []
  const tokens = line.split(/( +)/)
  const spoil = (field: string, index: number, by: (token: string) => string): void => {
    found.push([field, tokens.map((token, at) => (at === index ? by(token) : token)).join('')])
  }
  for (const [index, token] of tokens.entries()) {
    if (/^[013]$/.test(token) && index === tokens.indexOf('0:') + 2)
      spoil('privilege', index, (p) => (p === '3' ? '0' : '3'))
    else if (/^\(0x[0-9a-f]+\)$/.test(token)) spoil('instruction', index, (t) => `${flipDigit(t.slice(0, -1), 3)})`)
    else if (/^x\d+$/.test(token))
      spoil('register number', index, (t) => (t === 'x9' ? 'x8' : `x${Number(t.slice(1)) ^ 1}`.padEnd(t.length)))
    else if (/^c\d+_/.test(token)) spoil('CSR', index, (t) => t.replace(/^c\d+_\w+/, 'c832_mscratch2'))
    else if (/^0x[0-9a-f]+$/.test(token)) spoil(`value ${index}`, index, (t) => flipDigit(t))
  }
  const items = line.slice(line.indexOf(')') + 1)
  if (items !== '') found.push(['all items missing', line.slice(0, line.indexOf(')') + 1)])
  if (!items.includes(' mem ')) found.push(['an access too many', `${line} mem 0x0000000080000000`])
  return found
}

describe('every field of a good log, corrupted in turn, is reported at its line', () => {
  // One line of each kind is enough: the loop repeats them.
  const kinds = new Map<string, number>()
  for (const [index, line] of good.entries()) {
    const kind = line.replace(/0x[0-9a-f]+/g, '').replace(/x\d+/g, 'x')
    if (!kinds.has(kind)) kinds.set(kind, index)
  }
  const cases = [...kinds.values()].flatMap((index) =>
    corruptions(good[index]).map(([field, corrupted]) => ({ index, field, corrupted, line: good[index] })),
  )

  test('the log has lines of every kind', () => {
    expect(cases.length).toBeGreaterThan(40)
    const all = good.join('\n')
    for (const item of [
      / x\d+ /,
      / c832_mscratch /,
      / mem 0x[0-9a-f]+$/m,
      / mem 0x[0-9a-f]+ 0x[0-9a-f]{2}$/m,
      / c768_/,
    ]) {
      expect(all).toMatch(item)
    }
  })

  test.each(cases)('line $index, $field', async ({ index, corrupted, line }) => {
    expect(corrupted).not.toBe(line)
    const lines = good.with(index, corrupted)
    const { same, divergence } = await compare(lines)
    expect(same).toBe(false)
    expect(divergence?.at.line).toBe(index + 1)
    expect(divergence?.instruction).toBe(index)
    expect(divergence?.fields.length).toBeGreaterThan(0)
  })

  test('a missing line and a line too many', async () => {
    expect((await compare(good.toSpliced(20, 1))).divergence?.at.line).toBe(21)
    expect((await compare(good.toSpliced(20, 0, good[20]))).divergence?.at.line).toBe(22)
  })

  test('an exception line with another cause, address or tval', async () => {
    const lines = recordLog({ exceptions: true })
    const at = lines.findIndex((line) => line.includes('exception'))
    for (const corrupted of [lines[at].replace('trap_machine_ecall', 'trap_load_access_fault'), flipDigit(lines[at])]) {
      const { divergence } = await compare(lines.with(at, corrupted))
      expect(divergence?.at.line).toBe(at + 1)
    }
  })
})

describe('what may legally differ', () => {
  test('an SC that fails in the log only is made to fail; one that succeeds in the log only is a divergence', async () => {
    const at = good.findIndex((line) => /x13 0x0{16} mem/.test(line))
    const failed = good[at].replace(/(x13 0x0{15})0.*/, '$11')
    const atomic = good.with(at, failed).slice(0, at + 1)
    expect(await compare(atomic)).toMatchObject({ same: true, failedStoreConditionals: 1 })
  })

  test('a log of another program is unusable, not a divergence', async () => {
    const other = good.map((line, index) =>
      index < 12 ? line : line.replace(/\(0x([0-9a-f]+)\)/, (_, bits) => `(0x${flipDigit(bits, 4)})`),
    )
    await expect(compare(other)).rejects.toThrow(/:13: not what fields.S has at 0x[0-9a-f]+: a log of another program$/)
    const elsewhere = good.map((line) => line.replaceAll('0x00000000800', '0x00000000900')).slice(5)
    await expect(compare(elsewhere)).rejects.toThrow(/does not reach: a log of another program$/)
  })
})
