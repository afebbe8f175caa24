import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WitnessedMemory } from './memory.ts'

const PAGES = 4
const BYTES = PAGES * 4096

/** What memory may begin with. */
const bases = [{}, { 1: 0x11 }, { 1: 0x22, 3: 0x33 }].map(
  (pages) => new Map(Object.entries(pages).map(([page, byte]) => [Number(page), new Uint8Array(4096).fill(byte)])),
)

const at = fc.oneof(fc.nat(BYTES - 1), fc.constantFrom(4088, 4095, 4096, 8184))
const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('store'), at, log2: fc.nat(3), value: fc.bigInt(0n, 2n ** 64n - 1n) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('write'), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 5000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mark') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), base: fc.constantFrom(...bases) }) },
) as fc.Arbitrary<
  | { kind: 'store'; at: number; log2: number; value: bigint }
  | { kind: 'write'; at: number; bytes: Uint8Array }
  | { kind: 'mark' }
  | { kind: 'restart'; base: ReadonlyMap<number, Uint8Array> }
>

/** Memory as plain as can be. */
class Model {
  now = new Uint8Array(BYTES)
  before = this.now.slice()
  changed = new Set<number>()

  write(at: number, bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) this.changed.add((at + index) >> 12)
    this.now.set(bytes, at)
  }

  mark(): void {
    this.before = this.now.slice()
    this.changed.clear()
  }

  restart(pages: ReadonlyMap<number, Uint8Array>): void {
    this.now.fill(0)
    for (const [page, bytes] of pages) this.now.set(bytes, page * 4096)
    this.mark()
  }
}

describe('memory as the stores of a trace make it', () => {
  test('now, before the mark, and which pages were written, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40, size: 'max' }), (operations) => {
        const [memory, model] = [new WitnessedMemory(BYTES), new Model()]
        for (const step of operations) {
          if (step.kind === 'store') {
            const size = 1 << step.log2
            const at = Math.min(step.at, (step.at | 4095) + 1 - size)
            const bytes = new Uint8Array(new BigUint64Array([step.value]).buffer, 0, size)
            memory.store(at, step.log2, Number(step.value & 0xffff_ffffn), Number(step.value >> 32n))
            model.write(at, bytes)
          } else if (step.kind === 'write') {
            const bytes = step.bytes.subarray(0, BYTES - step.at)
            memory.write(step.at, bytes)
            model.write(step.at, bytes)
          } else if (step.kind === 'mark') {
            memory.mark()
            model.mark()
          } else {
            memory.restart(step.base)
            model.restart(step.base)
          }
          expect(memory.changed()).toEqual([...model.changed].sort((a, b) => a - b))
          for (let page = 0; page < PAGES; page++) {
            const from = page * 4096
            expect(Buffer.compare(memory.now.page(page), model.now.subarray(from, from + 4096))).toBe(0)
            expect(Buffer.compare(memory.before.page(page), model.before.subarray(from, from + 4096))).toBe(0)
          }
        }
      }),
      { seed: 11, numRuns: 200 },
    )
  })

  test('behind a fence only what memory holds can be fetched, also from pages that nobody wrote', () => {
    const memory = new WitnessedMemory(BYTES)
    memory.restart(new Map([[1, new Uint8Array(4096).fill(0x13)]]))
    memory.fence()
    expect(memory.mayBeFetched(4096, 0x1313_1313)).toBe(true)
    expect(memory.mayBeFetched(4096, 0x1313_1393)).toBe(false)
    expect(memory.mayBeFetched(2 * 4096, 0)).toBe(true)
    memory.restart(new Map())
    memory.fence()
    expect(memory.mayBeFetched(4096, 0x1313_1313)).toBe(false)
  })

  test('what it was started from is not written to', () => {
    const memory = new WitnessedMemory(BYTES)
    const base = new Map([[1, new Uint8Array(4096)]])
    memory.restart(base)
    memory.store(4096, 0, 1, 0)
    expect(base.get(1)![0]).toBe(0)
  })
})
