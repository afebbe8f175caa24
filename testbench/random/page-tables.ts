import fc from 'fast-check'
import { pteBits } from '../../rtl-model/memory/pte.ts'
import { another, bits32, pick, weighted, wide } from './choice.ts'
import { area, COMMON, PAGE, table } from './layout.ts'

/** A page-table entry as random numbers, and where it stands. */
export interface PteSpec {
  table: number
  index: number
  shape: number
  flags: number
  page: number
}

/** How the code is mapped, and the entries beside that. */
export interface TablesSpec {
  code: number
  codeFlags: number
  userFlags: number
  entries: PteSpec[]
}

export const pteSpec: fc.Arbitrary<PteSpec> = fc.record({
  table: bits32,
  index: bits32,
  shape: bits32,
  flags: bits32,
  page: bits32,
})

export const tablesSpec: fc.Arbitrary<TablesSpec> = fc.record({
  code: bits32,
  codeFlags: bits32,
  userFlags: bits32,
  entries: fc.array(pteSpec, { minLength: 0, maxLength: 48, size: 'max' }),
})

const { V, R, W, X, U, G, A, D } = pteBits

/** Indices that random addresses and random entries have in common; of the root, those that the code does not use. */
const rootIndices = [0, 1, 3, 255, 256, 511]
const indices = [0, 1, 2, 510, 511]
const CODE_ROOT = 2
const USER_ROOT = 4

const tableAddress = (base: bigint, number: number): bigint => base + area.tables.offset + PAGE * BigInt(number)
const pte = (pa: bigint, flags: number): bigint => ((pa >> 12n) << 10n) | BigInt(flags)
const indexOf = (pa: bigint, level: number): number => Number((pa >> BigInt(12 + 9 * level)) & 511n)

/** A virtual address that the data tables translate, or nearly. */
export function tableAddressed(choice: number): bigint {
  const index2 = BigInt(pick(rootIndices, choice))
  const index1 = BigInt(pick(indices, choice >>> 8))
  const index0 = BigInt(pick(indices, choice >>> 16))
  return BigInt.asUintN(64, BigInt.asIntN(39, (index2 << 30n) | (index1 << 21n) | (index0 << 12n)))
}

const GIGABYTE = 0x4000_0000n

/** An address in a page of 1 GiB that the code does not use, in the middle of the data, and where its entry stands. */
export function gigapage(base: bigint, choice: number): { va: bigint; root: bigint } {
  const index = pick(rootIndices, choice >>> 8)
  const data = (base + area.data.offset + 8n * BigInt((choice >>> 16) % 512)) % GIGABYTE
  const va = BigInt.asUintN(64, BigInt.asIntN(39, (BigInt(index) << 30n) | data))
  return { va, root: tableAddress(base, choice % 2) + BigInt(index * 8) }
}

/** A leaf for it; one in four is not valid. */
export const gigapageEntry = (base: bigint, choice: number): bigint =>
  pte(base & ~(GIGABYTE - 1n), leafFlags(choice >>> 2) & ~(choice % 4 === 0 ? V : 0))

/** Where an entry stands, and what it holds. */
export function placeEntry(base: bigint, spec: PteSpec): { pa: bigint; value: bigint } {
  const number = weighted(
    [
      [2, table.rootA],
      [2, table.rootB],
      [5, table.dataL1],
      [8, table.dataL0],
      [1, table.codeL0],
      [1, table.userL0],
    ] as const,
    spec.table,
  )
  const level = number <= table.rootB ? 2 : number === table.dataL1 ? 1 : 0
  const codePage = indexOf(base, 0) + Number((area.data.offset >> 12n) & 31n) + (spec.index % 5)
  const index =
    level === 2
      ? pick(rootIndices, spec.index)
      : number === table.codeL0 || number === table.userL0
        ? codePage & 511
        : pick(indices, spec.index)
  return { pa: tableAddress(base, number) + BigInt(index * 8), value: entryValue(base, level, spec) }
}

/** Flags as software sets them, and a little of everything else. */
function leafFlags(choice: number): number {
  const rights = weighted(
    [
      [12, R | W],
      [8, R | W | X],
      [3, R],
      [3, R | X],
      [2, X],
      [1, 0],
    ] as const,
    choice,
  )
  const user = (choice >>> 8) % 2 === 0 ? U : 0
  const global = (choice >>> 10) % 5 === 0 ? G : 0
  const used = (choice >>> 13) % 20 === 0 ? 0 : A
  const dirty = (choice >>> 17) % 14 === 0 ? 0 : D
  return V | rights | user | global | used | dirty
}

function entryValue(base: bigint, level: number, { shape, flags, page }: PteSpec): bigint {
  const leafPage = leafTarget(base, level, page)
  const pointer = level === 2 ? table.dataL1 : table.dataL0
  return weighted<() => bigint>(
    [
      [level === 0 ? 24 : 8, () => pte(leafPage, leafFlags(flags))],
      [level === 0 ? 1 : 16, () => pte(tableAddress(base, pointer), V | ((flags & 15) === 0 ? G : 0))],
      [1, () => pte(tableAddress(base, pick([0, 1, 5, 6, 7], page)), V)],
      [1, () => pte(leafPage, flags & 0xff)],
      [1, () => pte(tableAddress(base, pointer), V | pick([A, D, U, A | D | U, W], flags))],
      [1, () => pte(leafPage, leafFlags(flags) & ~V)],
      [1, () => pte(leafPage, leafFlags(flags)) | (1n << BigInt(54 + (page % 10)))],
      [1, () => pte(leafPage, leafFlags(flags)) | (BigInt(page & 3) << 8n)],
      [1, () => pte(leafPage + PAGE * BigInt(1 + (page % 511)), leafFlags(flags))],
      [1, () => wide(flags, page) & ((1n << 54n) - 1n)],
      [1, () => wide(flags, page)],
    ],
    shape,
  )()
}

/** What a leaf maps: mostly memory of the program. */
function leafTarget(base: bigint, level: number, choice: number): bigint {
  const size = PAGE << BigInt(9 * level)
  if (level > 0) return pick([base, base, 0x8000_0000n, 0x8020_0000n, 0x4000_0000n], choice) & ~(size - 1n)
  return weighted(
    [
      [12, base + area.data.offset + PAGE * BigInt((choice >>> 8) % 4)],
      [2, base + PAGE * BigInt((choice >>> 8) % 8)],
      [1, tableAddress(base, (choice >>> 8) % 8)],
      [1, COMMON],
      [1, 0xc000_0000n],
      [1, 0n],
    ] as const,
    choice,
  )
}

/** The bytes of all tables. */
export function renderTables(base: bigint, spec: TablesSpec): Uint8Array {
  const words = new BigUint64Array(Number(area.tables.size) / 8)
  const put = (number: number, index: number, value: bigint): void => {
    words[number * 512 + index] = value
  }
  for (const entry of spec.entries) {
    const { pa, value } = placeEntry(base, entry)
    words[Number(pa - base - area.tables.offset) / 8] = value
  }
  mapCode(put, base, spec.code, codeFlags(spec.codeFlags, 0), 0)
  mapCode(put, base, spec.code >>> 8, codeFlags(spec.userFlags, U), 2)
  return new Uint8Array(words.buffer)
}

/** Mostly what lets the program run. */
function codeFlags(choice: number, user: number): number {
  const rights = weighted(
    [
      [10, R | W | X],
      [6, R | X],
      [1, X],
    ] as const,
    choice,
  )
  const global = (choice >>> 8) % 3 === 0 ? G : 0
  const odd = (choice >>> 12) % 24 === 0 ? pick([A, D, U], choice >>> 20) : 0
  return (V | A | D | user | rights | global) ^ odd
}

type Put = (number: number, index: number, value: bigint) => void

/** Maps the program as one of 1 GiB, as one of 2 MiB, or page by page; of both roots alike. */
function mapCode(put: Put, base: bigint, choice: number, flags: number, offset: 0 | 2): void {
  const root = offset === 0 ? CODE_ROOT : USER_ROOT
  const l1 = table.codeL1 + offset
  const l0 = table.codeL0 + offset
  const kind = choice % 4
  // A superpage maps the data as well, to which most stores should go.
  const whole = (choice >>> 4) % 8 === 0 ? flags : flags | R | W
  const rootValue = kind === 0 ? pte(base & ~(GIGABYTE - 1n), whole) : pte(tableAddress(base, l1), V)
  put(table.rootA, root, rootValue)
  put(table.rootB, root, rootValue)
  const l1Value = kind === 1 ? pte(base & ~0x1f_ffffn, whole) : pte(tableAddress(base, l0), V)
  put(l1, indexOf(base, 1), l1Value)
  for (let page = 0n; page * PAGE < area.code.size; page++) {
    put(l0, indexOf(base + page * PAGE, 0), pte(base + page * PAGE, flags))
  }
  for (let page = -1n; page < 5n; page++) {
    const pa = base + area.data.offset + page * PAGE
    const own = another(choice, Number(page))
    const writable = (own >>> 4) % 4 === 0 ? 0 : R | W
    const user = (own >>> 8) % 9 === 0 ? 0 : flags & U
    if (own % 16 !== 0) put(l0, indexOf(pa, 0), pte(pa, (leafFlags(own) & ~U) | writable | user))
  }
}

/** `satp` for one of the roots. */
export function satpFor(base: bigint, choice: number): bigint {
  const root = choice % 2
  const asid = BigInt(pick([1, 2, 1, 2, 0, 0xffff], choice >>> 4) ^ root)
  return (8n << 60n) | (asid << 44n) | (tableAddress(base, root) >> 12n)
}
