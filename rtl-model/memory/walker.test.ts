import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WalkAccess } from '../core/retirement.ts'
import { RegionAllocator } from '../core/state.ts'
import { createPmp, type Pmp } from './pmp.ts'
import { pteBits } from './pte.ts'
import { createWalker, isCanonical, rootTable, vpnOf, type Walker } from './walker.ts'

const { V, R, W, X, U, G, A, D } = pteBits
const LEAF = V | R | W | X | A | D
const ROOT = 0x8000_0000n
const MIDDLE = 0x8000_1000n
const LAST = 0x8000_2000n
const DATA = 0x8040_0000n
const satp = (8n << 60n) | (ROOT >> 12n)
/** Indices 1, 2 and 3 at the three levels. */
const VA = (1n << 30n) | (2n << 21n) | (3n << 12n) | 0x123n

const pteTo = (pa: bigint, flags: number): bigint => ((pa >> 12n) << 10n) | BigInt(flags)

function openPmp(): Pmp {
  const pmp = createPmp(new RegionAllocator(new ArrayBuffer(4096)), { pmpEntries: 16, pmpGranularity: 4 })
  pmp.writeAddress(15, (1n << 54n) - 1n)
  pmp.writeConfig(2, 0x1fn << 56n)
  return pmp
}

/** Gives the 4 KiB page only `rights`, by entry 0. */
function restrict(pmp: Pmp, page: bigint, rights: number): void {
  pmp.writeAddress(0, (page >> 2n) | 0x1ffn)
  pmp.writeConfig(0, BigInt(0x18 | rights))
}

function walkerOver(memory: Map<bigint, bigint>, pmp = openPmp()): Walker {
  return createWalker({ pmp, readPte: (pa) => memory.get(pa) })
}

/** Three levels to a page at DATA, with the given leaf. */
function tables(leaf = pteTo(DATA, LEAF)): Map<bigint, bigint> {
  return new Map([
    [ROOT + 8n, pteTo(MIDDLE, V)],
    [MIDDLE + 16n, pteTo(LAST, V)],
    [LAST + 24n, leaf],
  ])
}

describe('the walk (privileged specification, 4.3.2)', () => {
  test('it finds the leaf of a 4 KiB page in three reads, which are observed in order', () => {
    const seen: WalkAccess[] = []
    const found = walkerOver(tables()).walk(VA, satp, 'load', (access) => seen.push(access))
    expect(found).toEqual({ pte: pteTo(DATA, LEAF), level: 0, global: false })
    expect(seen).toEqual([
      { pa: ROOT + 8n, pte: pteTo(MIDDLE, V), level: 2 },
      { pa: MIDDLE + 16n, pte: pteTo(LAST, V), level: 1 },
      { pa: LAST + 24n, pte: pteTo(DATA, LEAF), level: 0 },
    ])
  })

  test('a leaf above the last level maps a superpage', () => {
    const giga = new Map([[ROOT + 8n, pteTo(0x8000_0000n, LEAF)]])
    expect(walkerOver(giga).walk(VA, satp, 'load')).toMatchObject({ level: 2 })
    const mega = tables().set(MIDDLE + 16n, pteTo(0x8020_0000n, LEAF))
    expect(walkerOver(mega).walk(VA, satp, 'load')).toMatchObject({ level: 1 })
  })

  test('a misaligned superpage is a page fault (V01)', () => {
    const giga = new Map([[ROOT + 8n, pteTo(0x8020_0000n, LEAF)]])
    expect(walkerOver(giga).walk(VA, satp, 'load')).toEqual({ fault: 'page', pa: ROOT + 8n, level: 2 })
    const mega = tables().set(MIDDLE + 16n, pteTo(0x8020_1000n, LEAF))
    expect(walkerOver(mega).walk(VA, satp, 'load')).toEqual({ fault: 'page', pa: MIDDLE + 16n, level: 1 })
  })

  test('D, A or U in an entry that points to a table is a page fault (V03)', () => {
    for (const flag of [D, A, U]) {
      const upper = tables().set(ROOT + 8n, pteTo(MIDDLE, V | flag))
      expect(walkerOver(upper).walk(VA, satp, 'fetch')).toEqual({ fault: 'page', pa: ROOT + 8n, level: 2 })
      const lower = tables().set(MIDDLE + 16n, pteTo(LAST, V | flag))
      expect(walkerOver(lower).walk(VA, satp, 'fetch')).toEqual({ fault: 'page', pa: MIDDLE + 16n, level: 1 })
    }
  })

  test('a reserved bit in an entry of any level is a page fault (V04)', () => {
    for (const pa of [ROOT + 8n, MIDDLE + 16n, LAST + 24n]) {
      for (let bit = 54n; bit < 64n; bit++) {
        const memory = tables()
        memory.set(pa, memory.get(pa)! | (1n << bit))
        expect(walkerOver(memory).walk(VA, satp, 'store')).toMatchObject({ fault: 'page', pa })
      }
    }
  })

  test('a pointer at the last level is a page fault', () => {
    expect(walkerOver(tables(pteTo(DATA, V))).walk(VA, satp, 'load')).toMatchObject({ fault: 'page', level: 0 })
  })

  test('G on a pointer makes what is below it global (4.3.1)', () => {
    for (const pa of [ROOT + 8n, MIDDLE + 16n, LAST + 24n]) {
      const memory = tables()
      memory.set(pa, memory.get(pa)! | BigInt(G))
      expect(walkerOver(memory).walk(VA, satp, 'load')).toMatchObject({ level: 0, global: true })
    }
  })

  test('A and D are left as they are and for the caller to judge (Svade)', () => {
    const memory = tables(pteTo(DATA, V | R | W))
    expect(walkerOver(memory).walk(VA, satp, 'store')).toMatchObject({ pte: pteTo(DATA, V | R | W) })
    expect(memory).toEqual(tables(pteTo(DATA, V | R | W)))
  })
})

describe('protection of the tables (3.7.2)', () => {
  test('an entry that PMP refuses, or where nothing answers, is an access fault and is not read', () => {
    for (const [table, entry, level] of [
      [ROOT, ROOT + 8n, 2],
      [MIDDLE, MIDDLE + 16n, 1],
      [LAST, LAST + 24n, 0],
    ] as const) {
      const pmp = openPmp()
      restrict(pmp, table, 0)
      const reads: bigint[] = []
      const memory = tables()
      const walker = createWalker({
        pmp,
        readPte(pa) {
          reads.push(pa)
          return memory.get(pa)
        },
      })
      expect(walker.walk(VA, satp, 'load')).toEqual({ fault: 'access', pa: entry, level })
      expect(reads).not.toContain(entry)
      memory.delete(entry)
      expect(walkerOver(memory).walk(VA, satp, 'load')).toEqual({ fault: 'access', pa: entry, level })
    }
  })

  test('an entry is read as a load, whatever the access is for (P08)', () => {
    for (const kind of ['fetch', 'load', 'store'] as const) {
      const readable = openPmp()
      restrict(readable, LAST, 1)
      expect(walkerOver(tables(), readable).walk(VA, satp, kind)).toMatchObject({ level: 0, global: false })
      const executable = openPmp()
      restrict(executable, LAST, 4)
      expect(walkerOver(tables(), executable).walk(VA, satp, kind)).toMatchObject({ fault: 'access' })
    }
  })

  test('an entry is read with S rights: PMP that does not bind M still binds the walk (P38)', () => {
    const pmp = createPmp(new RegionAllocator(new ArrayBuffer(4096)), { pmpEntries: 16, pmpGranularity: 4 })
    expect(walkerOver(tables(), pmp).walk(VA, satp, 'load')).toMatchObject({ fault: 'access', level: 2 })
  })
})

test('an address is canonical where bits 63 to 39 equal bit 38 (4.4.1)', () => {
  for (const va of [0n, 0x3f_ffff_ffffn, 0xffff_ffc0_0000_0000n, 0xffff_ffff_ffff_ffffn])
    expect(isCanonical(va)).toBe(true)
  for (let bit = 38n; bit < 64n; bit++) expect(isCanonical(1n << bit), `bit ${bit}`).toBe(false)
  expect(isCanonical(0xffff_ff80_0000_0000n)).toBe(false)
})

test('satp names the root table by its low 44 bits, and a virtual page number has 27 bits', () => {
  expect(rootTable((1n << 64n) - 1n)).toBe(((1n << 44n) - 1n) << 12n)
  expect(vpnOf((1n << 64n) - 1n)).toBe(2 ** 27 - 1)
})

/** The section's steps, over bits as text: each entry is 64 letters, bit 63 first. */
function naiveWalk(
  memory: Map<bigint, bigint>,
  denied: bigint,
  indices: number[],
  table: bigint,
  isGlobal: boolean,
): string {
  const [index, ...rest] = indices
  const pa = table + 8n * BigInt(index)
  if (pa >> 12n === denied >> 12n) return 'access'
  const pte = memory.get(pa)
  if (pte === undefined) return 'access'
  const bits = pte.toString(2).padStart(64, '0')
  const [d, a, g, u, x, w, r, v] = bits.slice(56)
  if (v === '0' || (r === '0' && w === '1')) return 'page'
  if (bits.slice(0, 10).includes('1')) return 'page'
  const global = isGlobal || g === '1'
  const page = bits.slice(10, 54)
  if (r === '1' || x === '1')
    return page.endsWith('0'.repeat(9 * rest.length)) ? `leaf ${pte} ${rest.length} ${global}` : 'page'
  if (rest.length === 0 || [d, a, u].includes('1')) return 'page'
  return naiveWalk(memory, denied, rest, BigInt(`0b${page}`) << 12n, global)
}

test('any tables are walked as the section says', () => {
  const pages = [ROOT, MIDDLE, LAST, 0x8000_3000n]
  const index = fc.constantFrom(0, 1, 511)
  const leaf = fc
    .tuple(fc.nat(255), fc.constantFrom(DATA, 0x8000_0000n, 0x8020_0000n, DATA + 4096n))
    .map(([flags, pa]) => pteTo(pa, flags | V | R))
  const pointer = fc.constantFrom(...pages).map((pa) => pteTo(pa, V))
  const odd = fc
    .tuple(fc.nat(1023), fc.constantFrom(...pages), fc.constantFrom(0n, 0n, 1n << 54n, 1n << 61n, 1n << 63n))
    .map(([flags, pa, high]) => pteTo(pa, flags) | high)
  const pte = fc.oneof({ weight: 5, arbitrary: pointer }, { weight: 2, arbitrary: leaf }, { weight: 1, arbitrary: odd })
  const table = fc.array(fc.tuple(fc.constantFrom(...pages), index, pte), { minLength: 6, maxLength: 12 })
  const address = fc.tuple(index, index, index)
  fc.assert(
    fc.property(table, fc.array(address, { minLength: 6, maxLength: 6 }), fc.nat(9), (entries, addresses, deny) => {
      const memory = new Map(entries.map(([page, i, value]) => [page + BigInt(8 * i), value]))
      const denied = deny < pages.length ? pages[deny] : 0x1000n
      const pmp = openPmp()
      restrict(pmp, denied, 0)
      const walker = walkerOver(memory, pmp)
      for (const indices of addresses) {
        const va = indices.reduce((sum, i) => (sum << 9n) | BigInt(i), 0n) << 12n
        const found = walker.walk(va, satp, 'load')
        const text = 'fault' in found ? found.fault : `leaf ${found.pte} ${found.level} ${found.global}`
        expect(text).toBe(naiveWalk(memory, denied, indices, ROOT, false))
      }
    }),
    { numRuns: 500 },
  )
})
