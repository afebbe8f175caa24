import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type CoreConfig, presets } from '../../rtl-model/core/config.ts'
import type { ElfFile } from '../elf/image.ts'
import { type EngineName, engines, Machine } from '../machine.ts'
import { buildProgram } from './build.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const kernels = fileURLToPath(new URL('../kernels', import.meta.url))
const names = readdirSync(folder).filter((name) => name.endsWith('.S'))
const program = (name: string): Promise<ElfFile> => buildProgram(join(folder, name))

function run(elf: ElfFile, engine: EngineName = 'wasm', config: CoreConfig = presets.default, steps = 1_000_000) {
  let output = ''
  const machine = new Machine({ engine, config, output: (byte) => (output += String.fromCharCode(byte)) })
  machine.load(elf)
  machine.run(steps)
  return { exitCode: machine.exitCode, output }
}

describe.each(Object.keys(engines) as EngineName[])('on the engine %s passes', (engine) => {
  test.each(names)('%s', async (name) => {
    expect(run(await program(name), engine).exitCode).toBe(0)
  })
})

test.each(readdirSync(kernels).filter((name) => name.endsWith('.elf')))(
  'the kernel %s runs to its end',
  async (name) => {
    expect(run(await buildProgram(join(kernels, name))).exitCode).toBe(0)
  },
)

test('hello prints on both consoles', async () => {
  expect(run(await program('hello.S')).output).toBe('Hello over the UART\nHello over HTIF\n')
})

test('a program exits with the number of the check that fails', async () => {
  const traps = await program('traps.S')
  expect(run(traps, 'wasm', { ...presets.default, misalignedAccess: true }).exitCode).toBe(3)
  const pmp = await program('pmp.S')
  expect(run(pmp, 'wasm', { ...presets.default, pmpEntries: 0 }).exitCode).toBe(99)
})

describe('stale shows what the core keeps', () => {
  const seen = (...words: string[]): string =>
    [
      'seen after a change:',
      `  entry changed, no fence          ${words[0]}`,
      `  then a fence for another ASID    ${words[1]}`,
      `  global page, fence for one ASID  ${words[2]}`,
      `  PMP closed, no fence             ${words[3]}`,
      '',
    ].join('\n')

  test('translations and PMP verdicts until their fence', async () => {
    expect(run(await program('stale.S')).output).toBe(seen('old', 'old', 'old', 'old'))
  })

  test('no PMP verdicts where it finds them at each access', async () => {
    const config = { ...presets.default, pmpVerdictCached: false }
    expect(run(await program('stale.S'), 'wasm', config).output).toBe(seen('old', 'old', 'old', 'new'))
  })
})
