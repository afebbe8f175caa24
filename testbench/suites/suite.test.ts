import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { spikeText } from '../../traces/spike/writer.ts'
import { assembleProgram } from '../assembler/program.ts'
import { parseElf } from '../elf/read.ts'
import { type EngineName, Machine } from '../machine.ts'
import { parseLeftOut } from './left-out.ts'
import { findTests, runTest, type SuiteTest, suiteOf, type TestResult } from './suite.ts'
import { summarise, summaryText } from './summary.ts'

/** A program that stores a word to its signature and exits with a code. */
const source = (word: number, code: number): string => `
        .globl  _start
_start: li      t0, ${word}
        sw      t0, begin_signature, t1
        li      t0, ${code} << 1 | 1
        sd      t0, tohost, t1
1:      j       1b
        .data
        .balign 8
begin_signature:
        .word   0, 7
end_signature:
        .balign 64
tohost: .dword  0
fromhost:
        .dword  0
`

const folder = mkdtempSync(join(tmpdir(), 'yingzhou-suites-'))
const folders = { elves: join(folder, 'elves'), logs: join(folder, 'logs'), signatures: join(folder, 'signatures') }
const engine: EngineName = 'wasm'
const options = { config: presets.spike, engine }

beforeAll(() => {
  for (const path of Object.values(folders)) mkdirSync(path)
  for (const [name, word, code] of [
    ['rv64ui-p-good', 5, 0],
    ['rv64ui-p-bad', 6, 3],
  ] as const) {
    const bytes = assembleProgram(source(word, code), name, 0x8000_0000n)
    writeFileSync(join(folders.elves, name), bytes)
    writeFileSync(join(folders.logs, `${name}.log`), logOf(bytes))
    writeFileSync(join(folders.signatures, `${name}.sig`), '00000005\n00000007\n')
  }
  writeFileSync(join(folders.elves, 'Makefile'), 'all:\n')
})
afterAll(() => rmSync(folder, { recursive: true }))

function logOf(bytes: Uint8Array): string {
  let text = ''
  const machine = new Machine({
    config: presets.spike,
    mmuType: 'sv57',
    observers: [
      (batch) => {
        for (let index = 0; index < batch.length; index++)
          text += spikeText(batch.at(index), (csr) => machine.core.csr.name(csr)!)
      },
    ],
  })
  machine.load(parseElf(bytes, 'program'))
  machine.run(100)
  return text
}

async function named(name: string, changes: Partial<SuiteTest> = {}): Promise<SuiteTest> {
  const tests = await findTests(folders)
  return { ...tests.find((candidate) => candidate.name === name)!, ...changes }
}

test('the tests of a folder are its ELF files, each with its log and signature', async () => {
  const tests = await findTests(folders)
  expect(tests.map(({ name }) => name)).toEqual(['rv64ui-p-bad', 'rv64ui-p-good'])
  expect(tests[1].log).toBe(join(folders.logs, 'rv64ui-p-good.log'))
  expect(tests[1].signature).toBe(join(folders.signatures, 'rv64ui-p-good.sig'))
})

test('a folder that is not there, or without tests, is unusable', async () => {
  await expect(findTests({ elves: join(folder, 'none') })).rejects.toThrow(/none: no such folder/)
  await expect(findTests({ elves: folders.elves, logs: join(folder, 'none') })).rejects.toThrow(/none: no such folder/)
  await expect(findTests({ elves: folders.logs })).rejects.toThrow(/logs: no ELF files/)
})

test('a test passes that exits with 0, writes its signature and does what its log says', async () => {
  const result = await runTest(await named('rv64ui-p-good'), options)
  expect(result).toMatchObject({ exitCode: 0, problems: [], signature: { same: true }, comparison: { same: true } })
})

test('an exit code, a wrong signature and a log of other instructions are problems', async () => {
  const bad = await runTest(await named('rv64ui-p-bad'), options)
  expect(bad.problems).toEqual([
    'exit code 3',
    'signature differs from line 1 on: model 00000006, rv64ui-p-bad.sig 00000005',
  ])
  const log = join(folder, 'other.log')
  const bytes = assembleProgram(source(5, 0), 'good', 0x8000_0000n)
  writeFileSync(log, logOf(bytes).replace('x5  0x0000000000000005', 'x5  0x0000000000000004'))
  const other = await runTest(await named('rv64ui-p-good', { log }), options)
  expect(other.comparison?.same).toBe(false)
  expect(other.problems).toHaveLength(1)
  expect(other.problems[0]).toMatch(/first difference at log line 6,/)
})

test('a test that does not end has not passed', async () => {
  const elf = join(folder, 'endless')
  writeFileSync(elf, assembleProgram('_start: j _start\n', 'endless', 0x8000_0000n))
  const result = await runTest({ name: 'endless', elf }, options)
  expect(result).toMatchObject({ exitCode: undefined, problems: ['has not ended after 5000000 steps'] })
})

test('suites are named as riscv-tests and riscv-arch-test name them', () => {
  expect(['rv64ui-p-add', 'rv64mi-p-ma_addr', 'rv64ui-v-lw', 'I-add-01', 'vm_sv39-vm_A_S'].map(suiteOf)).toEqual([
    'rv64ui-p',
    'rv64mi-p',
    'rv64ui-v',
    'I',
    'vm_sv39',
  ])
})

const result = (name: string, problems: string[] = []): TestResult => ({
  name,
  engine,
  exitCode: problems.length === 0 ? 0 : 2,
  problems,
  comparison: { same: true, instructions: 1000, masks: { 'cycle-csr': 2 } },
})

test('a failure counts unless its test is left out, and then its reason is shown', () => {
  const leftOut = parseLeftOut('# names\n\nrv64mi-p-b   has no triggers\n', 'left-out.txt')
  const results = [result('rv64mi-p-a'), result('rv64mi-p-b', ['exit code 2']), result('rv64ui-p-c', ['exit code 2'])]
  const summary = summarise(results, leftOut)
  expect(summary.failures.map(({ name }) => name)).toEqual(['rv64ui-p-c'])
  expect(summary.rows).toMatchObject([
    { suite: 'rv64mi-p', tests: 2, passed: 1, logs: { same: 2, of: 2, instructions: 2000 }, leftOut: 1, failed: 0 },
    { suite: 'rv64ui-p', tests: 1, passed: 0, leftOut: 0, failed: 1 },
  ])
  expect(summary.masks).toEqual({ 'cycle-csr': 6 })
  const text = summaryText(summary)
  expect(text).toMatch(/^all +3 +1 +3\/3 +3,000 +- +1 +1$/m)
  expect(text).toMatch(/^ {2}rv64mi-p-b \(wasm\): has no triggers; exit code 2$/m)
  expect(text).toMatch(/^failed:\n {2}rv64ui-p-c \(wasm\)\n {4}exit code 2$/m)
})

test('a test is left out once, and for a reason', () => {
  expect(() => parseLeftOut('rv64mi-p-b\n', 'left-out.txt')).toThrow(
    'left-out.txt:1: rv64mi-p-b is left out without a reason',
  )
  expect(() => parseLeftOut('a x\n# \na y\n', 'left-out.txt')).toThrow('left-out.txt:3: a is there twice')
})
