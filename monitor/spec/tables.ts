/** The host's page tables: which entries the monitor writes for it, and how. */

import { batchEntry, type HostCall, type Named, setPte as operation, PAGE_SIZE } from '../abi.ts'
import { answer, type Input, number, type Outcome, readHost, type World } from './outcome.ts'
import { overlaps, ownerAt, owns, pageNumbers, type Range, type State } from './state.ts'
import { mayUnless, strictest, unless, type Verdict, ways } from './verdict.ts'

const ENTRY = 8n
const HUGE_PAGE = 512n * PAGE_SIZE
const [V, R, W, X] = [1n, 2n, 4n, 8n]
/** Bits that have to be zero in an entry, where the core has no extension that uses them. */
const RESERVED = ~((1n << 54n) - 1n)

export const isValid = (entry: bigint): boolean => (entry & V) !== 0n
export const isLeaf = (entry: bigint): boolean => (entry & (R | W | X)) !== 0n

interface Entry {
  readonly pa: bigint
  readonly value: bigint
}

/** What `look` says of each entry in a part of the tables. */
export function* tableEntries<T>({ pa, size }: Range, world: World, look: (entry: Entry) => T): Generator<T> {
  const bytes = world.read(pa, Number(size))!
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; at += 8) yield look({ pa: pa + BigInt(at), value: view.getBigUint64(at, true) })
}

/** Whether the entry at `pa` may hold `value`. */
export function entryVerdict(state: State, pa: bigint, value: bigint): Verdict {
  const { tables, levels } = state
  if (tables === undefined || pa % ENTRY !== 0n || !inside(tables, pa)) return 'refuse'
  if (!isValid(value)) return 'grant'
  if (levels === undefined) return 'either'
  const end = tables.pa + tables.size
  const target = (BigInt.asUintN(54, value) >> 10n) * PAGE_SIZE
  const strange = mayUnless((value & RESERVED) === 0n && (value & (R | W)) !== W)
  const within = (from: bigint, to: bigint) => unless(target >= from && target < to)
  // The core takes entries with reserved bits for invalid: what they name matters to nobody.
  if (strange === 'either') return 'either'
  if (pa < levels.pmd) return isLeaf(value) ? 'refuse' : within(levels.pmd, levels.pte)
  if (pa < levels.pte && !isLeaf(value)) return within(levels.pte, end)
  if (!isLeaf(value)) return 'either'
  if (pa >= levels.pte) return mappingVerdict(state, { pa: target, size: PAGE_SIZE })
  return strictest([mayUnless(target % HUGE_PAGE === 0n), mappingVerdict(state, { pa: target, size: HUGE_PAGE })])
}

/** Whether the host may map these pages. What PMP guards from it, and what is no memory, it may or may not. */
function mappingVerdict(state: State, range: Range): Verdict {
  const verdicts = new Set<Verdict>()
  for (const page of pageNumbers({ ...range, pa: range.pa - (range.pa % PAGE_SIZE) })) {
    const owner = ownerAt(state, page * PAGE_SIZE)
    if (owner === 'host' || owner === 'tables') continue
    verdicts.add(owner === undefined || owner === 'monitor' || owner === 'bitmap' ? 'either' : 'refuse')
  }
  return strictest(verdicts)
}

/** What the host's entries of the second level map as large pages; entries that the core takes for invalid among them. */
export function largePages({ pmd, pte }: NonNullable<State['levels']>, world: World): Range[] {
  const entries = tableEntries({ pa: pmd, size: pte - pmd }, world, ({ value }) => value)
  return [...entries]
    .filter((value) => isValid(value) && isLeaf(value))
    .map((value) => ({ pa: (BigInt.asUintN(54, value) >> 10n) * PAGE_SIZE, size: HUGE_PAGE }))
}

/** Who gives away a part of a large page may have to split it first. */
export function splitVerdict({ levels }: State, range: Range, world: World): Verdict {
  if (levels === undefined) return 'grant'
  const isPart = ({ pa, size }: Range) => pa < range.pa || pa + size > range.pa + range.size
  return mayUnless(!largePages(levels, world).some((large) => overlaps(large, range) && isPart(large)))
}

/** What is to be written, and whether all of it is whole entries. */
interface Wanted {
  readonly entries: readonly Entry[]
  readonly isWhole: boolean
}

/** `SET_PTE`: writes entries for the host, all or none. */
export function setPte(state: State, call: Named<HostCall, 'setPte'>, input: Input, world: World): readonly Outcome[] {
  const asked = wanted(state, call, world)
  if (asked === undefined) return ways('refuse', state, input, () => [])
  const { entries, isWhole } = asked
  const verdict = strictest([
    strictest(entries.map(({ pa, value }) => entryVerdict(state, pa, value))),
    mayUnless(entries.length > 0 && isWhole),
  ])
  return ways(verdict, state, input, () => {
    const writes = entries.map(({ pa, value }) => ({ pa, size: ENTRY, bytes: number(value, 8) }))
    return answer(state, input, 0n, { writes })
  })
}

/** Undefined where the arguments of a call cannot name any entries. */
function wanted(
  state: State,
  { operation: op, pa, value, size }: Named<HostCall, 'setPte'>,
  world: World,
): Wanted | undefined {
  const tables = state.tables
  if (tables === undefined) return undefined
  switch (op) {
    case operation.SET_PTE_ONE:
      return { entries: [{ pa, value }], isWhole: true }
    case operation.PTE_MEMSET:
      return value === 0n ? cleared(tables, pa, size) : undefined
    case operation.PTE_MEMCPY: {
      const target = cleared(tables, pa, size)
      const source = readSource(state, world, value, size)
      if (target === undefined || source === undefined) return undefined
      const entries = target.entries.map((entry, at) => ({ ...entry, value: source.getBigUint64(at * 8, true) }))
      return { entries, isWhole: value % ENTRY === 0n }
    }
    case operation.SET_PTE_BATCH_ZERO:
    case operation.SET_PTE_BATCH_SET: {
      const batch = readBatch(state, world, pa, value)
      if (batch === undefined) return undefined
      const isWhole = pa % ENTRY === 0n
      if (op === operation.SET_PTE_BATCH_SET) return { entries: batch, isWhole }
      const ranges = batch.map((entry) => cleared(tables, entry.pa, entry.value))
      if (!ranges.every((range) => range !== undefined)) return undefined
      return { entries: ranges.flatMap((one) => one.entries), isWhole: isWhole && ranges.every((one) => one.isWhole) }
    }
    default:
      return undefined
  }
}

/** All entries of a range of the tables, to be cleared. */
function cleared(tables: Range, pa: bigint, size: bigint): Wanted | undefined {
  if (size === 0n) return { entries: [], isWhole: false }
  if (pa % ENTRY !== 0n || pa < tables.pa || pa + size > tables.pa + tables.size) return undefined
  const count = Number((size + ENTRY - 1n) / ENTRY)
  const entries = Array.from({ length: count }, (_, at) => ({ pa: pa + BigInt(at) * ENTRY, value: 0n }))
  return { entries, isWhole: size % ENTRY === 0n }
}

/** What the host wants copied: its own memory, or its page tables. */
function readSource(state: State, world: World, pa: bigint, size: bigint): DataView | undefined {
  const range = { pa, size }
  if (size % ENTRY !== 0n || size > state.ram.size) return undefined
  if (size === 0n) return new DataView(new ArrayBuffer(0))
  if (!owns(state, 'host', range) && !owns(state, 'tables', range)) return undefined
  const bytes = world.read(pa, Number(size))!
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function readBatch(state: State, world: World, pa: bigint, count: bigint): Entry[] | undefined {
  if (count === 0n) return []
  if (count > state.ram.size / BigInt(batchEntry.bytes)) return undefined
  const bytes = readHost(state, world, pa, Number(count) * batchEntry.bytes)
  if (bytes === undefined) return undefined
  return Array.from({ length: Number(count) }, (_, index) => {
    const { ptep_base, value } = batchEntry.read(bytes.subarray(index * batchEntry.bytes))
    return { pa: ptep_base, value }
  })
}

/** `SM_MAP_PTE`: a table of 512 pages in the place of a huge page. */
export function mapPte(
  state: State,
  { pmdPa, tablePa }: Named<HostCall, 'mapPte'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const { tables, levels } = state
  if (tables === undefined || levels === undefined) return ways('refuse', state, input, () => [])
  const pmds = { pa: levels.pmd, size: levels.pte - levels.pmd }
  const ptes = { pa: levels.pte, size: tables.pa + tables.size - levels.pte }
  const table = { pa: tablePa, size: PAGE_SIZE }
  if (pmdPa % ENTRY !== 0n || !inside(pmds, pmdPa) || tablePa % PAGE_SIZE !== 0n || !overlaps(table, ptes))
    return ways('refuse', state, input, () => [])
  const [huge] = tableEntries({ pa: pmdPa, size: ENTRY }, world, ({ value }) => value)
  const isUnused = [...tableEntries(table, world, ({ value }) => value === 0n)].every(Boolean)
  const verdict = strictest([unless(isValid(huge) && isLeaf(huge)), mayUnless(isUnused && (huge >> 10n) % 512n === 0n)])
  return ways(verdict, state, input, () => {
    const first = (huge >> 10n) & ~511n
    const attributes = huge & 0x3ffn
    const pages = Array.from({ length: 512 }, (_, index) => ((first + BigInt(index)) << 10n) | attributes)
    const writes = [
      { pa: pmdPa, size: ENTRY, bytes: number(((tablePa / PAGE_SIZE) << 10n) | V, 8) },
      { ...table, bytes: Uint8Array.from(pages.flatMap((entry) => [...number(entry, 8)])) },
    ]
    return answer(state, input, 0n, { writes })
  })
}

const inside = ({ pa, size }: Range, address: bigint): boolean => address >= pa && address < pa + size
