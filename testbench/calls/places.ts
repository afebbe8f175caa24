/** Where the host of the tests keeps what, in physical memory. */

import { PAGE_SIZE } from '../../monitor/abi.ts'

export const RAM = { pa: 0x8000_0000n, size: 0x400_0000n }

/** The host's code; in the rest of its page is the code that a test gives it. */
export const AGENT = 0x8020_0000n
export const HOST_CODE = { va: AGENT + 0x400n, size: 0xc00n }
/** Where it puts the structs that calls point at, and finds answers. */
export const DESK = { pa: 0x8020_1000n, size: 3n * PAGE_SIZE }
export const ANSWERS = { pa: 0x8020_4000n, size: PAGE_SIZE }
/** What it shares with enclaves. */
export const KBUFFER = { pa: 0x8020_5000n, size: PAGE_SIZE }
export const SHM = { pa: 0x8020_6000n, size: 2n * PAGE_SIZE }
/** Memory that the monitor gets for itself, in pieces. */
export const POOL = { pa: 0x8040_0000n, size: 0x1_0000n, pieces: 8n }
export const TABLES = { pa: 0x8080_0000n, size: 16n * PAGE_SIZE }
export const BITMAP = { pa: 0x8090_0000n, size: 0x1_0000n }
/** Memory for enclaves: slots of this many bytes. */
export const ARENA = { pa: 0x8100_0000n, size: 0x20_0000n }
export const SLOT = 0x1_0000n
export const SLOTS = Number(ARENA.size / SLOT)

export const slot = (index: number) => ({ pa: ARENA.pa + BigInt(index) * SLOT, size: SLOT })

/** What the host has mapped, each at its physical address, in pages. */
export const MAPPED = [
  { pa: AGENT, size: 0x20_0000n },
  { pa: POOL.pa, size: 0x20_0000n },
  { pa: TABLES.pa, size: 0x20_0000n },
  ARENA,
]

/** Orders of the numbers of pages that the first two levels of the host's tables have. */
export const ORDERS = { pgdOrder: 2n, pmdOrder: 1n }
/** Two address spaces, with the same mappings. No root is the first page of its level: some firmware does not take that. */
const ROOTS = [TABLES.pa + PAGE_SIZE, TABLES.pa + 2n * PAGE_SIZE] as const
const PMD = TABLES.pa + 4n * PAGE_SIZE
export const PTE = TABLES.pa + 6n * PAGE_SIZE
/** What the host has in satp for each. */
export const SPACES = ROOTS.map((root) => (8n << 60n) | (root / PAGE_SIZE))

/** The host's page tables. */
export function hostTables(): Uint8Array {
  const bytes = new Uint8Array(Number(TABLES.size))
  const view = new DataView(bytes.buffer)
  const set = (pa: bigint, value: bigint) => view.setBigUint64(Number(pa - TABLES.pa), value, true)
  const pointer = (pa: bigint) => ((pa / PAGE_SIZE) << 10n) | 1n
  for (const root of ROOTS) set(root + (RAM.pa >> 30n) * 8n, pointer(PMD))
  let table = PTE
  for (const { pa, size } of MAPPED) {
    for (let at = pa; at < pa + size; at += 512n * PAGE_SIZE) {
      set(PMD + ((at >> 21n) % 512n) * 8n, pointer(table))
      // All of it read, written and executed by the kernel, accessed and dirty.
      for (let page = 0n; page < 512n; page++) set(table + page * 8n, ((at / PAGE_SIZE + page) << 10n) | 0xcfn)
      table += PAGE_SIZE
    }
  }
  return bytes
}
