/** Functions whose instructions a log leaves out: arithmetic whose results show in what comes after it. */

import { type RetirementBatch, recordWords } from '../../rtl-model/core/recorder.ts'
import { InputError } from '../../traces/input-error.ts'
import type { ElfFile } from '../elf/image.ts'

/** Addresses from `start` to before `end`, all below 2^53. */
export interface CodeRange {
  start: number
  end: number
}

/**
 * Where the functions of these names lie, all of each name; neighbours as one range.
 * @throws InputError for a function that the program does not have, or of which it does not say how long it is.
 */
export function functionRanges(elf: ElfFile, names: readonly string[]): CodeRange[] {
  const ranges = names.flatMap((name) => {
    const symbols = elf.symbols.filter((one) => one.name === name && one.kind === 'function' && one.size > 0n)
    if (symbols.length === 0) throw new InputError(`${elf.name}: has no function ${name}`)
    return symbols.map(({ address, size }) => ({ start: Number(address), end: Number(address + size) }))
  })
  const merged: CodeRange[] = []
  for (const range of ranges.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end)
    else merged.push(range)
  }
  return merged
}

const COMMIT = /^core +\d+: \d 0x([\da-f]+) /

/** Whether a line of a commit log is of an instruction in one of the ranges. */
export function isLeftOut(line: string, ranges: readonly CodeRange[]): boolean {
  return isInside(Number.parseInt(COMMIT.exec(line)?.[1] ?? '', 16), ranges)
}

/** The same of what the model did. */
export function isRecordLeftOut({ region }: RetirementBatch, index: number, ranges: readonly CodeRange[]): boolean {
  const at = index * recordWords.words
  return ranges.length > 0 && isInside(region.u32[at + 1] * 2 ** 32 + region.u32[at], ranges)
}

export const isInside = (pc: number, ranges: readonly CodeRange[]): boolean =>
  ranges.some(({ start, end }) => pc >= start && pc < end)
