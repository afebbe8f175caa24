import { describe, expect, test } from 'vitest'
import { createMmu } from './mmu.ts'
import {
  A,
  bench,
  context,
  DATA,
  G,
  kinds,
  LAST,
  LEAF,
  MEGA_VA,
  MIDDLE,
  pteTo,
  R,
  ROOT,
  satpOf,
  U,
  V,
  VA,
  W,
  X,
} from './mmu-bench.ts'
import type { Pmp } from './pmp.ts'
import { createWalker } from './walker.ts'

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

  test('asking changes nothing, and does not count as a use', () => {
    const { mmu, buffer } = bench()
    for (const va of [VA, VA + 4096n]) for (const kind of kinds) mmu.translate(va, 4, kind, context())
    for (const va of [VA, VA + 4096n, VA + 8192n]) expectUnchanged(buffer, () => mmu.pageGrant(va, context()))
  })

  test('where PMP says that a page is not uniform, it is nothing, whatever rights it reports', () => {
    const { pmp: honest, itlb, dtlb } = bench()
    const pageRights: Pmp['pageRights'] = () => ({ uniform: false, rights: 7 })
    const pmp: Pmp = Object.assign(Object.create(honest), { pageRights })
    const memory = bench().memory
    const walker = createWalker({ pmp, readPte: (pa) => memory.get(pa) })
    const mmu = createMmu({ pmp, walker, itlb, dtlb, config: { pmpVerdictCached: true, asidBits: 16 } })
    expect(mmu.translate(VA, 8, 'load', context())).toBe(DATA)
    expect(mmu.pageGrant(VA, context())).toBeUndefined()
    expect(mmu.pageGrant(DATA, context({ privilege: 3 }))).toBeUndefined()
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
