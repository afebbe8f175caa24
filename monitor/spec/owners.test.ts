import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Owners } from './owners.ts'
import type { Owner } from './state.ts'

const PAGES = 24
const page = fc.nat(PAGES)
const owner = fc.constantFrom<Owner>('host', 'monitor', 'enclave 0', 'enclave 1')
const gifts = fc.array(fc.record({ page, other: page, owner }), { maxLength: 20 })

/** Owners after some gifts, and the same as one name a page. */
function after(list: readonly { page: number; other: number; owner: Owner }[]) {
  let owners = new Owners()
  const plain = new Array<Owner>(PAGES).fill('host')
  for (const { page, other, owner } of list) {
    const [first, end] = [Math.min(page, other), Math.max(page, other)]
    const before = JSON.stringify(owners.runs)
    const next = owners.given(first, end, owner)
    expect(JSON.stringify(owners.runs)).toBe(before)
    owners = next
    plain.fill(owner, first, end)
  }
  return { owners, plain }
}

test('each page has the owner that it was given to last', () => {
  fc.assert(
    fc.property(gifts, (list) => {
      const { owners, plain } = after(list)
      expect(plain.map((_, number) => owners.of(number))).toEqual(plain)
    }),
    { seed: 3 },
  )
})

test('runs are in order, apart, not empty, and never the host’s', () => {
  fc.assert(
    fc.property(gifts, (list) => {
      let last = 0
      for (const { first, end, owner } of after(list).owners.runs) {
        expect(first).toBeGreaterThanOrEqual(last)
        expect(end).toBeGreaterThan(first)
        expect(owner).not.toBe('host')
        last = end
      }
    }),
    { seed: 3 },
  )
})

test('all of a range is of one owner where every page of it is', () => {
  fc.assert(
    fc.property(gifts, page, page, owner, (list, one, other, wanted) => {
      const { owners, plain } = after(list)
      const [first, end] = [Math.min(one, other), Math.max(one, other)]
      expect(owners.areAll(wanted, first, end)).toBe(plain.slice(first, end).every((owner) => owner === wanted))
    }),
    { seed: 3, numRuns: 300 },
  )
})
