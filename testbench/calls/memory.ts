/** Physical memory at a moment, and as the page tables in it translate. */

import { PAGE_SIZE } from '../../monitor/abi.ts'
import type { Snapshot } from '../../rtl-model/core/snapshot.ts'
import { RAM } from './places.ts'

const PAGE = Number(PAGE_SIZE)
const ZEROS = new Uint8Array(PAGE)

/** RAM, for whoever only reads. */
export interface PhysicalMemory {
  /** The bytes of a page, counted from the start of RAM; they may change with the memory. */
  page(number: number): Uint8Array
  /** A copy of `size` bytes at `pa`; undefined where not all are RAM. */
  read(pa: bigint, size: number): Uint8Array | undefined
}

/** Memory that is read page by page. */
export function pagedMemory(page: (number: number) => Uint8Array): PhysicalMemory {
  return { page, read: (pa, size) => readPages(page, pa, size) }
}

export const memoryOf = ({ pages }: Snapshot): PhysicalMemory => pagedMemory((page) => pages.get(page) ?? ZEROS)

export const isRam = (pa: bigint, size: number): boolean => pa >= RAM.pa && pa + BigInt(size) <= RAM.pa + RAM.size

function readPages(page: PhysicalMemory['page'], pa: bigint, size: number): Uint8Array | undefined {
  if (!isRam(pa, size)) return undefined
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; ) {
    const from = Number(pa - RAM.pa) + at
    const offset = from % PAGE
    const length = Math.min(size - at, PAGE - offset)
    bytes.set(page(Math.floor(from / PAGE)).subarray(offset, offset + length), at)
    at += length
  }
  return bytes
}

export function readWord(memory: PhysicalMemory, pa: bigint): bigint | undefined {
  if (!isRam(pa, 8)) return undefined
  const from = Number(pa - RAM.pa)
  const { buffer, byteOffset } = memory.page(Math.floor(from / PAGE))
  return new DataView(buffer, byteOffset).getBigUint64(from % PAGE, true)
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

/** Whether two stretches hold the same bytes. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Stretches of bytes that differ on these pages, in order of the pages. */
export function* differences(
  before: PhysicalMemory,
  after: PhysicalMemory,
  pages: Iterable<number>,
): Generator<{ pa: bigint; size: bigint }> {
  for (const page of pages) {
    const [old, now] = [before.page(page), after.page(page)]
    if (isSame(old, now)) continue
    const [oldWords, nowWords] = [wordsOf(old), wordsOf(now)]
    for (let at = 0; at < PAGE; at++) {
      if (old[at] === now[at]) {
        // Most of a page is the same.
        if (at % 4 === 0 && oldWords[at / 4] === nowWords[at / 4]) at += 3
        continue
      }
      const from = at
      while (at < PAGE && old[at] !== now[at]) at++
      yield { pa: RAM.pa + BigInt(page * PAGE + from), size: BigInt(at - from) }
    }
  }
}

const wordsOf = ({ buffer, byteOffset }: Uint8Array): Uint32Array => new Uint32Array(buffer, byteOffset, PAGE / 4)

/** Pages of which two snapshots have other bytes, in order. */
export function changedPages(before: Snapshot, after: Snapshot): number[] {
  return after.pages.differing(before.pages)
}
