import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { parseElf } from '../elf/read.ts'
import { compareKernels, summarize } from './compare.ts'
import { hasKernels, kernelCycles } from './kernels.ts'
import { parseReference } from './reference.ts'

const recorded = fileURLToPath(new URL('../kernels/', import.meta.url))
const elfOf = (name: string) => parseElf(readFileSync(`${recorded}${name}.elf`), name)
const reference = parseReference(readFileSync(`${recorded}rocket-cycles.json`, 'utf8'), 'rocket-cycles.json')

const cores = [
  ['Linux11', 'rocket', 20],
  ['Linux11', 'rocket', 60],
  ['Full11', 'rocket-l2', 20],
  ['Medium11', 'rocket-medium', 20],
] as const

for (const [core, preset, latency] of cores) {
  test(`the cycles of ${core} at latency ${latency} are met within 2 % on the mean`, () => {
    const rows = ['alu', 'lsu', 'muldiv', 'branch', 'csr', 'trap', 'vm', 'atomic'].flatMap((elf) => {
      const measured = reference.filter((row) => row.core === core && row.memLatency === latency && row.elf === elf)
      const config = { ...presets[preset], memoryLatency: latency }
      return measured.length === 0 ? [] : compareKernels(elf, measured, kernelCycles(elfOf(elf), elf, config))
    })
    const { meanAbsError, maxAbsError, coldMeanAbsError } = summarize(core, latency, rows)
    expect(rows.length).toBeGreaterThan(70)
    expect(meanAbsError).toBeLessThan(0.02)
    expect(maxAbsError).toBeLessThan(0.1)
    expect(coldMeanAbsError).toBeLessThan(0.05)
  })
}

test('without timing each instruction takes one cycle', () => {
  const [empty] = kernelCycles(elfOf('alu'), 'alu', presets.default)
  expect(empty).toMatchObject({ name: 'empty', instret: 5, cycles: 3 })
})

test('a program without the block is told from one with it', () => {
  const mix = fileURLToPath(new URL('../programs/mix.elf', import.meta.url))
  const elf = parseElf(readFileSync(mix), 'mix')
  expect(hasKernels(elf)).toBe(false)
  expect(hasKernels(elfOf('alu'))).toBe(true)
  expect(() => kernelCycles(elf, 'mix.elf', presets.default)).toThrow('mix.elf: no symbol kresults')
})

test('a reference that is not one is told by file and row', () => {
  expect(() => parseReference('{', 'r.json')).toThrow('r.json: not JSON')
  expect(() => parseReference('{}', 'r.json')).toThrow('r.json: no list "kernels"')
  expect(() => parseReference('{"kernels":[{"core":1}]}', 'r.json')).toThrow('r.json: kernels[0] lacks one of core')
})
