import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Privilege, WalkAccess } from '../core/retirement.ts'
import { RegionAllocator } from '../core/state.ts'
import type { AccessKind, Fault } from './access.ts'
import { type AccessContext, createMmu, type Mmu } from './mmu.ts'
import { createPmp, type Pmp } from './pmp.ts'
import { pteBits } from './pte.ts'
import { createTlb, type Tlb } from './tlb.ts'
import { createWalker } from './walker.ts'

const { V, R, W, X, U, G, A, D } = pteBits
const LEAF = V | R | W | X | A | D
const ROOT = 0x8000_0000n
const MIDDLE = 0x8000_1000n
const LAST = 0x8000_2000n
const DATA = 0x8040_0000n
/** Level 2 index 1, level 1 index 0: VA + n pages has index n in the last table; VA + 2 MiB is a superpage. */
const VA = 1n << 30n
const MEGA_VA = VA + 0x20_0000n
const S_MODE = 1
const kinds: AccessKind[] = ['fetch', 'load', 'store']

const pteTo = (pa: bigint, flags: number): bigint => ((pa >> 12n) << 10n) | BigInt(flags)
const satpOf = (asid: number): bigint => (8n << 60n) | (BigInt(asid) << 44n) | (ROOT >> 12n)

interface Bench {
  buffer: ArrayBuffer
  memory: Map<bigint, bigint>
  pmp: Pmp
  itlb: Tlb
  dtlb: Tlb
  mmu: Mmu
  walks: WalkAccess[]
}

function bench({ pmpVerdictCached = true, asidBits = 16, tlbEntries = 8 } = {}): Bench {
  const buffer = new ArrayBuffer(8192)
  const allocator = new RegionAllocator(buffer)
  const memory = new Map([
    [ROOT + 8n, pteTo(MIDDLE, V)],
    [MIDDLE, pteTo(LAST, V)],
    [MIDDLE + 8n, pteTo(0x8060_0000n, LEAF)],
    ...[0n, 1n, 2n, 3n].map((i): [bigint, bigint] => [LAST + 8n * i, pteTo(DATA + 4096n * i, LEAF)]),
  ])
  const pmp = createPmp(allocator, { pmpEntries: 16, pmpGranularity: 4 })
  pmp.writeAddress(15, (1n << 54n) - 1n)
  pmp.writeConfig(2, 0x1fn << 56n)
  const itlb = createTlb(allocator, tlbEntries)
  const dtlb = createTlb(allocator, tlbEntries)
  const walks: WalkAccess[] = []
  const walker = createWalker({ pmp, readPte: (pa) => memory.get(pa) })
  const config = { pmpVerdictCached, asidBits }
  const mmu = createMmu({ pmp, walker, itlb, dtlb, config, observeWalk: (access) => walks.push(access) })
  return { buffer, memory, pmp, itlb, dtlb, mmu, walks }
}

function context(other: Partial<AccessContext> = {}): AccessContext {
  return { privilege: S_MODE, sum: false, mxr: false, satp: satpOf(1), ...other }
}

/** Gives a naturally aligned block only `rights`, by entry 0. */
function restrict(pmp: Pmp, base: bigint, bytes: bigint, rights: number): void {
  pmp.writeAddress(0, (base >> 2n) | ((bytes >> 3n) - 1n))
  pmp.writeConfig(0, BigInt(0x18 | rights))
}

/** Fails where `act` changes a byte of the state. */
function expectUnchanged(buffer: ArrayBuffer, act: () => void): void {
  const before = new Uint8Array(buffer.slice(0))
  act()
  expect(new Uint8Array(buffer)).toEqual(before)
}

describe('without translation (privileged specification, 4.1.11)', () => {
  test('M, and a mode of satp that is not Sv39, use physical addresses', () => {
    const { mmu, walks } = bench()
    for (const bare of [context({ privilege: 3 }), context({ satp: 0n }), context({ satp: 9n << 60n })])
      expect(mmu.translate(VA + 0x123n, 8, 'load', bare)).toBe(VA + 0x123n)
    expect(walks).toEqual([])
  })

  test('an address of more than 56 bits is an access fault, also by its last byte', () => {
    const { mmu } = bench()
    const bare = context({ privilege: 3 })
    expect(mmu.translate((1n << 56n) - 8n, 8, 'load', bare)).toBe((1n << 56n) - 8n)
    expect(mmu.translate((1n << 56n) - 4n, 8, 'load', bare)).toBe('access')
    expect(mmu.translate(1n << 56n, 1, 'load', bare)).toBe('access')
    expect(mmu.translate((1n << 63n) | DATA, 1, 'fetch', bare)).toBe('access')
    expect(mmu.pageGrant(1n << 56n, bare)).toBeUndefined()
  })

  test('PMP decides by the privilege of the access', () => {
    const { mmu, pmp } = bench()
    restrict(pmp, DATA, 4096n, 1)
    expect(mmu.translate(DATA, 8, 'store', context({ privilege: 3 }))).toBe(DATA)
    expect(mmu.translate(DATA, 8, 'store', context({ satp: 0n }))).toBe('access')
    expect(mmu.translate(DATA, 8, 'load', context({ satp: 0n }))).toBe(DATA)
  })
})

describe('Sv39 (4.3.2, 4.4)', () => {
  test('pages of each size translate, with the offset from the virtual address', () => {
    const { mmu, memory } = bench()
    memory.set(ROOT + 16n, pteTo(0xc000_0000n, LEAF))
    for (const kind of kinds) {
      expect(mmu.translate(VA + 0x1ff8n, 8, kind, context())).toBe(DATA + 0x1ff8n)
      expect(mmu.translate(MEGA_VA + 0x12_3450n, 8, kind, context())).toBe(0x8060_0000n + 0x12_3450n)
      expect(mmu.translate(2n ** 31n + 0x1234_5678n, 8, kind, context())).toBe(0xc000_0000n + 0x1234_5678n)
    }
  })

  test('an address that is not canonical is a page fault, whatever is mapped at its low bits (V08)', () => {
    const { mmu, walks, buffer } = bench()
    for (const kind of kinds) mmu.translate(VA, 8, kind, context())
    walks.length = 0
    expectUnchanged(buffer, () => {
      for (const high of [1n << 39n, 1n << 56n, 1n << 63n, (1n << 64n) - (1n << 39n)]) {
        for (const kind of kinds) expect(mmu.translate(VA | high, 8, kind, context())).toBe('page')
        expect(mmu.pageGrant(VA | high, context())).toBeUndefined()
      }
    })
    expect(walks).toEqual([])
  })

  test('a hit walks no tables', () => {
    const { mmu, walks } = bench()
    mmu.translate(VA, 8, 'load', context())
    expect(walks).toHaveLength(3)
    mmu.translate(VA + 8n, 8, 'store', context())
    expect(walks).toHaveLength(3)
  })

  test('a fetch uses the ITLB, loads and stores the DTLB', () => {
    const { mmu, itlb, dtlb } = bench()
    mmu.translate(VA, 4, 'fetch', context())
    expect([itlb.peek(VA, 1), dtlb.peek(VA, 1)]).toEqual([0, -1])
    mmu.translate(VA + 4096n, 8, 'store', context())
    expect([itlb.peek(VA + 4096n, 1), dtlb.peek(VA + 4096n, 1)]).toEqual([-1, 0])
  })

  test('what a hit permits depends on SUM, MXR and privilege now, not when the entry was made (V06)', () => {
    const { mmu, memory } = bench()
    memory.set(LAST, pteTo(DATA, V | X | U | A))
    expect(mmu.translate(VA, 8, 'load', context({ sum: true, mxr: true }))).toBe(DATA)
    expect(mmu.translate(VA, 8, 'load', context({ sum: true }))).toBe('page')
    expect(mmu.translate(VA, 8, 'load', context({ mxr: true }))).toBe('page')
    expect(mmu.translate(VA, 8, 'load', context({ privilege: 0, mxr: true }))).toBe(DATA)
  })

  test('a page fault outranks an access fault at the translated address (P12)', () => {
    const { mmu, memory, pmp } = bench()
    memory.set(LAST, pteTo(DATA, LEAF | U))
    restrict(pmp, DATA, 4096n, 0)
    expect(mmu.translate(VA, 8, 'load', context())).toBe('page')
    expect(mmu.translate(VA, 8, 'load', context({ sum: true }))).toBe('access')
  })

  test('tables that PMP refuses are an access fault', () => {
    const { mmu, pmp } = bench()
    restrict(pmp, LAST, 4096n, 0)
    for (const kind of kinds) expect(mmu.translate(VA, 8, kind, context())).toBe('access')
  })

  test('a walk that faults, and an access that is refused, leave nothing in the TLBs (V12)', () => {
    const { mmu, memory, pmp, buffer } = bench()
    memory.set(LAST, pteTo(DATA, V | R | A))
    memory.set(LAST + 8n, 0n)
    memory.set(LAST + 16n, pteTo(DATA, V | R | W | X))
    memory.set(MIDDLE + 8n, pteTo(0x8060_1000n, LEAF))
    restrict(pmp, DATA + 0x3000n, 4096n, 0)
    expectUnchanged(buffer, () => {
      expect(mmu.translate(VA, 8, 'store', context())).toBe('page')
      expect(mmu.translate(VA + 0x1000n, 8, 'load', context())).toBe('page')
      for (const kind of kinds) expect(mmu.translate(VA + 0x2000n, 8, kind, context())).toBe('page')
      for (const kind of kinds) expect(mmu.translate(VA + 0x3000n, 8, kind, context())).toBe('access')
      for (const kind of kinds) expect(mmu.translate(MEGA_VA, 8, kind, context())).toBe('page')
    })
  })

  test('an entry of one address space is not used in another, a global one is', () => {
    const { mmu, memory } = bench()
    memory.set(LAST + 8n, pteTo(DATA + 4096n, LEAF | G))
    mmu.translate(VA, 8, 'load', context())
    mmu.translate(VA + 4096n, 8, 'load', context())
    memory.clear()
    expect(mmu.translate(VA, 8, 'load', context({ satp: satpOf(2) }))).toBe('access')
    expect(mmu.translate(VA + 4096n, 8, 'load', context({ satp: satpOf(2) }))).toBe(DATA + 4096n)
  })
})

describe('what is stale, and until when (4.2.1)', () => {
  test('a changed page table is seen after a fence that names the page', () => {
    const { mmu, memory } = bench()
    for (const kind of kinds) mmu.translate(VA, 8, kind, context())
    memory.set(LAST, pteTo(DATA + 4096n, LEAF))
    mmu.fence(VA + 4096n)
    mmu.fence(VA, 2)
    for (const kind of kinds) expect(mmu.translate(VA, 8, kind, context())).toBe(DATA)
    mmu.fence(VA, 1)
    for (const kind of kinds) expect(mmu.translate(VA, 8, kind, context())).toBe(DATA + 4096n)
  })

  test('a fence anywhere in a global superpage removes it (V10)', () => {
    const { mmu, memory } = bench()
    memory.set(MIDDLE + 8n, pteTo(0x8060_0000n, LEAF | G))
    mmu.translate(MEGA_VA, 8, 'load', context())
    memory.set(MIDDLE + 8n, 0n)
    expect(mmu.translate(MEGA_VA, 8, 'load', context())).toBe(0x8060_0000n)
    mmu.fence(MEGA_VA + 0x1f_f000n)
    expect(mmu.translate(MEGA_VA, 8, 'load', context())).toBe('page')
  })

  test('of the address space in a fence, only the implemented bits count', () => {
    const { mmu, dtlb } = bench({ asidBits: 4 })
    mmu.translate(VA, 8, 'load', context())
    mmu.fence(undefined, 0x12)
    expect(dtlb.peek(VA, 1)).toBe(0)
    mmu.fence(undefined, 0x11)
    expect(dtlb.peek(VA, 1)).toBe(-1)
  })

  test('a PMP verdict kept with the entry holds until a fence, and no longer (I01, V21)', () => {
    const { mmu, pmp } = bench()
    mmu.translate(VA, 8, 'load', context())
    restrict(pmp, DATA, 4096n, 0)
    expect(mmu.translate(VA, 8, 'load', context())).toBe(DATA)
    expect(mmu.pageGrant(VA, context())).toMatchObject({ load: true, store: true })
    mmu.fence()
    expect(mmu.translate(VA, 8, 'load', context())).toBe('access')
  })

  test('a core that does not keep PMP verdicts sees a change at once', () => {
    const { mmu, pmp } = bench({ pmpVerdictCached: false })
    mmu.translate(VA, 8, 'load', context())
    restrict(pmp, DATA, 4096n, 1)
    expect(mmu.translate(VA, 8, 'load', context())).toBe(DATA)
    expect(mmu.translate(VA, 8, 'store', context())).toBe('access')
    expect(mmu.pageGrant(VA, context())).toMatchObject({ load: true, store: false })
  })
})

describe('PMP under translation (3.7.2)', () => {
  test('a region smaller than a page is told from the rest of the page (P47)', () => {
    const { mmu, pmp } = bench()
    restrict(pmp, DATA + 0x800n, 16n, 0)
    for (let round = 0; round < 2; round++) {
      expect(mmu.translate(VA + 0x7f8n, 8, 'load', context())).toBe(DATA + 0x7f8n)
      expect(mmu.translate(VA + 0x800n, 8, 'load', context())).toBe('access')
      expect(mmu.translate(VA + 0x808n, 8, 'load', context())).toBe('access')
      expect(mmu.translate(VA + 0x810n, 8, 'load', context())).toBe(DATA + 0x810n)
    }
    expect(mmu.pageGrant(VA, context())).toBeUndefined()
  })

  test('a region smaller than a superpage is told from the rest of the superpage', () => {
    const { mmu, pmp } = bench()
    restrict(pmp, 0x8060_4000n, 4096n, 0)
    expect(mmu.translate(MEGA_VA, 8, 'load', context())).toBe(0x8060_0000n)
    expect(mmu.translate(MEGA_VA + 0x4000n, 8, 'load', context())).toBe('access')
    expect(mmu.pageGrant(MEGA_VA, context())).toMatchObject({ page: 0x8060_0000n, load: true })
    expect(mmu.pageGrant(MEGA_VA + 0x4000n, context())).toBeUndefined()
  })

  test('rights of PMP and of the entry must both allow', () => {
    const { mmu, pmp } = bench()
    restrict(pmp, DATA, 4096n, 1)
    for (const kind of kinds)
      expect(mmu.translate(VA, 4, kind, context()), kind).toBe(kind === 'load' ? DATA : 'access')
    mmu.translate(VA, 4, 'load', context())
    expect(mmu.translate(VA, 4, 'store', context())).toBe('access')
  })
})

describe('what a fast path may do', () => {
  test('without translation: what PMP gives on the whole page', () => {
    const { mmu, pmp } = bench()
    restrict(pmp, DATA, 4096n, 5)
    const none = { dtlbIndex: -1, itlbIndex: -1 }
    const page = DATA
    expect(mmu.pageGrant(DATA + 0x123n, context({ satp: 0n }))).toEqual({
      ...none,
      page,
      load: true,
      store: false,
      fetch: true,
    })
    expect(mmu.pageGrant(DATA, context({ privilege: 3 }))).toMatchObject({ load: true, store: true, fetch: true })
    restrict(pmp, DATA, 8n, 5)
    expect(mmu.pageGrant(DATA, context({ satp: 0n }))).toBeUndefined()
  })

  test('with translation: only what is in a TLB already', () => {
    const { mmu } = bench()
    expect(mmu.pageGrant(VA, context())).toBeUndefined()
    mmu.translate(VA, 8, 'load', context())
    expect(mmu.pageGrant(VA + 0x123n, context())).toEqual({
      page: DATA,
      load: true,
      store: true,
      fetch: false,
      dtlbIndex: 0,
      itlbIndex: -1,
    })
    mmu.translate(VA + 4096n, 4, 'fetch', context())
    mmu.translate(VA, 4, 'fetch', context())
    expect(mmu.pageGrant(VA, context())).toMatchObject({ page: DATA, fetch: true, dtlbIndex: 0, itlbIndex: 1 })
    expect(mmu.pageGrant(VA + 4096n, context())).toEqual({
      page: DATA + 4096n,
      load: false,
      store: false,
      fetch: true,
      dtlbIndex: -1,
      itlbIndex: 0,
    })
  })

  test('where the TLBs disagree on the page, it is for data alone', () => {
    const { mmu, memory, dtlb } = bench()
    mmu.translate(VA, 4, 'fetch', context())
    memory.set(LAST, pteTo(DATA + 4096n, LEAF))
    mmu.translate(VA, 8, 'load', context())
    expect(mmu.pageGrant(VA, context())).toMatchObject({ page: DATA + 4096n, load: true, fetch: false, itlbIndex: -1 })
    dtlb.flush()
    expect(mmu.pageGrant(VA, context())).toMatchObject({ page: DATA, load: false, fetch: true, dtlbIndex: -1 })
  })
})

describe('a report on an access', () => {
  test('it shows what the TLB has and what a walk would find, and changes nothing', () => {
    const { mmu, memory, pmp, buffer, walks } = bench()
    mmu.translate(VA, 8, 'load', context())
    memory.set(LAST, pteTo(DATA + 4096n, V | R | A))
    restrict(pmp, DATA, 4096n, 1)
    walks.length = 0
    expectUnchanged(buffer, () =>
      expect(mmu.explain(VA + 0x10n, 'store', context())).toEqual([
        'store at va 0x40000010, privilege 1, SUM 0, MXR 0, Sv39, ASID 1, root 0x80000000',
        'DTLB entry 0: 4 KiB at va 0x40000000, ASID 1, pa 0x80400010, da--xwrv, PMP rwx: permitted',
        'walk level 2: PTE at 0x80000008 is 0x20000401 (-------v)',
        'walk level 1: PTE at 0x80001000 is 0x20000801 (-------v)',
        'walk level 0: PTE at 0x80002000 is 0x20100443 (-a----rv)',
        'walk now: 4 KiB at va 0x40000000, ASID 1, pa 0x80401010, -a----rv, PMP rwx: page fault',
        'PMP entry 0: NAPOT 0x80400000..0x80400fff r--: store of 1 B at 0x80400010 by S denied',
      ]),
    )
    expect(walks).toEqual([])
  })

  test('it says where a walk ends', () => {
    const { mmu, memory } = bench()
    memory.set(MIDDLE, 0n)
    expect(mmu.explain(VA, 'fetch', context()).slice(1)).toEqual([
      'ITLB: no entry',
      'walk level 2: PTE at 0x80000008 is 0x20000401 (-------v)',
      'walk level 1: PTE at 0x80001000 is 0x0 (--------)',
      'walk now: page fault at level 1: the PTE at 0x80001000 is not a legal entry',
    ])
    memory.delete(MIDDLE)
    expect(mmu.explain(VA, 'fetch', context()).at(-1)).toBe(
      'walk now: access fault at level 1: the PTE at 0x80001000 may not be read',
    )
  })

  test('it says so where nothing is translated', () => {
    const { mmu } = bench()
    expect(mmu.explain(DATA, 'load', context({ privilege: 3 }))).toEqual([
      'load at va 0x80400000, privilege 3, no translation: pa 0x80400000',
      'PMP entry 15: NAPOT 0x0..0x1ffffffffffffff rwx: load of 1 B at 0x80400000 by M allowed',
    ])
    expect(mmu.explain(1n << 56n, 'load', context({ privilege: 3 }))).toHaveLength(1)
    expect(mmu.explain(1n << 40n, 'load', context()).at(-1)).toBe('the address is not canonical: page fault')
  })
})

/** One version of the leaves: flags and page of each, by index in the last table, and of the superpage. */
interface Leaves {
  pages: { flags: number; page: number }[]
  mega: number
}

/** PMP as a list of ranges, of which the first that matches decides; the last is all of memory. */
interface Range {
  lower: bigint
  bytes: bigint
  rights: number
}

/** Translation and protection of an access by S or U without any TLB, from the section. */
function naive(leaves: Leaves, ranges: Range[], va: bigint, size: number, kind: AccessKind, access: AccessContext) {
  const inMega = va >= MEGA_VA
  const leaf = inMega ? undefined : leaves.pages[Number((va - VA) >> 12n)]
  const flags = leaf === undefined ? leaves.mega : leaf.flags
  const has = (bit: number): boolean => (flags & bit) !== 0
  const page = (): Fault => 'page'
  if (!has(V) || (has(W) && !has(R)) || !(has(R) || has(X)) || !has(A)) return page()
  if (access.privilege === 0 && !has(U)) return page()
  if (access.privilege === 1 && has(U) && (kind === 'fetch' || !access.sum)) return page()
  if (kind === 'fetch' && !has(X)) return page()
  if (kind === 'load' && !has(R) && !(access.mxr && has(X))) return page()
  if (kind === 'store' && !(has(W) && has(D))) return page()
  const pa = leaf === undefined ? 0x8060_0000n + (va - MEGA_VA) : DATA + BigInt(leaf.page) * 4096n + (va & 0xfffn)
  const right = { load: 1, store: 2, fetch: 4 }[kind]
  for (const { lower, bytes, rights } of ranges) {
    const inside = Array.from({ length: size }, (_, i) => pa + BigInt(i)).filter((b) => b >= lower && b < lower + bytes)
    if (inside.length === size) return (rights & right) !== 0 ? pa : 'access'
    if (inside.length > 0) return 'access'
  }
  return 'access'
}

const flags = fc.oneof(fc.constant(LEAF), fc.constant(LEAF | U), fc.nat(255))
const someLeaves = fc.record({
  pages: fc.array(fc.record({ flags, page: fc.nat(3) }), { minLength: 4, maxLength: 4 }),
  mega: flags,
})
const range = fc
  .record({
    base: fc.constantFrom(DATA, DATA + 0x1000n, DATA + 0x2000n, 0x8060_0000n, 0x8060_1000n),
    bytes: fc.constantFrom(8n, 64n, 4096n, 8192n, 0x20_0000n),
    rights: fc.constantFrom(0, 1, 3, 4, 5, 7),
  })
  .map(({ base, bytes, rights }): Range => ({ lower: base - (base % bytes), bytes, rights }))
const everywhere: Range = { lower: 0n, bytes: 1n << 57n, rights: 7 }
const somePmp = fc.array(range, { maxLength: 3 })
const someAccess = fc.record({
  va: fc
    .tuple(
      fc.constantFrom(VA, VA + 4096n, VA + 8192n, VA + 12288n, MEGA_VA, MEGA_VA + 4096n),
      fc.constantFrom(0, 8, 64, 4088),
    )
    .map(([page, offset]) => page + BigInt(offset)),
  size: fc.constantFrom(1, 4, 8),
  kind: fc.constantFrom(...kinds),
  privilege: fc.constantFrom<Privilege>(0, 1),
  sum: fc.boolean(),
  mxr: fc.boolean(),
  asid: fc.constantFrom(1, 2),
})

function setLeaves({ memory }: Bench, { pages, mega }: Leaves): void {
  for (const [i, { flags, page }] of pages.entries())
    memory.set(LAST + BigInt(8 * i), pteTo(DATA + BigInt(page) * 4096n, legal(flags)))
  memory.set(MIDDLE + 8n, pteTo(0x8060_0000n, legal(mega)))
}

/** A pointer would lead away from these tables. */
const legal = (flags: number): number => ((flags & (R | W | X)) === 0 ? flags & ~V : flags)

function setPmp({ pmp }: Bench, ranges: Range[]): void {
  for (let i = 0; i < 4; i++) {
    const { lower, bytes } = ranges[i] ?? everywhere
    pmp.writeAddress(i, (lower >> 2n) | ((bytes >> 3n) - 1n))
  }
  const config = ranges.reduce((value, { rights }, i) => value | (BigInt(0x18 | rights) << BigInt(8 * i)), 0n)
  pmp.writeConfig(0, config)
}

const step = fc.oneof(
  { weight: 8, arbitrary: someAccess },
  { weight: 1, arbitrary: fc.record({ leaves: someLeaves }) },
  { weight: 1, arbitrary: fc.record({ ranges: somePmp }) },
)

/**
 * Plays steps; after each change, fences where `fenced`. An access must give what the section gives for some page tables
 * and some PMP since the last fence, and a grant what the access gives.
 */
function play(
  cached: boolean,
  fenced: boolean,
  steps: (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
): void {
  const built = bench({ pmpVerdictCached: cached, tlbEntries: 4 })
  const { mmu, itlb, dtlb } = built
  let tables: Leaves[] = [{ pages: Array(4).fill({ flags: LEAF, page: 0 }), mega: LEAF }]
  let protections: Range[][] = [[everywhere]]
  setLeaves(built, tables[0])
  setPmp(built, protections[0])
  for (const one of steps) {
    if ('va' in one) {
      const { va, size, kind, asid, ...rest } = one
      const access: AccessContext = { ...rest, satp: satpOf(asid) }
      const grant = mmu.pageGrant(va, access)
      const found = mmu.translate(va, size, kind, access)
      const possible = tables.flatMap((leaves) =>
        protections.map((ranges) => naive(leaves, ranges, va, size, kind, access)),
      )
      expect(possible).toContain(found)
      if (grant?.[kind]) {
        expect(found).toBe(grant.page + (va & 0xfffn))
        expect(kind === 'fetch' ? itlb.peek(va, asid) : dtlb.peek(va, asid)).toBe(
          kind === 'fetch' ? grant.itlbIndex : grant.dtlbIndex,
        )
      }
      // An access that a TLB entry has just allowed is granted, unless PMP or the other TLB divides the page.
      const after = mmu.pageGrant(va, access)
      if (typeof found === 'bigint' && protections.at(-1)?.length === 1 && kind !== 'fetch')
        expect(after).toMatchObject({ page: found & ~0xfffn, [kind]: true })
    } else if ('leaves' in one) {
      tables = fenced ? [one.leaves] : [...tables, one.leaves]
      setLeaves(built, one.leaves)
      if (fenced) mmu.fence()
    } else {
      const ranges = [...one.ranges, everywhere]
      protections = fenced || !cached ? [ranges] : [...protections, ranges]
      setPmp(built, ranges)
      if (fenced) mmu.fence()
    }
  }
}

for (const cached of [true, false]) {
  const kept = cached ? 'kept' : 'not kept'
  test(`with a fence after each change, PMP verdicts ${kept}: as if there were no TLB`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => play(cached, true, steps)),
      { numRuns: 150 },
    )
  })

  test(`without a fence, PMP verdicts ${kept}: what was true at some time since`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => play(cached, false, steps)),
      { numRuns: 150 },
    )
  })
}
