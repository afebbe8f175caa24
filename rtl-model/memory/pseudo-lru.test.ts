import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PseudoLru } from './pseudo-lru.ts'

/** The same tree built from objects: a node knows which half is older. */
interface Node {
  lower: Node | number
  upper: Node | number
  upperOlder: boolean
}

function tree(first: number, ways: number): Node | number {
  if (ways === 1) return first
  const lower = 2 ** Math.ceil(Math.log2(ways) - 1)
  return { lower: tree(first, lower), upper: tree(first + lower, ways - lower), upperOlder: false }
}

function leaves(node: Node | number): number[] {
  return typeof node === 'number' ? [node] : [...leaves(node.lower), ...leaves(node.upper)]
}

function use(node: Node | number, way: number): void {
  if (typeof node === 'number') return
  const isUpper = leaves(node.upper).includes(way)
  node.upperOlder = !isUpper
  use(isUpper ? node.upper : node.lower, way)
}

function victim(node: Node | number): number {
  return typeof node === 'number' ? node : victim(node.upperOlder ? node.upper : node.lower)
}

test('any sequence of uses leads to the victim of a tree that is walked, whatever the number of ways', () => {
  const uses = fc
    .integer({ min: 2, max: 32 })
    .chain((ways) =>
      fc.record({ ways: fc.constant(ways), used: fc.array(fc.integer({ min: 0, max: ways - 1 }), { maxLength: 60 }) }),
    )
  fc.assert(
    fc.property(uses, ({ ways, used }) => {
      const unit = new PseudoLru(ways)
      const naive = tree(0, ways)
      let word = 0
      for (const way of used) {
        word = unit.used(word, way)
        use(naive, way)
        expect(unit.victim(word)).toBe(victim(naive))
        expect(unit.victim(word)).not.toBe(way)
      }
    }),
  )
})

test('a number beyond the ways counts as the way that has its low bits in the smallest tree', () => {
  const unit = new PseudoLru(28)
  for (let word = 1; word < 2 ** 27; word *= 3) {
    for (let way = 24; way < 28; way++) expect(unit.used(word, way + 4)).toBe(unit.used(word, way))
  }
})
