/** Physical memory, live or as snapshots have it, and as the page tables in it translate. */

import { PAGE_SIZE } from '../../monitor/abi.ts'
import type { Snapshot } from '../../rtl-model/core/snapshot.ts'
import { RAM } from './places.ts'

const PAGE = Number(PAGE_SIZE)
const ZEROS = new Uint8Array(PAGE)

const pageAt = ({ pages }: Snapshot, page: number): Uint8Array => pages.get(page) ?? ZEROS

/** What can be read of physical memory. */
export interface PhysicalMemory {
  /** `size` bytes at `pa`; undefined where not all are RAM. */
  read(pa: bigint, size: number): Uint8Array | undefined
}

/** Memory as a snapshot has it. */
export const memoryOf = (snapshot: Snapshot): PhysicalMemory => ({
  read: (pa, size) => readMemory(snapshot, pa, size),
})

export const isRam = (pa: bigint, size: number): boolean => pa >= RAM.pa && pa + BigInt(size) <= RAM.pa + RAM.size

/** `size` bytes at `pa`; undefined where not all are RAM. */
export function readMemory(snapshot: Snapshot, pa: bigint, size: number): Uint8Array | undefined {
  if (!isRam(pa, size)) return undefined
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; ) {
    const from = Number(pa - RAM.pa) + at
    const offset = from % PAGE
    const length = Math.min(size - at, PAGE - offset)
    bytes.set(pageAt(snapshot, Math.floor(from / PAGE)).subarray(offset, offset + length), at)
    at += length
  }
  return bytes
}

export function readWord(memory: PhysicalMemory, pa: bigint): bigint | undefined {
  const bytes = memory.read(pa, 8)
  return bytes && new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
}

/** Where a virtual byte lies for U-mode, and whether it may be written; undefined where it may not be read. */
export function translate(
  memory: PhysicalMemory,
  root: bigint,
  va: bigint,
): { pa: bigint; writable: boolean } | undefined {
  if (BigInt.asIntN(39, va) !== BigInt.asIntN(64, va)) return undefined
  let table = root
  for (let level = 2n; level >= 0n; level--) {
    const shift = 12n + 9n * level
    const entry = readWord(memory, table + ((va >> shift) % 512n) * 8n) ?? 0n
    if ((entry & 1n) === 0n || entry >> 54n !== 0n) return undefined
    const target = (entry >> 10n) * PAGE_SIZE
    if ((entry & 0xen) === 0n) {
      table = target
      continue
    }
    const offset = va % (1n << shift)
    if ((entry & 0x12n) !== 0x12n || target % (1n << shift) !== 0n) return undefined
    return { pa: target + offset, writable: (entry & 4n) !== 0n }
  }
  return undefined
}

/** Stretches of bytes that differ, in order of address. */
export function* differences(before: Snapshot, after: Snapshot): Generator<{ pa: bigint; size: bigint }> {
  const numbers = [...after.pages.keys()].filter((page) => after.pages.get(page) !== before.pages.get(page))
  for (const page of numbers.sort((a, b) => a - b)) {
    const [old, now] = [pageAt(before, page), pageAt(after, page)]
    for (let at = 0; at < PAGE; at++) {
      if (old[at] === now[at]) continue
      const from = at
      while (at < PAGE && old[at] !== now[at]) at++
      yield { pa: RAM.pa + BigInt(page * PAGE + from), size: BigInt(at - from) }
    }
  }
}
