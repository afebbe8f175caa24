import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Pages } from './pages.ts'

const page = fc.nat(200)
const contents = [1, 2, 3].map((byte) => new Uint8Array(8).fill(byte))
const change = fc.array(fc.tuple(page, fc.constantFrom(...contents)), { maxLength: 20 })

describe('pages by number', () => {
  test('it holds what it was made with, what it was made from holds what it held, and what differs is told in order', () => {
    fc.assert(
      fc.property(change, change, change, (first, second, third) => {
        const base = new Pages().with(first)
        const [one, two] = [base.with(second), base.with(third)]
        const maps = [new Map(first), new Map([...first, ...second]), new Map([...first, ...third])]
        for (const [index, pages] of [base, one, two].entries())
          for (let number = 0; number < 300; number++) expect(pages.get(number)).toBe(maps[index].get(number))
        const expected = [...new Array(300).keys()].filter((number) => maps[1].get(number) !== maps[2].get(number))
        expect(one.differing(two)).toEqual(expected)
        expect(two.differing(one)).toEqual(expected)
      }),
      { seed: 5, numRuns: 100 },
    )
  })
})
