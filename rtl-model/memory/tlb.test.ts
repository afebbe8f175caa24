import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RegionAllocator } from '../core/state.ts'
import { createTlb, type Tlb, type TlbEntry } from './tlb.ts'

function tlbOf(size = 8, buffer = new ArrayBuffer(8192)): Tlb {
  return createTlb(new RegionAllocator(buffer, 64), size)
}

function page(vpn: number, other: Partial<TlbEntry> = {}): TlbEntry {
  return { vpn, level: 0, asid: 1, global: false, ppn: 0x80000n, flags: 0xcf, rights: 7, uniform: true, ...other }
}

const vaOf = (vpn: number): bigint => BigInt.asUintN(64, BigInt.asIntN(39, BigInt(vpn) << 12n))
const MEGA = 0x20_0000n
const GIGA = 0x4000_0000n

describe('look-up', () => {
  test('an entry is found in its own address space and page, and reads back as it was put in', () => {
    const tlb = tlbOf()
    const entry = page(0x7ff_ffff, { ppn: (1n << 44n) - 1n, asid: 0xffff, flags: 0xff, rights: 5, uniform: false })
    const index = tlb.insert(entry)
    expect(tlb.lookup(vaOf(0x7ff_ffff), 0xffff)).toBe(index)
    expect(tlb.entry(index)).toEqual(entry)
    expect(tlb.lookup(vaOf(0x7ff_fffe), 0xffff)).toBe(-1)
    expect(tlb.lookup(vaOf(0x7ff_ffff), 0xfffe)).toBe(-1)
    expect(tlb.entry(-1)).toBeUndefined()
    expect(tlb.entry(index + 1)).toBeUndefined()
  })

  test('a global entry is found in every address space (privileged specification, 4.3.1; I10)', () => {
    const tlb = tlbOf()
    tlb.insert(page(5, { global: true, asid: 3 }))
    for (const asid of [0, 3, 0xffff]) expect(tlb.peek(vaOf(5), asid)).toBe(0)
  })

  test('a superpage is found at each of its pages and at no other', () => {
    for (const [level, bytes] of [
      [1, MEGA],
      [2, GIGA],
    ] as const) {
      const tlb = tlbOf()
      const base = 3n * bytes
      tlb.insert(page(Number((base + bytes / 2n) >> 12n), { level }))
      expect(tlb.entry(0)?.vpn).toBe(Number(base >> 12n))
      for (const va of [base, base + 4096n, base + bytes - 1n]) expect(tlb.peek(va, 1)).toBe(0)
      for (const va of [base - 1n, base + bytes]) expect(tlb.peek(va, 1)).toBe(-1)
    }
  })

  test('an empty TLB finds nothing, not even page 0 of address space 0', () => {
    expect(tlbOf().lookup(0n, 0)).toBe(-1)
  })

  test('an entry stays until a flush names it, or another takes its place', () => {
    const tlb = tlbOf(2)
    tlb.insert(page(1))
    tlb.insert(page(2))
    tlb.flush(vaOf(3))
    tlb.flush(undefined, 2)
    expect(tlb.peek(vaOf(1), 1)).toBe(0)
    tlb.insert(page(3))
    expect(tlb.peek(vaOf(1), 1)).toBe(-1)
  })
})

describe('SFENCE.VMA (4.2.1)', () => {
  /** One entry of each kind: own, other address space, global, other page. */
  function filled(): Tlb {
    const tlb = tlbOf()
    for (const entry of [page(1), page(1, { asid: 2 }), page(1, { global: true }), page(9)]) tlb.insert(entry)
    return tlb
  }
  const remaining = (tlb: Tlb): number[] => [0, 1, 2, 3].filter((index) => tlb.entry(index) !== undefined)

  test('without operands it removes everything', () => {
    const tlb = filled()
    tlb.flush()
    expect(remaining(tlb)).toEqual([])
  })

  test('with an address it removes what maps the page, in every address space and global', () => {
    const tlb = filled()
    tlb.flush(vaOf(1))
    expect(remaining(tlb)).toEqual([3])
  })

  test('with an address space it removes what belongs to it and is not global', () => {
    const tlb = filled()
    tlb.flush(undefined, 1)
    expect(remaining(tlb)).toEqual([1, 2])
  })

  test('with both it removes what maps the page in that address space and is not global', () => {
    const tlb = filled()
    tlb.flush(vaOf(1), 1)
    expect(remaining(tlb)).toEqual([1, 2, 3])
  })

  test('any address in a superpage removes it, global or not (V10)', () => {
    for (const global of [false, true]) {
      for (const [level, bytes] of [
        [1, MEGA],
        [2, GIGA],
      ] as const) {
        const tlb = tlbOf()
        for (const va of [2n * bytes, 2n * bytes + 4096n, 3n * bytes - 1n]) {
          tlb.insert(page(Number((2n * bytes) >> 12n), { level, global }))
          tlb.flush(2n * bytes - 1n)
          tlb.flush(3n * bytes)
          expect(tlb.peek(2n * bytes, 1)).toBe(0)
          tlb.flush(va)
          expect(tlb.peek(2n * bytes, 1)).toBe(-1)
        }
      }
    }
  })

  test('an address that is not canonical removes nothing', () => {
    const tlb = filled()
    tlb.flush(vaOf(1) | (1n << 39n))
    expect(remaining(tlb)).toEqual([0, 1, 2, 3])
  })
})

describe('replacement', () => {
  test('free places are filled first, then the tree is followed', () => {
    const tlb = tlbOf(4)
    for (const vpn of [10, 11, 12, 13]) expect(tlb.insert(page(vpn))).toBe(vpn - 10)
    expect(tlb.insert(page(14))).toBe(0)
    tlb.lookup(vaOf(12), 1)
    expect(tlb.insert(page(15))).toBe(1)
    tlb.flush(vaOf(13))
    expect(tlb.insert(page(16))).toBe(3)
  })

  test('the masks of an entry do to the word in the buffer what a hit does', () => {
    for (const size of [1, 2, 8, 32]) {
      const buffer = new ArrayBuffer(8192)
      const tlb = tlbOf(size, buffer)
      const word = new Uint32Array(buffer, tlb.replacementOffset, 1)
      for (let i = 0; i < size; i++) tlb.insert(page(i))
      for (const before of [0, 0xffff_fffe, 0x5555_5554]) {
        for (let i = 0; i < size; i++) {
          word[0] = before
          tlb.lookup(vaOf(i), 1)
          const { and, or } = tlb.touchMasks(i)
          expect(word[0]).toBe(((before & and) | or) >>> 0)
          expect(and >= 0 && or >= 0).toBe(true)
        }
      }
    }
  })

  test('peek counts for nothing', () => {
    const buffer = new ArrayBuffer(8192)
    const tlb = tlbOf(4, buffer)
    for (const vpn of [0, 1, 2, 3]) tlb.insert(page(vpn))
    const before = buffer.slice(0)
    tlb.peek(vaOf(0), 1)
    expect(new Uint8Array(buffer)).toEqual(new Uint8Array(before))
  })
})

/** A list of entries, and a tree of arrows built from nested objects. */
type Arrows = { toRight: boolean; left: Arrows; right: Arrows } | number

class NaiveTlb {
  readonly list: (TlbEntry | undefined)[]
  readonly root: Arrows

  constructor(size: number) {
    this.list = Array(size).fill(undefined)
    const grow = (from: number, count: number): Arrows =>
      count === 1 ? from : { toRight: false, left: grow(from, count / 2), right: grow(from + count / 2, count / 2) }
    this.root = grow(0, size)
  }

  maps(entry: TlbEntry, va: bigint): boolean {
    const bytes = 4096n * 512n ** BigInt(entry.level)
    return (va % (1n << 39n)) / bytes === (BigInt(entry.vpn) * 4096n) / bytes
  }

  use(index: number, node: Arrows = this.root, from = 0, count = this.list.length): void {
    if (typeof node === 'number') return
    const half = count / 2
    node.toRight = index < from + half
    if (index < from + half) this.use(index, node.left, from, half)
    else this.use(index, node.right, from + half, half)
  }

  find(va: bigint, asid: number): number {
    return this.list.findIndex(
      (entry) => entry !== undefined && this.maps(entry, va) && (entry.global || entry.asid === asid),
    )
  }

  insert(entry: TlbEntry): number {
    let index = this.list.indexOf(undefined)
    if (index < 0) {
      let node = this.root
      while (typeof node !== 'number') node = node.toRight ? node.right : node.left
      index = node
    }
    const pages = 512 ** entry.level
    this.list[index] = { ...entry, vpn: entry.vpn - (entry.vpn % pages) }
    this.use(index)
    return index
  }

  flush(va: bigint | undefined, asid: number | undefined): void {
    for (const [index, entry] of this.list.entries()) {
      if (entry === undefined) continue
      if (va !== undefined && !this.maps(entry, va)) continue
      if (asid !== undefined && (entry.global || entry.asid !== asid)) continue
      this.list[index] = undefined
    }
  }
}

test('any use agrees with a list and a tree of arrows', () => {
  const vpn = fc
    .tuple(fc.constantFrom(0, 511), fc.constantFrom(0, 1), fc.nat(3))
    .map(([two, one, zero]) => two * 512 * 512 + one * 512 + zero)
  const asid = fc.nat(2)
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('use' as const), vpn, asid }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('insert' as const),
        entry: fc.record({
          vpn,
          asid,
          level: fc.constantFrom(0, 0, 0, 1, 2),
          global: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
          ppn: fc.bigInt({ min: 0n, max: (1n << 44n) - 1n }),
          flags: fc.nat(255),
          rights: fc.nat(7),
          uniform: fc.boolean(),
        }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('flush' as const),
        vpn: fc.option(vpn, { nil: undefined }),
        asid: fc.option(asid, { nil: undefined }),
      }),
    },
  )
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 4, 8, 32), fc.array(step, { maxLength: 80 }), (size, steps) => {
      let buffer = new ArrayBuffer(2048)
      const naive = new NaiveTlb(size)
      for (const one of steps) {
        // A copy of the buffer is a copy of the unit.
        buffer = buffer.slice(0)
        const tlb = tlbOf(size, buffer)
        if (one.do === 'use') {
          const expected = naive.find(vaOf(one.vpn), one.asid)
          expect(tlb.peek(vaOf(one.vpn), one.asid)).toBe(expected)
          expect(tlb.lookup(vaOf(one.vpn), one.asid)).toBe(expected)
          if (expected >= 0) naive.use(expected)
        } else if (one.do === 'insert') expect(tlb.insert(one.entry)).toBe(naive.insert(one.entry))
        else {
          const va = one.vpn === undefined ? undefined : vaOf(one.vpn)
          tlb.flush(va, one.asid)
          naive.flush(va, one.asid)
        }
        for (let index = 0; index < size; index++) expect(tlb.entry(index)).toEqual(naive.list[index])
      }
    }),
    { numRuns: 300 },
  )
})
