/** A small executable for the tests of this folder. */

import type { ElfSegment, ElfSymbol } from './image.ts'

export type Segment = Omit<ElfSegment, 'index'>

export function segment(pa: bigint, bytes: readonly number[], extra: Partial<Segment> = {}): Segment {
  return { pa, va: pa, bytes: Uint8Array.from(bytes), memoryBytes: BigInt(bytes.length), flags: 5, ...extra }
}

export function label(name: string, address: bigint): ElfSymbol {
  return { name, address, size: 0n, kind: 'label' }
}

/** 4 bytes of text, 2 of data with 6 of zeros after them, and tohost in the data. */
export const sample = {
  entry: 0x8000_0000n,
  segments: [segment(0x8000_0000n, [0x6f, 0, 0, 0]), segment(0x8000_1002n, [1, 2], { memoryBytes: 8n, flags: 6 })],
  symbols: [label('_start', 0x8000_0000n), label('tohost', 0x8000_1002n)],
}
