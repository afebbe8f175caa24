import { expect, test } from 'vitest'
import type { Found } from '../round.ts'
import { catchTable, quantile } from './catch-table.ts'

const found = {} as Found

test('quantiles are by nearest rank', () => {
  const values = [5, 1, 4, 2, 3]
  expect([0, 0.2, 0.5, 0.95, 1].map((part) => quantile(values, part))).toEqual([1, 1, 3, 5, 5])
  expect(quantile([], 0.5)).toBeNaN()
})

test('a table says what was caught after how much, and what was not', () => {
  const hunted = [
    { found, cases: 10, seconds: 1, steps: 2, shorteningSeconds: 1 },
    { found, cases: 30, seconds: 3, steps: 4, shorteningSeconds: 1 },
    { found: undefined, cases: 900, seconds: 60, steps: undefined, shorteningSeconds: 0 },
  ]
  const lines = catchTable([{ promise: 'isolation', id: 'T01a', hunted }], {
    command: 'npm run controls',
    budget: 60,
  }).split('\n')
  expect(lines[0]).toBe('Made by: npm run controls')
  const row = lines.find((line) => line.startsWith('isolation'))!
  expect(row.split(/ {2,}/)).toEqual([
    ...['isolation', 'T01a', '2/3', '30', '900', '3.0', '60.0', '60.0', '2', '4', '4'],
    'S may execute sfence.vma and access satp while mstatus.TVM is set.',
  ])
  expect(lines.at(-2)).toBe('not caught within 60 s of CPU time: isolation T01a, 1 of 3 times')
})
