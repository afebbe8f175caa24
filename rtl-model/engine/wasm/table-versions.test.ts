import { expect, test } from 'vitest'
import { TableVersions } from './table-versions.ts'

function versions(count: number) {
  const seen = { cleared: 0 }
  return { seen, table: new TableVersions(count, () => seen.cleared++) }
}

test('what M-mode found is found again after others have run, and what others found is not', () => {
  const { table } = versions(100)
  table.change(true, true)
  const machine = table.version
  table.change(true, false)
  const other = table.version
  table.change(true, true)
  expect(table.version).toBe(machine)
  table.change(true, false)
  expect([machine, other]).not.toContain(table.version)
})

test('what M-mode found is forgotten once it may be wrong, also while others run', () => {
  const { table } = versions(100)
  table.change(true, true)
  const machine = table.version
  table.change(false, false)
  table.change(true, true)
  expect(table.version).not.toBe(machine)
})

test('numbers are used again only in a table that has been emptied', () => {
  const { table, seen } = versions(4)
  const used = new Set<number>()
  for (let turn = 0; turn < 20; turn++) {
    const before = seen.cleared
    table.change(true, turn % 3 === 0)
    if (seen.cleared > before) used.clear()
    if (turn % 3 !== 0) expect(used).not.toContain(table.version)
    used.add(table.version)
    expect(table.version).toBeLessThan(4)
  }
  expect(seen.cleared).toBeGreaterThan(1)
})
