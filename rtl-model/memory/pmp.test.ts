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
