import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { heard, temporaryFolder, writeProgram } from './heard.ts'

const path = temporaryFolder()
const program = writeProgram(path('program.elf'), `${'  addi a1, a1, 3\n'.repeat(20)} csrw mscratch, a1\n li a0, 5`)
const spike = ['--set', 'pmpOpenAtReset=true', '--set', 'ramBytes=0x80000000']

beforeAll(async () => {
  for (const format of ['spike', 'rvfi'])
    await heard('run', program, ...spike, '--trace', path(format), '--trace-format', format)
  const lines = readFileSync(path('spike'), 'utf8').split('\n')
  lines[14] = lines[14].replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
  writeFileSync(path('different'), lines.join('\n'))
})

describe.each(['wasm', 'reference'])('compare --engine %s', (engine) => {
  test('exits with 0 where every instruction did the same', async () => {
    const { code, out, err } = await heard('compare', program, path('spike'), '--engine', engine)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^\S+program\.elf: \d+ instructions compared with \S+spike\n/)
  })

  test('exits with 1 where one did not, and shows it', async () => {
    const { code, out, err } = await heard('compare', program, path('different'), '--engine', engine)
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toMatch(/^first difference at log line 15,/m)
  })
})

describe('compare --set', () => {
  test('changes the model', async () => {
    const { code } = await heard('compare', program, path('spike'), '--set', 'ramBase=0x90000000')
    expect(code).toBe(2)
  })
})

describe('compare --json', () => {
  test('has the verdict and the divergence, with 64-bit numbers in hex', async () => {
    const { out } = await heard('compare', program, path('different'), '--json')
    expect(JSON.parse(out)).toMatchObject({
      same: false,
      program,
      divergence: { at: { line: 15, pc: expect.stringMatching(/^0x8000/) } },
    })
  })
})

describe('compare --logs', () => {
  test('exits with 0 for the same run in two formats', async () => {
    expect(await heard('compare', '--logs', path('spike'), path('rvfi'))).toMatchObject({ code: 0, err: '' })
  })

  test('exits with 1 for another run, in JSON too', async () => {
    expect(await heard('compare', '--logs', path('different'), path('rvfi'))).toMatchObject({ code: 1, err: '' })
    const { code, out } = await heard('compare', '--logs', path('rvfi'), path('different'), '--json')
    expect({ code, same: JSON.parse(out).same }).toEqual({ code: 1, same: false })
  })

  test('exits with 2 for what is no log', async () => {
    expect(await heard('compare', '--logs', path('spike'), program)).toMatchObject({ code: 2 })
  })
})
