import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { InputError } from '../../traces/input-error.ts'
import { recordedOptions, recordedTraces } from '../recorded.ts'
import { functionRanges, isLeftOut } from './left-out.ts'
import { compareWithLog } from './lockstep.ts'

const folder = mkdtempSync(join(tmpdir(), 'yingzhou-left-out-'))
afterAll(() => rmSync(folder, { recursive: true }))

const traces = await recordedTraces(fileURLToPath(new URL('../..', import.meta.url)))
const { elf, log, header } = traces.find(({ name }) => name === 'fork-host')!
const options = recordedOptions(header)

const line = (pc: number) => `core   0: 3 0x${pc.toString(16).padStart(16, '0')} (0x00000013)`

test('a function is what its symbol says: from its address, for its size', () => {
  const [{ start, end }] = functionRanges(elf, ['compress'])
  const symbol = elf.symbols.find(({ name }) => name === 'compress')!
  expect([BigInt(start), BigInt(end)]).toEqual([symbol.address, symbol.address + symbol.size])
  const lines = [start - 2, start, end - 2, end].map(line)
  expect(lines.map((text) => isLeftOut(text, [{ start, end }]))).toEqual([false, true, true, false])
  expect(isLeftOut('core   0: exception interrupt #7, epc 0x0000000000001000', [{ start: 0, end: 2 ** 40 }])).toBe(
    false,
  )
})

test('a function that the program does not have is said in a line', () => {
  expect(() => functionRanges(elf, ['compress', 'nothing'])).toThrow(InputError)
  expect(() => functionRanges(elf, ['nothing'])).toThrow('fork-host.elf: has no function nothing')
})

test('a log without functions is compared only by who knows which', async () => {
  const { leftOut: _, ...ignorant } = options
  const { same, divergence } = await compareWithLog(elf, log, ignorant)
  expect(same).toBe(false)
  expect(divergence).toBeDefined()
})

test('the model passes over what is left out, and no further', async () => {
  const lines = gunzipSync(readFileSync(log)).toString('latin1').split('\n').slice(0, 400_000)
  const wrong = lines.findLastIndex((text) => / x10 +0x/.test(text))
  lines[wrong] = lines[wrong].replace(/ x10 +0x(.)/, (_, digit) => ` x10 0x${digit === 'f' ? 'e' : 'f'}`)
  const path = join(folder, 'wrong.log')
  writeFileSync(path, lines.join('\n'))
  const { same, instructions } = await compareWithLog(elf, path, options)
  expect({ same, instructions }).toEqual({ same: false, instructions: wrong })
})
