import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { InputError } from '../../traces/input-error.ts'
import { controls, faults, hardwareControls, hardwareFaults, variationById } from './index.ts'

const here = new URL('.', import.meta.url)
const text = (name: string) => readFileSync(new URL(name, here), 'utf8')

test('there is a planted bug in the list for each file that has one', () => {
  const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('/') && name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) => /^ {2}kind: '(fault|control)',$/m.test(text(name)))
  expect(files.length).toBe(hardwareFaults.length + hardwareControls.length)
})

test('names are unique, and lead to the variation', () => {
  const all = [...faults, ...controls]
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  for (const variation of all) expect(variationById(variation.id)).toBe(variation)
})

test('a name that there is not is unusable input', () => {
  expect(() => variationById('P99')).toThrow(InputError)
  expect(() => variationById('P99')).toThrow(/^no planted bug or control is called P99: P01, /)
})

test('each planted bug breaks some promise, and is certain as the zoo says', () => {
  for (const { breaks, certainty } of faults) {
    expect(breaks.length).toBeGreaterThan(0)
    expect(certainty).toMatch(/^[MRD]$/)
  }
  for (const { certainty } of controls) expect(certainty).toBe('I')
})

test('the guide has a line for each', () => {
  const guide = text('README.md')
  for (const { id, title, source, certainty, breaks, core, config } of faults) {
    const needs = [...(core ? [core] : []), ...Object.keys(config ?? {})].join(', ')
    expect(guide).toContain(`| ${id} | ${title} | ${source} | ${certainty} | ${breaks.join(', ')} | ${needs} |\n`)
  }
  for (const { id, title, source } of controls) expect(guide).toContain(`| ${id} | ${title} | ${source} |\n`)
})
