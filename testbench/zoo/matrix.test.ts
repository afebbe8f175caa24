import { expect, test } from 'vitest'
import type { Attempt } from './attempt.ts'
import { matrixOf } from './matrix.ts'
import { matrixPage } from './page.ts'
import { matrixText } from './text.ts'

const facts = { budgetSeconds: 60, controlSeconds: 15, seeds: [1, 2], workers: 2, seconds: 10 }
const tried = [{ check: 'architecture', cases: 900, seconds: 30 }]
const caught = (by: string, cases: number, steps: number) => ({
  ...{ by, cases, steps, stepsFound: 90 },
  sentence: 'it <did> something',
  lines: ['here'],
})
const attempts: Attempt[] = [
  { id: 'P15', seed: 1, seconds: 2, caught: caught('isolation', 7, 2), tried },
  { id: 'P15', seed: 2, seconds: 1, caught: caught('isolation', 5, 4), tried },
  { id: 'V10', seed: 1, seconds: 3, caught: caught('architecture', 140, 2), tried },
  { id: 'V10', seed: 2, seconds: 60, caught: undefined, tried },
  { id: 'I04', seed: 1, seconds: 15, caught: undefined, tried },
  { id: 'I02', seed: 1, seconds: 15, caught: caught('isolation', 3, 1), tried },
]

test('a bug that one seed does not catch has survived, and a control that anything flags is flagged', () => {
  const matrix = matrixOf(attempts, facts)
  expect(matrix.survivors).toEqual(['V10'])
  expect(matrix.controlsFlagged).toEqual(['I02'])
  expect(matrix.faults).toMatchObject([
    { id: 'P15', caughtBy: 'isolation', cases: 7, steps: 2, seed: 1 },
    { id: 'V10', caughtBy: null, steps: null, seed: 2 },
  ])
  expect(matrix.steps).toEqual({ median: 2, percentile95: 4 })
})

test('the table says what was tried on a survivor', () => {
  const text = matrixText(matrixOf(attempts, facts))
  expect(text).toContain('1 of 2 planted bugs caught (50.0 %), 60 s each, 2 seeds: isolation 1, architecture 1')
  expect(text).toContain('1 of 1 that break a promise caught by one')
  expect(text).toMatch(/^survived: V10 \(.*\) seed 2: architecture 900 cases in 30.0 s$/m)
  expect(text).toContain('1 of 2 legal variations flagged, 15 s each, 2 seeds\nFLAGGED: I02 seed 1\n  here')
})

test('the page holds the matrix, and nothing that a sentence could add to it', () => {
  const page = matrixPage(matrixOf(attempts, facts))
  expect(page).toContain('<td class="by">7</td>')
  expect(page).toContain('<td class="no">flagged by isolation</td>')
  expect(page).not.toContain('<did>')
})

test('a bug that breaks a promise and that none of them has caught is named', () => {
  const deviation = { id: 'M08', seed: 1, seconds: 2, caught: caught('architecture', 7, 1), tried }
  const text = matrixText(matrixOf([deviation], facts))
  expect(text).toContain('0 of 1 that break a promise caught by one; not M08 (M, architecture)')
})
