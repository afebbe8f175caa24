import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { InputError } from '../../traces/input-error.ts'
import { heard, listen, temporaryFolder, writeProgram } from './heard.ts'
import { showAttack, showTraces } from './tour.ts'

const path = temporaryFolder()
const shown = () =>
  listen(async (terminal) => {
    if (!(await showTraces(terminal, path('')))) terminal.exit(1)
  })

/** A project with two programs and their logs, of which the second can be spoilt. */
async function record(name: string, text: string): Promise<void> {
  const program = writeProgram(path(`programs/${name}.elf`), text)
  const spike = ['--set', 'pmpOpenAtReset=true', '--set', 'ramBytes=0x80000000']
  await heard('run', program, ...spike, '--trace', path(`traces/recorded/${name}.log.gz`))
  const elfSha256 = createHash('sha256').update(readFileSync(program)).digest('hex')
  const header = { program: `programs/${name}.elf`, elfSha256, spikeVersion: '1.1', spikeFlags: [] }
  writeFileSync(path(`traces/recorded/${name}.json`), JSON.stringify(header))
}

beforeAll(async () => {
  mkdirSync(path('programs'))
  mkdirSync(path('traces/recorded'), { recursive: true })
  await record('first', ' li a0, 1')
  await record('second', ' li a0, 2\n csrw mscratch, a0')
})

test('shows each recorded program with its verdict, and exits with 0 where all are the same', async () => {
  const { code, out } = await shown()
  expect(code).toBe(0)
  expect(out).toMatch(/^\nThe modelled core against Spike 1\.1,/)
  expect(out).toMatch(/^ {2}first +\d+ +0 {2}same +\d+\.\d\d s$/m)
  expect(out).toMatch(/^2 programs, \d+ instructions, .*: all the same$/m)
})

test('exits with 1 where one differs, and shows where', async () => {
  const log = path('traces/recorded/second.log.gz')
  const good = readFileSync(log)
  writeFileSync(
    log,
    gzipSync(
      gunzipSync(good)
        .toString()
        .replace(/(c832_mscratch 0x0{15})2/, '$13'),
    ),
  )
  const { code, out } = await shown()
  writeFileSync(log, good)
  expect(code).toBe(1)
  expect(out).toMatch(/^ {2}first .*same/m)
  expect(out).toMatch(/^ {2}second .*DIFFERENT/m)
  expect(out).toMatch(/^first difference at log line/m)
  expect(out).toMatch(/: 1 DIFFERENT$/m)
})

test('refuses a program that is not the one of the log', async () => {
  writeProgram(path('programs/first.elf'), ' li a0, 3')
  await expect(shown()).rejects.toThrow(/first\.elf: not the program of which \S+first\.json has the log: SHA-256 is/)
  await record('first', ' li a0, 1')
})

test('refuses a project without recorded traces', async () => {
  await expect(
    listen(async (terminal) => {
      await showTraces(terminal, path('programs'))
    }),
  ).rejects.toThrow(InputError)
})

test('attacks the enclaves for a while, and ends with a table and the page of it', async () => {
  const out = path('out')
  const { code, out: text } = await listen(
    async (terminal) => terminal.exit(await showAttack(terminal, { seconds: 4, out })),
    new AbortController().signal,
  )
  expect(code).toBe(0)
  expect(text).toMatch(/^\nThe enclaves under attack .*, for 4 seconds$/m)
  expect(text).toMatch(/^promise +cases +breaches\nisolation +[\d,]+ +0 /m)
  expect(text).toMatch(new RegExp(`\npage: ${out}/index.html\n$`))
  expect(readFileSync(`${out}/index.html`, 'utf8')).toContain('no promise was broken')
})
