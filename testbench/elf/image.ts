/** What an ELF file says, apart from how it says it. */

import { InputError } from '../../traces/input-error.ts'

export interface ElfSegment {
  /** Number of its program header. */
  index: number
  /** Physical address at which it is loaded (`p_paddr`). */
  pa: bigint
  /** Virtual address for which it was linked (`p_vaddr`). */
  va: bigint
  /** What the file holds of it. */
  bytes: Uint8Array
  /** Its length in memory; zeros follow what the file holds. */
  memoryBytes: bigint
  /** `p_flags`: 4 readable, 2 writable, 1 executable. */
  flags: number
}

export interface ElfSymbol {
  name: string
  /** Virtual address (`st_value`). */
  address: bigint
  /** In bytes; 0 where the file gives none, as for most assembly. */
  size: bigint
  /** A label is what has no type: assembly code without `.type`. */
  kind: 'label' | 'object' | 'function'
}

export interface ElfFile {
  /** How errors call the file. */
  name: string
  entry: bigint
  /** In the order of the program headers; empty ones are left out. */
  segments: ElfSegment[]
  /** In order of address; of one address, in the order of the file. */
  symbols: ElfSymbol[]
}

/** The address of the symbol called `name`, or undefined if there is none. */
export function symbolAddress(elf: ElfFile, name: string): bigint | undefined {
  return elf.symbols.find((symbol) => symbol.name === name)?.address
}

/**
 * The nearest symbol at or below a virtual address, and how far above it the address is.
 * Of several at the same place a function is preferred, then an object.
 * Undefined where the address is in no segment, or below every symbol.
 */
export function symbolAt(elf: ElfFile, address: bigint): { name: string; offset: bigint } | undefined {
  if (!elf.segments.some((segment) => address >= segment.va && address < segment.va + segment.memoryBytes))
    return undefined
  const { symbols } = elf
  // Invariant: symbols before `low` are at or below the address, symbols from `high` on are above it.
  let low = 0
  let high = symbols.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (symbols[middle].address <= address) low = middle + 1
    else high = middle
  }
  if (low === 0) return undefined
  const nearest = symbols[low - 1].address
  let first = low - 1
  while (first > 0 && symbols[first - 1].address === nearest) first--
  const candidates = symbols.slice(first, low)
  const best =
    candidates.find((symbol) => symbol.kind === 'function') ??
    candidates.find((symbol) => symbol.kind === 'object') ??
    candidates[0]
  return { name: best.name, offset: address - nearest }
}

/** A range of physical addresses; `size` in bytes. */
export interface AddressRange {
  base: bigint
  size: bigint
}

/** Throws an InputError unless every segment lies in RAM and overlaps no device and no other segment. */
export function checkPlacement(
  elf: ElfFile,
  ram: AddressRange,
  devices: readonly (AddressRange & { name: string })[],
): void {
  for (const [position, segment] of elf.segments.entries()) {
    const range = { base: segment.pa, size: segment.memoryBytes }
    const fail = (problem: string): never => {
      throw new InputError(`${elf.name}: segment ${segment.index} at ${span(range)} ${problem}`)
    }
    const device = devices.find((other) => overlap(range, other))
    if (device !== undefined) fail(`overlaps ${device.name} at ${span(device)}`)
    if (range.base < ram.base || range.base + range.size > ram.base + ram.size) fail(`is outside RAM at ${span(ram)}`)
    for (const other of elf.segments.slice(0, position)) {
      const otherRange = { base: other.pa, size: other.memoryBytes }
      if (overlap(range, otherRange)) fail(`overlaps segment ${other.index} at ${span(otherRange)}`)
    }
  }
}

function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.base < b.base + b.size && b.base < a.base + a.size
}

function span({ base, size }: AddressRange): string {
  return `0x${base.toString(16)}-0x${(base + size - 1n).toString(16)}`
}
