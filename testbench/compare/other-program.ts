import type { CommitBatch } from '../../traces/spike/commit-batch.ts'
import type { ElfFile } from '../elf/image.ts'

/** How many of the instructions must be foreign. One wrong line is a divergence, not another program. */
const SHARE = 0.1

/** Whether the rows from `row` on are of another program: the file has other instructions at many of their addresses. */
export function isOfAnotherProgram(elf: ElfFile, batch: CommitBatch, row: number): boolean {
  const known = new Set<bigint>()
  const foreign = new Set<bigint>()
  for (let at = row; at < batch.rows; at++) {
    const pc = (BigInt(batch.pcHigh[at]) << 32n) + BigInt(batch.pcLow[at])
    const bits = bitsAt(elf, pc, batch.length[at])
    if (bits === undefined) continue
    known.add(pc)
    if (bits !== batch.instruction[at]) foreign.add(pc)
  }
  return foreign.size > 1 && foreign.size >= known.size * SHARE
}

/** Whether any row is at an address that the file has something at. */
export function sharesAddresses(elf: ElfFile, batch: CommitBatch): boolean {
  for (let row = 0; row < batch.rows; row++) {
    const pc = (BigInt(batch.pcHigh[row]) << 32n) + BigInt(batch.pcLow[row])
    if (bitsAt(elf, pc, 2) !== undefined) return true
  }
  return false
}

/** What the file has at an address, taken as virtual or physical; undefined outside its segments. */
function bitsAt(elf: ElfFile, pc: bigint, length: number): number | undefined {
  for (const { va, pa, bytes } of elf.segments) {
    for (const base of [va, pa]) {
      const offset = Number(pc - base)
      if (pc < base || offset + length > bytes.length) continue
      const low = bytes[offset] | (bytes[offset + 1] << 8)
      return length === 2 ? low : (low | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24)) >>> 0
    }
  }
  return undefined
}
