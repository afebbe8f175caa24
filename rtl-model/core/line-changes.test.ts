import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Hart } from './hart.ts'
import { LineChanges } from './line-changes.ts'
import { RegionAllocator } from './state.ts'

function lines(delay: bigint) {
  const allocator = new RegionAllocator(new ArrayBuffer(4096))
  const hart = new Hart(allocator)
  const unit = new LineChanges(allocator, delay)
  const arrived: string[] = []
  /** Ends an instruction in cycle `now`. */
  const end = (now: bigint) =>
    unit.apply(now, (bit, level) => {
      hart.interruptLines = level ? hart.interruptLines | (1 << bit) : hart.interruptLines & ~(1 << bit)
      arrived.push(`${now} ${bit} ${level}`)
    })
  return { unit, hart, arrived, end }
}

test('a change arrives its delay after the instruction that made it has ended, not before', () => {
  const { unit, hart, arrived, end } = lines(7n)
  unit.set(3, true, hart)
  end(100n)
  expect(unit.next).toBe(107n)
  end(106n)
  expect(arrived).toEqual([])
  end(107n)
  expect(arrived).toEqual(['107 3 true'])
  expect(unit.next).toBeUndefined()
})

test('a line that is told the level that it has, or that is on its way, changes nothing', () => {
  const { unit, hart, arrived, end } = lines(7n)
  unit.set(3, false, hart)
  expect(unit.next).toBeUndefined()
  unit.set(3, true, hart)
  end(100n)
  unit.set(3, true, hart)
  end(103n)
  expect(unit.next).toBe(107n)
  end(107n)
  expect(arrived).toEqual(['107 3 true'])
})

test('a line that changes back before its change has arrived has only the last change on its way', () => {
  const { unit, hart, arrived, end } = lines(7n)
  unit.set(11, true, hart)
  end(100n)
  unit.set(11, false, hart)
  end(103n)
  end(107n)
  end(110n)
  expect(arrived).toEqual(['110 11 false'])
})

test('next is the first arrival of all lines', () => {
  const { unit, hart, end } = lines(5n)
  unit.set(7, true, hart)
  end(10n)
  unit.set(3, true, hart)
  end(12n)
  expect(unit.next).toBe(15n)
  end(15n)
  expect([unit.next, hart.interruptLines]).toEqual([17n, 1 << 7])
})

test('any sequence of changes and instructions shows the levels of a list of changes', () => {
  const step = fc.record({
    changes: fc.array(fc.record({ bit: fc.constantFrom(3, 7, 9, 11), level: fc.boolean() }), { maxLength: 3 }),
    cycles: fc.bigInt({ min: 1n, max: 9n }),
  })
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 8n }), fc.array(step, { maxLength: 40 }), (delay, steps) => {
      const { unit, hart, end } = lines(delay)
      const seen = new Map<number, boolean>()
      const atDevice = new Map<number, boolean>()
      const waiting = new Map<number, { due: bigint; level: boolean }>()
      let now = 100n
      for (const { changes, cycles } of steps) {
        now += cycles
        for (const { bit, level } of changes) {
          unit.set(bit, level, hart)
          if ((atDevice.get(bit) ?? false) !== level) waiting.set(bit, { due: now + delay, level })
          atDevice.set(bit, level)
        }
        end(now)
        for (const [bit, { due, level }] of waiting) {
          if (due > now) continue
          seen.set(bit, level)
          waiting.delete(bit)
        }
        for (const bit of [3, 7, 9, 11]) expect((hart.interruptLines >> bit) & 1).toBe(seen.get(bit) ? 1 : 0)
        const dues = [...waiting.values()].map(({ due }) => due)
        expect(unit.next).toBe(dues.length === 0 ? undefined : dues.reduce((a, b) => (a < b ? a : b)))
      }
    }),
  )
})
