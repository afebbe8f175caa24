/** The calls by which the host hands its page tables and memory to the monitor. */

import { type HostCall, type Named, PAGE_SIZE } from '../abi.ts'
import { answer, type Input, number, type Outcome, type World } from './outcome.ts'
import { canTake, give, isPages, overlaps, owns, type Range, type State } from './state.ts'
import { entryVerdict, largePages, splitVerdict, tableEntries } from './tables.ts'
import { mayUnless, strictest, unless, ways } from './verdict.ts'

/** `SM_INIT`: from now on page tables lie in one area, which the host may only read. */
export function smInit(state: State, call: Named<HostCall, 'smInit'>, input: Input): readonly Outcome[] {
  const tables = { pa: call.tables, size: call.tablesSize }
  const bitmap = { pa: call.bitmap, size: call.bitmapSize }
  const flag = { pa: call.flagPa, size: 4n }
  const verdict = strictest([
    unless(
      state.tables === undefined && canGuard(state, tables) && canGuard(state, bitmap) && !overlaps(tables, bitmap),
    ),
    unless(owns(state, 'host', flag) && !overlaps(flag, tables) && !overlaps(flag, bitmap)),
    // A word for each page of memory.
    mayUnless(bitmap.size >= (state.ram.size / PAGE_SIZE) * 4n && flag.pa % 4n === 0n),
  ])
  return ways(verdict, state, input, () => {
    const next = { ...give(give(state, tables, 'tables'), bitmap, 'bitmap'), tables }
    return answer(next, input, 0n, { writes: [{ ...flag, bytes: number(1n, 4) }] })
  })
}

/** What one PMP entry can guard, and the host has to give. */
function canGuard(state: State, range: Range): boolean {
  const { pa, size } = range
  return size >= PAGE_SIZE && (size & (size - 1n)) === 0n && pa % size === 0n && canTake(state, range)
}

/** `SM_PT_AREA_SEPARATION`: parts the area into levels; from now on the host keeps its hands off satp. */
export function separateTables(
  state: State,
  { pgdOrder, pmdOrder }: Named<HostCall, 'separateTables'>,
  input: Input & { by: 'host' },
  world: World,
): readonly Outcome[] {
  const { tables } = state
  const ordered = tables !== undefined && pgdOrder < 20n && pmdOrder < 20n
  if (!ordered || state.levels !== undefined) return ways('refuse', state, input, () => [])
  const pmd = tables.pa + (PAGE_SIZE << pgdOrder)
  const pte = pmd + (PAGE_SIZE << pmdOrder)
  const next = { ...state, levels: { pmd, pte } }
  const root = BigInt.asUintN(44, input.satp) * PAGE_SIZE
  const verdict = strictest([
    unless(pte < tables.pa + tables.size),
    unless(input.satp >> 60n === 8n && root >= tables.pa && root < pmd),
    strictest(tableEntries(tables, world, ({ pa, value }) => entryVerdict(next, pa, value))),
  ])
  return ways(verdict, state, input, () => answer(next, input, 0n))
}

/** `MEMORY_EXTEND`: memory for what the monitor keeps. */
export function memoryExtend(
  state: State,
  call: Named<HostCall, 'memoryExtend'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const verdict = strictest([
    unless(state.tables !== undefined && canTake(state, call)),
    mayUnless(!!state.levels),
    splitVerdict(state, call, world),
  ])
  return ways(verdict, state, input, () => {
    const next = { ...give(state, call, 'pool'), donations: state.donations + 1 }
    return answer(next, input, 0n, { touched: [call] })
  })
}

/** `SCHRODINGER_INIT`: asks whether these pages could be given away page by page. */
export function schrodingerInit(
  state: State,
  call: Named<HostCall, 'schrodingerInit'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const { tables, levels } = state
  // Without page tables to look at there is nothing to answer for.
  if (tables === undefined || levels === undefined) return ways('either', state, input, () => answer(state, input, 0n))
  const isSplit = !largePages(levels, world).some((large) => overlaps(large, call))
  const verdict = strictest([unless(isPages(call) && owns(state, 'host', call)), mayUnless(isSplit)])
  return ways(verdict, state, input, () => answer(state, input, 0n))
}
