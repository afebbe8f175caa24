import { describe, expect, test } from 'vitest'
import { controls, faults, variationById } from '../faults/index.ts'
import { findDeviation } from './architecture.ts'

const SEED = 1
const find = (id: string, programs: number, first = 1) => {
  const variation = variationById(id)
  return findDeviation((config) => variation.units(config), variation.config ?? {}, { seed: SEED, programs, first })
}

test('a core does what an honest core does', () => {
  expect(findDeviation(() => ({}), {}, { seed: SEED, programs: 60 })).toEqual({ cases: 60, found: undefined })
})

describe('a difference is found, and made short, of', () => {
  test.each(['P31', 'P46-full', 'V17', 'T07', 'C01-inverted', 'L01', 'S02'])('%s', (id) => {
    const { found } = find(id, 200)
    expect(found!.steps).toBeLessThanOrEqual(6)
    expect(found!.stepsFound).toBeGreaterThan(found!.steps)
    expect(found!.lines.at(-1)).toMatch(/^here /)
  })
})

test('a difference is found again at its number', () => {
  const { found } = find('L01', 200)
  const again = find('L01', 1, found!.cases)
  expect(again.cases).toBe(1)
  expect(again.found).toEqual(found)
})

test('what is legal and differs in nothing is no difference', () => {
  expect(controls.length + faults.length).toBeGreaterThan(60)
  expect(find('I04', 40).found).toBeUndefined()
})
