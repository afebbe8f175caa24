/** The page table that the host builds for an enclave inside the enclave's region: its second page is the root. */

import { PAGE_SIZE } from '../abi.ts'
import type { World } from './outcome.ts'
import type { Range } from './state.ts'
import { isLeaf, isValid } from './tables.ts'
import { mayUnless, strictest, unless, type Verdict } from './verdict.ts'

export interface Leaf extends Range {
  readonly va: bigint
  readonly writable: boolean
  /** By the enclave itself. */
  readonly executable: boolean
}

export interface Layout {
  readonly verdict: Verdict
  readonly leaves: readonly Leaf[]
  /** Addresses of the tables. */
  readonly tables: readonly bigint[]
}

const [R, W, X, U] = [2n, 4n, 8n, 16n]
const LEVELS = 3

/**
 * Walks the table. Every table and every page that it maps has to lie in the region, and no page that is written can be a
 * table, or one that the monitor will use as a table (from `freeMem` on).
 */
export function readLayout(world: World, region: Range, freeMem: bigint): Layout {
  const tables: bigint[] = []
  const leaves: Leaf[] = []
  const verdicts: Verdict[] = []
  const root = region.pa + PAGE_SIZE
  const contains = (pa: bigint, size: bigint) => pa >= region.pa && pa + size <= region.pa + region.size

  function walk(table: bigint, level: number, va: bigint): void {
    // A table that comes up again and again cannot be walked for ever.
    if (tables.length > 4096) return
    tables.push(table)
    const bytes = world.read(table, Number(PAGE_SIZE))!
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const span = PAGE_SIZE << BigInt(9 * level)
    for (let index = 0; index < 512; index++) {
      const entry = view.getBigUint64(index * 8, true)
      if (!isValid(entry)) continue
      const pa = (BigInt.asUintN(54, entry) >> 10n) * PAGE_SIZE
      const low = va + BigInt(index) * span
      verdicts.push(mayUnless(entry >> 54n === 0n), unless((entry & (R | W)) !== W))
      if (isLeaf(entry)) {
        const writable = (entry & W) !== 0n
        verdicts.push(unless(contains(pa, span)), mayUnless((entry & U) !== 0n && level === 0))
        const executable = (entry & (X | U)) === (X | U)
        const extended = low >> 38n === 0n ? low : low | 0xffff_ff80_0000_0000n
        leaves.push({ va: extended, pa, size: span, writable, executable })
      } else if (level > 0 && contains(pa, PAGE_SIZE)) walk(pa, level - 1, low)
      else verdicts.push('refuse')
    }
  }
  walk(root, LEVELS - 1, 0n)

  const free = (pa: bigint) => pa >= freeMem
  for (const { pa, size, writable } of leaves) {
    const isTable = tables.some((table) => table >= pa && table < pa + size)
    if (isTable || free(pa + size - 1n)) verdicts.push(writable ? 'refuse' : 'either')
    // A monitor may keep its own notes on the first page.
    verdicts.push(mayUnless(pa > region.pa))
  }
  verdicts.push(
    mayUnless(new Set(tables).size === tables.length),
    mayUnless(new Set(leaves.map(({ pa }) => pa)).size === leaves.length),
    mayUnless(tables.every((table) => table > region.pa && !free(table))),
  )
  return { verdict: strictest(verdicts), leaves, tables }
}

/** Whether an enclave can execute what lies at its entry point. */
export function canStart({ leaves }: Layout, entry: bigint): boolean {
  return leaves.some(({ va, size, executable }) => executable && entry >= va && entry < va + size)
}
