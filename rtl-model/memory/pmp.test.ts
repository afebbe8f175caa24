import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Privilege } from '../core/retirement.ts'
import { RegionAllocator } from '../core/state.ts'
import type { AccessKind } from './access.ts'
import { createPmp, EXECUTE, type Pmp, READ, WRITE } from './pmp.ts'

const R = 1
const W = 2
const X = 4
const TOR = 0x08
const NA4 = 0x10
const NAPOT = 0x18
const L = 0x80
const U_MODE = 0
const S_MODE = 1
const M_MODE = 3
const ALL_ONES = (1n << 54n) - 1n

function pmpOf(pmpEntries = 16, pmpGranularity = 4): Pmp {
  return createPmp(new RegionAllocator(new ArrayBuffer(4096)), { pmpEntries, pmpGranularity })
}

/** Writes entries from 0 on: addresses first, so that no lock is in the way. */
function entries(pmp: Pmp, ...list: [address: bigint, config: number][]): Pmp {
  for (const [i, [address]] of list.entries()) pmp.writeAddress(i, address)
  for (let register = 0; register * 4 < list.length; register += 2) {
    const bytes = list.slice(register * 4, register * 4 + 8)
    pmp.writeConfig(
      register,
      bytes.reduce((value, [, config], i) => value | (BigInt(config) << BigInt(8 * i)), 0n),
    )
  }
  return pmp
}

/** `pmpaddr` of a NAPOT region. */
function napot(base: bigint, bytes: bigint): bigint {
  return (base >> 2n) | ((bytes >> 3n) - 1n)
}

function loads(pmp: Pmp, pa: bigint, size = 8, privilege: Privilege = S_MODE): boolean {
  return pmp.allows(pa, size, 'load', privilege)
}

describe('address matching (privileged specification, 3.7.1.1)', () => {
  test('NA4 matches four bytes', () => {
    const pmp = entries(pmpOf(), [0x8000_0000n >> 2n, NA4 | R])
    expect(loads(pmp, 0x8000_0000n, 4)).toBe(true)
    expect(loads(pmp, 0x7fff_ffffn, 1)).toBe(false)
    expect(loads(pmp, 0x8000_0004n, 1)).toBe(false)
  })

  test('NAPOT matches from its first byte to its last (P31, P43)', () => {
    for (let bytes = 8n; bytes <= 1n << 40n; bytes *= 2n) {
      const base = bytes * 3n
      const pmp = entries(pmpOf(), [napot(base, bytes), NAPOT | R])
      expect(loads(pmp, base), `${bytes}`).toBe(true)
      expect(loads(pmp, base + bytes - 8n), `${bytes}`).toBe(true)
      expect(loads(pmp, base - 1n, 1), `${bytes}`).toBe(false)
      expect(loads(pmp, base + bytes, 1), `${bytes}`).toBe(false)
    }
  })

  test('TOR matches from the address before up to but not including its own (P43)', () => {
    const pmp = entries(pmpOf(), [0x8000_0000n >> 2n, 0], [0x8000_1000n >> 2n, TOR | R])
    expect(loads(pmp, 0x8000_0000n, 1)).toBe(true)
    expect(loads(pmp, 0x8000_0fffn, 1)).toBe(true)
    expect(loads(pmp, 0x7fff_ffffn, 1)).toBe(false)
    expect(loads(pmp, 0x8000_1000n, 1)).toBe(false)
  })

  test('a TOR range of entry 0 begins at 0', () => {
    const pmp = entries(pmpOf(), [0x1000n >> 2n, TOR | R])
    expect(loads(pmp, 0n)).toBe(true)
    expect(loads(pmp, 0x1000n)).toBe(false)
  })

  test('a NAPOT address of all ones matches all of memory (P46, P49)', () => {
    const pmp = entries(pmpOf(), [ALL_ONES, NAPOT | R])
    expect(loads(pmp, 0n)).toBe(true)
    expect(loads(pmp, (1n << 56n) - 8n)).toBe(true)
    expect(loads(entries(pmpOf(), [ALL_ONES >> 1n, NAPOT | R]), (1n << 56n) - 8n)).toBe(true)
    expect(loads(entries(pmpOf(), [ALL_ONES >> 2n, NAPOT | R]), (1n << 55n) - 8n)).toBe(true)
    expect(loads(entries(pmpOf(), [ALL_ONES >> 2n, NAPOT | R]), 1n << 55n)).toBe(false)
  })

  test('a TOR range whose bounds are equal or reversed matches nothing, not even partly (P46, P49)', () => {
    for (const upper of [0x8000_0004n, 0x8000_0000n]) {
      const pmp = entries(
        pmpOf(),
        [0x8000_0004n >> 2n, 0],
        [upper >> 2n, TOR | L],
        [napot(0x8000_0000n, 4096n), NAPOT | R],
      )
      expect(loads(pmp, 0x8000_0000n, 8)).toBe(true)
      expect(loads(pmp, 0x8000_0000n, 8, M_MODE)).toBe(true)
      expect(pmp.pageRights(0x8000_0000n, S_MODE)).toEqual({ uniform: true, rights: READ })
    }
  })

  test('an access that ends where a range begins, or begins where it ends, does not match it (P49)', () => {
    const pmp = entries(pmpOf(), [napot(0x8000_0008n, 8n), NAPOT | L], [napot(0x8000_0000n, 4096n), NAPOT | R])
    expect(loads(pmp, 0x8000_0000n)).toBe(true)
    expect(loads(pmp, 0x8000_0010n)).toBe(true)
    expect(loads(pmp, 0x8000_0008n)).toBe(false)
  })

  test('all 56 bits of an address are compared (P33)', () => {
    const pmp = entries(pmpOf(), [0x8000_0000n >> 2n, NA4 | R], [napot(0x9000_0000n, 4096n), NAPOT | R])
    for (let bit = 32n; bit < 56n; bit++) {
      expect(loads(pmp, 0x8000_0000n | (1n << bit), 4)).toBe(false)
      expect(loads(pmp, 0x9000_0000n | (1n << bit), 4)).toBe(false)
    }
  })

  test('with a granularity, NAPOT regions are at least a grain (P21)', () => {
    for (const granularity of [8, 16, 64, 4096]) {
      const bytes = BigInt(granularity)
      const pmp = entries(pmpOf(8, granularity), [(bytes * 5n) >> 2n, NAPOT | R])
      expect(loads(pmp, bytes * 5n, 1)).toBe(true)
      expect(loads(pmp, bytes * 6n - 1n, 1)).toBe(true)
      expect(loads(pmp, bytes * 5n - 1n, 1)).toBe(false)
      expect(loads(pmp, bytes * 6n, 1)).toBe(false)
    }
  })

  test('with a granularity, TOR bounds are whole grains, also where NAPOT left its ones in the lower one (P49)', () => {
    const pmp = pmpOf(8, 64)
    entries(pmp, [napot(0x8000_0000n, 64n), NAPOT | R], [(0x8000_0080n >> 2n) | 0xfn, TOR | R])
    pmp.writeConfig(0, BigInt(TOR | R) << 8n)
    expect(loads(pmp, 0x8000_0000n)).toBe(true)
    expect(loads(pmp, 0x8000_007fn, 1)).toBe(true)
    expect(loads(pmp, 0x8000_0080n, 1)).toBe(false)
  })
})

describe('priority and matching (3.7.1.3)', () => {
  test('the first entry that matches decides, locked or not (P01)', () => {
    const pmp = entries(pmpOf(), [napot(0x8000_0000n, 4096n), NAPOT | R | W], [napot(0x8000_0000n, 4096n), NAPOT | L])
    expect(loads(pmp, 0x8000_0000n, 8, M_MODE)).toBe(true)
    expect(loads(pmp, 0x8000_0000n, 8, S_MODE)).toBe(true)
  })

  test('a later entry gives nothing that an earlier one denies (P03)', () => {
    const pmp = entries(pmpOf(), [0x8000_0100n >> 2n, NA4 | L], [napot(0x8000_0000n, 4096n), NAPOT | R | W | X])
    for (const privilege of [U_MODE, S_MODE, M_MODE] as const) {
      expect(loads(pmp, 0x8000_0100n, 4, privilege)).toBe(false)
      expect(loads(pmp, 0x8000_0104n, 4, privilege)).toBe(true)
    }
  })

  test('an entry that matches only a part of the access denies it, even in M and unlocked (I02)', () => {
    const pmp = entries(pmpOf(), [0x8000_0004n >> 2n, NA4 | R | W | X], [napot(0n, 1n << 32n), NAPOT | R | W | X])
    for (const privilege of [U_MODE, S_MODE, M_MODE] as const)
      expect(loads(pmp, 0x8000_0000n, 8, privilege)).toBe(false)
  })

  test('entries after the first match may match in part (P48)', () => {
    const pmp = entries(pmpOf(), [napot(0x8000_0000n, 4096n), NAPOT | R], [0x8000_0004n >> 2n, NA4])
    expect(loads(pmp, 0x8000_0000n, 8)).toBe(true)
  })

  test('without a match M is allowed, S and U are denied (P45)', () => {
    const pmp = pmpOf()
    expect(loads(pmp, 0x8000_0000n, 8, M_MODE)).toBe(true)
    expect(loads(pmp, 0x8000_0000n, 8, S_MODE)).toBe(false)
    expect(loads(pmp, 0x8000_0000n, 8, U_MODE)).toBe(false)
  })

  test('a core without PMP allows everything and has no registers', () => {
    const pmp = pmpOf(0)
    expect(loads(pmp, 0x8000_0000n, 8, U_MODE)).toBe(true)
    expect(pmp.pageRights(0x8000_0000n, U_MODE)).toEqual({ uniform: true, rights: READ | WRITE | EXECUTE })
    expect(pmp.writeAddress(0, 1n)).toBe(false)
    expect(pmp.writeConfig(0, 1n)).toBe(false)
  })

  test('each kind of access needs its own right', () => {
    const needs: [AccessKind, number][] = [
      ['load', R],
      ['store', R | W],
      ['fetch', X],
    ]
    for (const [kind, rights] of needs) {
      for (const config of [0, R, R | W, X, R | X, R | W | X]) {
        const pmp = entries(pmpOf(), [ALL_ONES, NAPOT | config])
        expect(pmp.allows(0x1000n, 4, kind, S_MODE)).toBe((config & rights) === rights)
        expect(pmp.allows(0x1000n, 4, kind, M_MODE)).toBe(true)
      }
    }
  })
})

describe('locks (3.7.1.2)', () => {
  test('a locked entry binds M and keeps its address and configuration', () => {
    const pmp = entries(pmpOf(), [napot(0x8000_0000n, 4096n), NAPOT | L | R])
    expect(pmp.allows(0x8000_0000n, 8, 'store', M_MODE)).toBe(false)
    expect(pmp.writeAddress(0, 0n)).toBe(false)
    expect(pmp.writeConfig(0, 0n)).toBe(true)
    expect(pmp.readConfig(0)).toBe(BigInt(NAPOT | L | R))
    expect(pmp.readAddress(0)).toBe(napot(0x8000_0000n, 4096n))
  })

  test('a locked TOR entry locks the address before it, but not the configuration (P23)', () => {
    const pmp = entries(pmpOf(), [0x100n, 0], [0x200n, TOR | L])
    expect(pmp.writeAddress(0, 0n)).toBe(false)
    expect(pmp.readAddress(0)).toBe(0x100n)
    pmp.writeConfig(0, BigInt(NA4 | R))
    expect(pmp.readConfig(0) & 0xffn).toBe(BigInt(NA4 | R))
  })

  test('a locked entry that is not TOR, or a TOR entry that is not locked, leaves the address before it writable (P16)', () => {
    for (const config of [NAPOT | L, NA4 | L, L, TOR]) {
      const pmp = entries(pmpOf(), [0x100n, 0], [0x200n, config])
      expect(pmp.writeAddress(0, 0x123n)).toBe(true)
      expect(pmp.readAddress(0)).toBe(0x123n)
    }
  })
})

describe('registers (3.7.1)', () => {
  test('each byte of a configuration register is made legal on its own (P17)', () => {
    const pmp = pmpOf()
    pmp.writeConfig(0, 0x7f_1f_1b_02_1a_0f_60_9en)
    // Bits 5 and 6 read 0; W without R is dropped, and takes nothing else with it.
    expect(pmp.readConfig(0)).toBe(0x1f_1f_1b_00_18_0f_00_9cn)
    pmp.writeConfig(0, 0n)
    expect(pmp.readConfig(0)).toBe(0x9cn)
  })

  test('NA4 becomes NAPOT where grains are larger than four bytes', () => {
    const pmp = pmpOf(8, 8)
    pmp.writeConfig(0, BigInt(NA4 | R))
    expect(pmp.readConfig(0)).toBe(BigInt(NAPOT | R))
  })

  test('entries 8 to 15 have pmpcfg2 (P52)', () => {
    const pmp = pmpOf()
    pmp.writeAddress(8, napot(0x8000_0000n, 4096n))
    pmp.writeConfig(0, BigInt(NAPOT | R | W | X))
    expect(loads(pmp, 0x8000_0000n)).toBe(false)
    pmp.writeConfig(0, 0n)
    pmp.writeConfig(2, BigInt(NAPOT | R))
    expect(loads(pmp, 0x8000_0000n)).toBe(true)
    expect(pmp.readConfig(0)).toBe(0n)
    expect(pmp.readConfig(2)).toBe(BigInt(NAPOT | R))
  })

  test('an address has 54 bits', () => {
    const pmp = pmpOf()
    pmp.writeAddress(3, (1n << 64n) - 1n)
    expect(pmp.readAddress(3)).toBe(ALL_ONES)
  })

  test('low bits of an address read 0 under OFF and TOR and 1 under NAPOT, and are kept across modes', () => {
    const pmp = pmpOf(8, 64)
    pmp.writeAddress(0, 0x1234_5675n)
    expect(pmp.readAddress(0)).toBe(0x1234_5670n)
    pmp.writeConfig(0, BigInt(TOR))
    expect(pmp.readAddress(0)).toBe(0x1234_5670n)
    pmp.writeConfig(0, BigInt(NAPOT))
    expect(pmp.readAddress(0)).toBe(0x1234_5677n)
  })

  test('registers of entries that are not there read 0', () => {
    const pmp = pmpOf(8)
    expect(pmp.writeAddress(8, 1n)).toBe(true)
    expect(pmp.readAddress(8)).toBe(0n)
    expect(pmp.writeConfig(2, 0xffn)).toBe(false)
    expect(pmp.readConfig(2)).toBe(0n)
  })

  test('reset turns every entry off, locked or not', () => {
    const pmp = entries(pmpOf(), [ALL_ONES, NAPOT | L | R])
    pmp.reset()
    expect(pmp.readConfig(0)).toBe(0n)
    expect(pmp.readAddress(0)).toBe(0n)
    expect(loads(pmp, 0n)).toBe(false)
  })
})

test('a page is uniform exactly where one entry, or none, decides on all of it', () => {
  const pmp = entries(pmpOf(), [0x8000_0ff8n >> 2n, NA4], [napot(0x8000_0000n, 8192n), NAPOT | R | X])
  expect(pmp.pageRights(0x8000_0000n, S_MODE)).toEqual({ uniform: false, rights: 0 })
  expect(pmp.pageRights(0x8000_1000n, S_MODE)).toEqual({ uniform: true, rights: READ | EXECUTE })
  expect(pmp.pageRights(0x8000_1000n, M_MODE)).toEqual({ uniform: true, rights: READ | WRITE | EXECUTE })
  expect(pmp.pageRights(0x8000_2000n, S_MODE)).toEqual({ uniform: true, rights: 0 })
  expect(pmp.pageRights(0x8000_0000n, S_MODE, 2 ** 21).uniform).toBe(false)
})

test('a report names the entry that decides, its range, rights and lock', () => {
  const pmp = entries(pmpOf(), [0x8000_0100n >> 2n, NA4], [napot(0x8000_0000n, 4096n), NAPOT | L | R])
  expect(pmp.explain(0x8000_0010n, 8, 'store', S_MODE)).toBe(
    'PMP entry 1: NAPOT 0x80000000..0x80000fff r-- locked: store of 8 B at 0x80000010 by S denied',
  )
  expect(pmp.explain(0x8000_00fcn, 8, 'load', M_MODE)).toBe(
    'PMP entry 0: NA4 0x80000100..0x80000103 ---, matches only a part: load of 8 B at 0x800000fc by M denied',
  )
  expect(pmp.explain(0x9000_0000n, 4, 'fetch', M_MODE)).toBe(
    'PMP: no entry matches: fetch of 4 B at 0x90000000 by M allowed',
  )
})

/** The section read literally: every byte against every entry. */
class NaivePmp {
  readonly addresses: bigint[]
  readonly configs: number[]
  readonly granularity: bigint

  constructor(entries: number, granularity: number) {
    this.addresses = Array(entries).fill(0n)
    this.configs = Array(entries).fill(0)
    this.granularity = BigInt(granularity)
  }

  mode(i: number): number {
    return (this.configs[i] >> 3) & 3
  }

  writeAddress(i: number, value: bigint): void {
    if (i >= this.configs.length || this.configs[i] >= 0x80) return
    if (i + 1 < this.configs.length && this.configs[i + 1] >= 0x80 && this.mode(i + 1) === 1) return
    this.addresses[i] = value % (1n << 54n)
  }

  writeConfig(i: number, value: number): void {
    if (i >= this.configs.length || this.configs[i] >= 0x80) return
    let rights = value & 7
    if (rights === 2 || rights === 6) rights -= 2
    let mode = (value >> 3) & 3
    if (mode === 2 && this.granularity > 4n) mode = 3
    this.configs[i] = (value >= 0x80 ? 0x80 : 0) + mode * 8 + rights
  }

  readAddress(i: number): bigint {
    const grain = this.granularity / 4n
    if (i >= this.configs.length) return 0n
    const rest = this.addresses[i] - (this.addresses[i] % grain)
    if (this.mode(i) !== 3 || grain < 2n) return rest
    const low = grain / 2n
    return this.addresses[i] - (this.addresses[i] % low) + low - 1n
  }

  matchesByte(i: number, pa: bigint): boolean {
    const grains = (address: bigint): bigint => (address * 4n) / this.granularity
    if (this.mode(i) === 0) return false
    if (this.mode(i) === 1) {
      const grain = pa / this.granularity
      return grain < grains(this.addresses[i]) && (i === 0 || grain >= grains(this.addresses[i - 1]))
    }
    if (this.mode(i) === 2) return pa / 4n === this.addresses[i]
    const ones = this.readAddress(i).toString(2).padStart(54, '0').match(/1*$/)?.[0].length ?? 0
    const bytes = 8n << BigInt(ones)
    return pa / bytes === (this.addresses[i] * 4n) / bytes
  }

  /** The first entry that matches the byte, or -1. */
  decider(pa: bigint): number {
    return this.configs.findIndex((_, i) => this.matchesByte(i, pa))
  }

  rights(i: number, privilege: Privilege): number {
    if (i < 0) return privilege === 3 || this.configs.length === 0 ? 7 : 0
    return privilege === 3 && this.configs[i] < 0x80 ? 7 : this.configs[i] & 7
  }

  allows(pa: bigint, size: number, right: number, privilege: Privilege): boolean {
    const bytes = Array.from({ length: size }, (_, i) => pa + BigInt(i))
    for (const i of this.configs.keys()) {
      const matched = bytes.filter((byte) => this.matchesByte(i, byte)).length
      if (matched === size) return (this.rights(i, privilege) & right) !== 0
      if (matched > 0) return false
    }
    return (this.rights(-1, privilege) & right) !== 0
  }
}

const bases = [0n, 0x8000_0000n, 1n << 54n, (1n << 56n) - 512n]
const near = (range: number) =>
  fc.tuple(fc.constantFrom(...bases), fc.integer({ min: 0, max: range })).map(([base, offset]) => base + BigInt(offset))
const addressValue = fc.oneof(
  { weight: 4, arbitrary: near(511).map((pa) => pa >> 2n) },
  { weight: 2, arbitrary: fc.tuple(near(511), fc.nat(8)).map(([pa, k]) => (pa >> 2n) | ((1n << BigInt(k)) - 1n)) },
  { weight: 1, arbitrary: fc.nat(54).map((k) => ALL_ONES >> BigInt(k)) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
)
const configByte = fc
  .tuple(fc.nat(127), fc.integer({ min: 0, max: 5 }))
  .map(([low, lock]) => (lock === 0 ? low | 0x80 : low))
const write = fc.oneof(
  fc.record({ entry: fc.nat(17), address: addressValue }),
  fc.record({ register: fc.constantFrom(0, 2, 4), bytes: fc.array(configByte, { minLength: 8, maxLength: 8 }) }),
)
const access = fc.record({
  pa: fc.oneof({ weight: 9, arbitrary: near(520) }, { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 1n << 56n }) }),
  size: fc.constantFrom(1, 2, 4, 8),
  kind: fc.constantFrom<AccessKind>('load', 'store', 'fetch'),
  privilege: fc.constantFrom<Privilege>(0, 1, 3),
})
const kindRight: Record<AccessKind, number> = { load: 1, store: 2, fetch: 4 }

test('any writes and accesses agree with the section read byte by byte', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 8, 16, 64),
      fc.constantFrom(4, 8, 16, 64),
      fc.array(write, { minLength: 4, maxLength: 24 }),
      fc.array(access, { minLength: 12, maxLength: 12 }),
      (count, granularity, writes, accesses) => {
        const buffer = new ArrayBuffer(8192)
        const config = { pmpEntries: count, pmpGranularity: granularity }
        const written = createPmp(new RegionAllocator(buffer), config)
        const naive = new NaivePmp(count, granularity)
        for (const step of writes) {
          if ('entry' in step) {
            const took = written.writeAddress(step.entry, step.address)
            naive.writeAddress(step.entry, step.address)
            if (took && step.entry < count) expect(naive.addresses[step.entry]).toBe(step.address & ALL_ONES)
          } else {
            written.writeConfig(
              step.register,
              step.bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
            )
            for (const [i, byte] of step.bytes.entries()) naive.writeConfig(step.register * 4 + i, byte)
          }
        }
        // A copy of the buffer is a copy of the unit.
        const pmp = createPmp(new RegionAllocator(buffer.slice(0)), config)
        written.reset()
        for (let i = 0; i < 18; i++) expect(pmp.readAddress(i)).toBe(naive.readAddress(i))
        for (const register of [0, 2, 4]) {
          for (let i = 0; i < 8; i++)
            expect((pmp.readConfig(register) >> BigInt(8 * i)) & 0xffn).toBe(
              BigInt(naive.configs[register * 4 + i] ?? 0),
            )
        }
        for (const { pa, size, kind, privilege } of accesses) {
          expect(pmp.allows(pa, size, kind, privilege)).toBe(naive.allows(pa, size, kindRight[kind], privilege))
          const block = pa & ~63n
          const deciders = new Set(Array.from({ length: 16 }, (_, i) => naive.decider(block + BigInt(4 * i))))
          const { uniform, rights } = pmp.pageRights(block, privilege, 64)
          expect(uniform).toBe(deciders.size === 1)
          if (uniform) expect(rights).toBe(naive.rights([...deciders][0], privilege))
        }
      },
    ),
    { numRuns: 400 },
  )
})
