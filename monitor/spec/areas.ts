/** Where memory that enclaves get while they run is mapped in them. */

import { layout, PAGE_SIZE } from '../abi.ts'
import type { Area, Enclave, Range } from './state.ts'

/** Bytes of a chunk from the host that the enclave sees: the first page is the monitor's to use. */
export const mappedSize = ({ size }: Range): bigint => size - PAGE_SIZE

export function heapTop({ heap }: Enclave): bigint {
  const [top] = heap
  return top === undefined ? layout.ENCLAVE_DEFAULT_HEAP_BASE : top.va + mappedSize(top)
}

/** The area that holds all of a virtual range. */
export function areaAt({ mmaps }: Enclave, va: bigint, size: bigint): Area | undefined {
  return mmaps.find((area) => va >= area.va && size <= mappedSize(area) && va + size <= area.va + mappedSize(area))
}

/** Whether a mapping of `size` bytes can begin at `va`. */
export function isVacant(enclave: Enclave, va: bigint, size: bigint): boolean {
  if (va % PAGE_SIZE !== 0n || va < heapTop(enclave) || va + size > layout.ENCLAVE_DEFAULT_MMAP_BASE) return false
  return enclave.mmaps.every((area) => va + size <= area.va || area.va + mappedSize(area) <= va)
}

/**
 * Where a mapping goes: to any vacant place that the monitor chose, which may heed `wanted` or not, otherwise to `wanted`,
 * or below all others. Undefined where there is no such place.
 */
export function placeFor(
  enclave: Enclave,
  wanted: bigint,
  size: bigint,
  chosen: bigint | undefined,
): bigint | undefined {
  const lowest = lowestOf(enclave.mmaps, layout.ENCLAVE_DEFAULT_MMAP_BASE)
  return [chosen, wanted, lowest - size].find((va) => va !== undefined && va !== 0n && isVacant(enclave, va, size))
}

const TABLE_SPAN = 512n * PAGE_SIZE

/** Whether a mapping of `size` bytes at `va` may take page tables that the enclave does not have yet. */
export function mayNeedTables({ mmaps }: Enclave, va: bigint, size: bigint): boolean {
  for (let at = va - (va % TABLE_SPAN); at < va + size; at += TABLE_SPAN)
    if (mmaps.every((area) => area.va >= at + TABLE_SPAN || area.va + mappedSize(area) <= at)) return true
  return false
}

/** Where memory shared between enclaves goes: below `ENCLAVE_DEFAULT_SEC_SHM_BASE` and all that is there already. */
export function sharePlace(
  taken: readonly { va: bigint; size: bigint }[],
  size: bigint,
  chosen: bigint | undefined,
): bigint {
  const isFree = (va: bigint) =>
    va % PAGE_SIZE === 0n &&
    va >= layout.ENCLAVE_DEFAULT_SHM_BASE &&
    va + size <= layout.ENCLAVE_DEFAULT_SEC_SHM_BASE &&
    taken.every((other) => va + size <= other.va || other.va + other.size <= va)
  if (chosen !== undefined && isFree(chosen)) return chosen
  const lowest = lowestOf(taken, layout.ENCLAVE_DEFAULT_SEC_SHM_BASE)
  return lowest - size
}

/** Where the first of some mappings begins; `end` where there are none. */
function lowestOf(mappings: readonly { va: bigint }[], end: bigint): bigint {
  let lowest = end
  for (const { va } of mappings) if (va < lowest) lowest = va
  return lowest
}
