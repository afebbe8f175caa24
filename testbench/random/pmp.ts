import fc from 'fast-check'
import { bits32, pick, weighted, wide } from './choice.ts'
import { area, COMMON, COMMON_BYTES, CONTROL, HANDLER, RAM_BASE } from './layout.ts'

/** A PMP entry as random numbers. */
export interface PmpSpec {
  entry: number
  mode: number
  rights: number
  place: number
  size: number
}

export const pmpSpec: fc.Arbitrary<PmpSpec> = fc.record({
  entry: bits32,
  mode: bits32,
  rights: bits32,
  place: bits32,
  size: bits32,
})

/** Distances into the data, in the middle of eight bytes, where many ranges end and many accesses are made. */
export function hotOffset(choice: number): bigint {
  return BigInt(pick([0x104, 0x7f4, 0x804, 0xffc], choice) + 4096 * ((choice >>> 2) % 3))
}

/** What is written to the CSRs of an entry. */
export interface PmpEntry {
  entry: number
  address: bigint
  config: number
}

const TOR = 0x08
const NA4 = 0x10
const NAPOT = 0x18
const LOCKED = 0x80
const READ = 1
const WRITE = 2
const EXECUTE = 4

/** `pmpaddr` for a naturally aligned power of two of bytes. */
export function napot(pa: bigint, size: bigint): bigint {
  return (pa >> 2n) | ((size >> 3n) - 1n)
}

/** Entries that a portable program may change, below those that always stand. */
const RANDOM_ENTRIES = [8, 9, 10, 11]
/** Entries that it may change above those of code and tables: they may take rights away, never give W. */
const NARROW_ENTRIES = [4, 5]
/** Entries that a portable batch may lock once and for all, in memory that belongs to no program. */
const LOCKABLE = [12, 13, 14]

/** An entry that a portable program may change. */
export function portableEntry(base: bigint, spec: PmpSpec): PmpEntry {
  if (spec.entry % 3 !== 0) return pmpEntry(base, { ...spec, entry: spec.entry >>> 2 }, RANDOM_ENTRIES, false)
  // Not the roots: with one of them out of reach, code goes on only as long as a global translation of it is kept.
  const lowerTables = { offset: area.tables.offset + 0x2000n, size: area.tables.size - 0x2000n }
  const place = pick([lowerTables, lowerTables, area.code, area.data], spec.place)
  const size = pick([4n, 8n, 16n, 64n, 512n, 4096n], spec.size)
  const pa = (base + place.offset + (BigInt(spec.place >>> 8) % place.size)) & ~(size - 1n)
  const rights = pick([0, READ, EXECUTE, READ | EXECUTE], spec.rights)
  const entry = pick(NARROW_ENTRIES, spec.entry >>> 2)
  return size === 4n
    ? { entry, address: pa >> 2n, config: NA4 | rights }
    : { entry, address: napot(pa, size), config: NAPOT | rights }
}

/** An entry anywhere in the memory of a program. `locked` says whether the lock may be set. */
export function pmpEntry(base: bigint, spec: PmpSpec, entries: readonly number[], locked: boolean): PmpEntry {
  const places = [
    [10, base + area.data.offset + BigInt((spec.place >>> 8) % 0x4000)],
    [10, base + area.data.offset + hotOffset(spec.place >>> 8)],
    [2, base + BigInt((spec.place >>> 8) % 0x8000)],
    [2, base + area.tables.offset + BigInt((spec.place >>> 8) % 0x8000)],
    [1, base],
    [1, wide(spec.place, spec.size) >> 8n],
  ] as const
  const pa = weighted(places, spec.place)
  return { entry: pick(entries, spec.entry), ...encodeEntry(pa, spec, locked && spec.rights >>> 28 === 0) }
}

function encodeEntry(pa: bigint, spec: PmpSpec, lock: boolean): { address: bigint; config: number } {
  const size =
    1n <<
    BigInt(
      weighted(
        [
          [12, 3 + ((spec.size >>> 8) % 7)],
          [5, 12],
          [1, 14],
          [1, 21],
        ] as const,
        spec.size,
      ),
    )
  const mode = pick([NAPOT, NAPOT, NAPOT, TOR, NA4, 0], spec.mode)
  const rights = pick(
    [0, READ, READ | WRITE, READ | EXECUTE, READ | WRITE, 7, 7, 7, spec.rights & 0x67],
    spec.rights >>> 3,
  )
  const address = mode === NAPOT ? napot(pa & ~(size - 1n), size) : pa >> 2n
  return { address, config: mode | rights | (lock ? LOCKED : 0) }
}

/**
 * The entries without which a portable program could not run, or would depend on what only one simulator has: nothing
 * below RAM may be accessed (devices, Spike's debug module), the handler stays as it is, and code, tables and what M-mode
 * uses can be changed by M-mode only.
 */
export function standingEntries(base: bigint): PmpEntry[] {
  const region = ({ offset, size }: { offset: bigint; size: bigint }, config: number) => ({
    address: napot(base + offset, size),
    config: NAPOT | config,
  })
  return [
    { address: napot(0n, 0x8000_0000n), config: NAPOT | LOCKED },
    { address: napot(HANDLER, 0x1000n), config: NAPOT | LOCKED | READ | EXECUTE },
    { address: napot(CONTROL & ~0x3fffn, 0x4000n), config: NAPOT },
    region(area.setup, 0),
    undefined,
    undefined,
    region(area.code, READ | EXECUTE),
    region(area.tables, READ),
  ].flatMap((entry, number) => (entry === undefined ? [] : [{ entry: number, ...entry }]))
}

/** What is open that no other entry matches. */
export type Opened = 'everything' | 'memory' | 'nothing'

/** Everything, or all RAM, that no other entry matches. */
export function openEntry(entry: number, open: Exclude<Opened, 'nothing'> = 'everything'): PmpEntry {
  const address = open === 'everything' ? (1n << 54n) - 1n : napot(RAM_BASE, RAM_BASE)
  return { entry, address, config: NAPOT | READ | WRITE | EXECUTE }
}

/** An entry for a whole batch, in memory that belongs to no program; M-mode can read it, as its handler may have to. */
export function commonEntry(spec: PmpSpec): PmpEntry {
  const pa = COMMON + BigInt((spec.place >>> 8) % Number(COMMON_BYTES))
  const { address, config } = encodeEntry(pa, { ...spec, size: 0 }, true)
  // A TOR range begins at the address of the entry before, which may be anything.
  const mode = (config & 0x18) === TOR ? NA4 : config & 0x18
  return { entry: pick(LOCKABLE, spec.entry), address, config: mode | (config & 7) | READ | LOCKED }
}
