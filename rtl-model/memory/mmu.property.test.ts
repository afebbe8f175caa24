import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Privilege } from '../core/retirement.ts'
import type { AccessKind, Fault } from './access.ts'
import type { AccessContext } from './mmu.ts'
import {
  A,
  type Bench,
  bench,
  D,
  DATA,
  kinds,
  LAST,
  LEAF,
  MEGA_VA,
  MIDDLE,
  pteTo,
  R,
  satpOf,
  U,
  V,
  VA,
  W,
  X,
} from './mmu-bench.ts'

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
