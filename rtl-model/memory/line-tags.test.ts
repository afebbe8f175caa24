import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { LFSR_SEED, nextLfsr } from './lfsr.ts'
import { LineTags, lineMark } from './line-tags.ts'

const allocator = () => new RegionAllocator(new ArrayBuffer(1 << 20))

test('a line is found where it was put until another takes its place', () => {
  const tags = new LineTags(allocator(), 4, 1)
  expect(tags.find(5)).toBe(-1)
  tags.put(tags.place(5), 5)
  expect(tags.lineAt(tags.find(5))).toBe(5)
  tags.put(tags.place(9), 9)
  expect(tags.find(5)).toBe(-1)
  expect(tags.find(9)).toBeGreaterThanOrEqual(0)
})

test('marks belong to the line, and go with it', () => {
  const tags = new LineTags(allocator(), 4, 1)
  const at = tags.place(5)
  tags.put(at, 5)
  tags.mark(at, lineMark.dirty | lineMark.shared)
  tags.unmark(at, lineMark.shared)
  expect(tags.marks(at)).toBe(lineMark.dirty)
  tags.put(at, 9)
  expect(tags.marks(at)).toBe(0)
})

test('any sequence of look-ups and refills agrees with a map of sets', () => {
  const steps = fc.array(fc.record({ line: fc.integer({ min: 0, max: 63 }), clear: fc.boolean() }), { maxLength: 200 })
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 4), steps, (ways, sequence) => {
      const sets = 4
      const tags = new LineTags(allocator(), sets, ways)
      const naive = Array.from({ length: sets }, () => Array.from({ length: ways }, () => -1))
      let lfsr = LFSR_SEED
      for (const { line, clear } of sequence) {
        const set = naive[line % sets]
        expect(tags.find(line) >= 0).toBe(set.includes(line))
        if (set.includes(line)) continue
        if (clear && line === 63) {
          tags.clear()
          for (const lines of naive) lines.fill(-1)
        }
        tags.put(tags.place(line), line)
        set[lfsr % ways] = line
        tags.draw()
        lfsr = nextLfsr(lfsr)
      }
    }),
  )
})
