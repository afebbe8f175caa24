import type { CommitBatch } from '../../traces/spike/commit-batch.ts'
import type { ElfFile } from '../elf/image.ts'

/** Lines looked at, and how many of them must be foreign. One wrong line is a divergence, not another program. */
const LINES = 1000
const SHARE = 0.1

/** Whether the rows from `row` on are of another program: many have instructions that the file does not have at their pc. */
export function isOfAnotherProgram(elf: ElfFile, batch: CommitBatch, row: number): boolean {
  const end = Math.min(batch.rows, row + LINES)
  let known = 0
  let foreign = 0
  for (let at = row; at < end; at++) {
    const pc = (BigInt(batch.pcHigh[at]) << 32n) + BigInt(batch.pcLow[at])
    const bits = bitsAt(elf, pc, batch.length[at])
    if (bits === undefined) continue
    known++
    if (bits !== batch.instruction[at]) foreign++
  }
  return foreign > 1 && foreign >= known * SHARE
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
