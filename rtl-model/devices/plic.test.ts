import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { Plic } from './plic.ts'
import { RecordedLines } from './recorded-lines.ts'

const MEIP = 11
const SEIP = 9
const PENDING = 0x1000
const enable = (context: number) => 0x2000 + context * 0x80
const threshold = (context: number) => 0x20_0000 + context * 0x1000
const claim = (context: number) => threshold(context) + 4

function build() {
  const allocator = new RegionAllocator(new ArrayBuffer(4096))
  const lines = new RecordedLines()
  return { plic: new Plic(allocator, lines), lines, allocator }
}

/** One source, enabled in M with priority 1. */
function buildWithSource(source: number) {
  const built = build()
  built.plic.store(source * 4, 4, 1n)
  built.plic.store(enable(0), 4, 1n << BigInt(source))
  return built
}

describe('interrupt gateway (PLIC specification, chapter 1)', () => {
  test('a source that stays up is pending again only after its completion', () => {
    const { plic, lines } = buildWithSource(10)
    plic.setSource(10, true)
    expect(lines.level(MEIP)).toBe(true)
    expect(plic.load(claim(0), 4)).toBe(10n)
    expect(lines.level(MEIP)).toBe(false)
    expect(plic.load(PENDING, 4)).toBe(0n)
    plic.setSource(10, true)
    expect(plic.load(claim(0), 4)).toBe(0n)
    plic.store(claim(0), 4, 10n)
    expect(lines.level(MEIP)).toBe(true)
    expect(plic.load(PENDING, 4)).toBe(1n << 10n)
  })

  test('a pending request survives the fall of its source', () => {
    const { plic, lines } = buildWithSource(10)
    plic.setSource(10, true)
    plic.setSource(10, false)
    expect(lines.level(MEIP)).toBe(true)
    expect(plic.load(claim(0), 4)).toBe(10n)
    plic.store(claim(0), 4, 10n)
    expect(lines.level(MEIP)).toBe(false)
  })

  test('source 0 and sources above 31 do not exist', () => {
    const { plic } = build()
    expect(() => plic.setSource(0, true)).toThrow(RangeError)
    expect(() => plic.setSource(32, true)).toThrow(RangeError)
    plic.store(0, 4, 7n)
    plic.store(32 * 4, 4, 7n)
    plic.store(enable(0), 8, (1n << 64n) - 1n)
    expect(plic.load(0, 4)).toBe(0n)
    expect(plic.load(32 * 4, 4)).toBe(0n)
    expect(plic.load(enable(0), 8)).toBe(0xffff_fffen)
  })
})

describe('memory map (PLIC specification, chapter 3)', () => {
  test('words and doublewords answer, bytes and halfwords do not', () => {
    const { plic } = build()
    expect(plic.store(4, 4, 3n)).toBe(true)
    expect(plic.store(8, 8, 0x5_0000_0004n)).toBe(true)
    expect(plic.load(8, 8)).toBe(0x5_0000_0004n)
    for (const size of [1, 2]) {
      expect(plic.load(4, size)).toBeUndefined()
      expect(plic.store(4, size, 1n)).toBe(false)
    }
  })

  test('priority and threshold keep 4 bits', () => {
    const { plic } = build()
    plic.store(4, 4, 0xffff_fff5n)
    plic.store(threshold(1), 4, 0x19n)
    expect(plic.load(4, 4)).toBe(5n)
    expect(plic.load(threshold(1), 4)).toBe(9n)
  })

  test('a context that does not exist answers with an error', () => {
    const { plic } = build()
    for (const offset of [enable(2), threshold(2), claim(2), 0xff_fffc]) {
      expect(plic.load(offset, 4)).toBeUndefined()
      expect(plic.store(offset, 4, 0n)).toBe(false)
    }
  })

  test('past the claim register a context reads as zero and refuses writes', () => {
    const { plic } = build()
    expect(plic.load(threshold(0) + 8, 4)).toBe(0n)
    expect(plic.store(threshold(0) + 8, 4, 0n)).toBe(false)
  })

  test('pending bits cannot be written', () => {
    const { plic } = build()
    expect(plic.store(PENDING, 4, 0xffff_ffffn)).toBe(true)
    expect(plic.load(PENDING, 4)).toBe(0n)
  })
})

test('interrupt claims: a claim is not masked by the threshold (chapter 8)', () => {
  const { plic, lines } = buildWithSource(3)
  plic.store(threshold(0), 4, 1n)
  plic.setSource(3, true)
  expect(lines.level(MEIP)).toBe(false)
  expect(plic.load(claim(0), 4)).toBe(3n)
})

test('interrupt completion: ignored where the context does not enable the source (chapter 9)', () => {
  const { plic } = buildWithSource(3)
  plic.setSource(3, true)
  plic.load(claim(0), 4)
  plic.store(claim(1), 4, 3n)
  expect(plic.load(PENDING, 4)).toBe(0n)
  plic.store(claim(0), 4, 3n + 32n)
  expect(plic.load(PENDING, 4)).toBe(0n)
  plic.store(claim(0), 4, 3n)
  expect(plic.load(PENDING, 4)).toBe(1n << 3n)
})

/** The specification said plainly: a list of sources, each with its wire, its gateway and its pending bit. */
class NaivePlic {
  sources = Array.from({ length: 32 }, (_, id) => ({ id, priority: 0, wire: false, pending: false, inService: false }))
  contexts = [0, 1].map(() => ({ enabled: new Set<number>(), threshold: 0 }))

  settle(): void {
    for (const source of this.sources) if (source.wire && !source.inService) source.pending = true
  }

  candidates(context: number) {
    return this.sources
      .filter((source) => source.pending && source.priority > 0 && this.contexts[context].enabled.has(source.id))
      .sort((a, b) => b.priority - a.priority || a.id - b.id)
  }

  line(context: number): boolean {
    return this.candidates(context).some((source) => source.priority > this.contexts[context].threshold)
  }
}

const id = fc.integer({ min: 1, max: 31 })
const context = fc.nat(1)
const step = fc.oneof(
  fc.record({ kind: fc.constant('wire' as const), id, level: fc.boolean() }),
  fc.record({ kind: fc.constant('priority' as const), id, value: fc.nat(15) }),
  fc.record({ kind: fc.constant('enable' as const), context, ids: fc.uniqueArray(id) }),
  fc.record({ kind: fc.constant('threshold' as const), context, value: fc.nat(15) }),
  fc.record({ kind: fc.constant('claim' as const), context }),
  fc.record({ kind: fc.constant('complete' as const), context, id }),
)

test('any sequence of operations gives the claims, pending bits and lines of a naive model', () => {
  fc.assert(
    fc.property(fc.array(step, { size: 'large' }), (steps) => {
      const { plic, lines } = build()
      const naive = new NaivePlic()
      for (const s of steps) {
        if (s.kind === 'wire') {
          plic.setSource(s.id, s.level)
          naive.sources[s.id].wire = s.level
        } else if (s.kind === 'priority') {
          plic.store(s.id * 4, 4, BigInt(s.value))
          naive.sources[s.id].priority = s.value
        } else if (s.kind === 'enable') {
          const bits = s.ids.reduce((set, source) => set | (1n << BigInt(source)), 0n)
          plic.store(enable(s.context), 4, bits)
          naive.contexts[s.context].enabled = new Set(s.ids)
        } else if (s.kind === 'threshold') {
          plic.store(threshold(s.context), 4, BigInt(s.value))
          naive.contexts[s.context].threshold = s.value
        } else if (s.kind === 'claim') {
          const [best] = naive.candidates(s.context)
          expect(plic.load(claim(s.context), 4)).toBe(BigInt(best?.id ?? 0))
          if (best) Object.assign(best, { pending: false, inService: true })
        } else {
          plic.store(claim(s.context), 4, BigInt(s.id))
          if (naive.contexts[s.context].enabled.has(s.id)) naive.sources[s.id].inService = false
        }
        naive.settle()
        const pending = naive.sources.reduce((set, source) => set | (source.pending ? 1n << BigInt(source.id) : 0n), 0n)
        expect(plic.load(PENDING, 4)).toBe(pending)
        expect([lines.level(MEIP), lines.level(SEIP)]).toEqual([naive.line(0), naive.line(1)])
      }
    }),
  )
})

test('all state is in the region: restoring its bytes restores the device', () => {
  const { plic, allocator } = buildWithSource(5)
  plic.setSource(5, true)
  const saved = allocator.buffer.slice(0)
  plic.load(claim(0), 4)
  plic.store(enable(0), 4, 0n)
  new Uint8Array(allocator.buffer).set(new Uint8Array(saved))
  expect(plic.load(claim(0), 4)).toBe(5n)
})
