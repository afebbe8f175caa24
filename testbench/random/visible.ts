import { type RetirementBatch, recordFlags, recordWords } from '../../rtl-model/core/recorder.ts'
import type { CsrWrite, Retirement } from '../../rtl-model/core/retirement.ts'
import { sameFields, sameLists } from './equality.ts'

const fields = ['pc', 'nextPc', 'instruction', 'privilege', 'rd', 'rdValue'] as const

/** Whether two records say the same of what a program can see; not of walks, of which it sees only the outcome. */
export const same = (a: Retirement, b: Retirement): boolean =>
  fields.every((field) => a[field] === b[field]) &&
  sameFields(a.trap, b.trap) &&
  sameLists(a.csrWrites, b.csrWrites) &&
  sameLists(a.memory, b.memory)

const { pc, instruction, flags: flagsAt, result, va, pa, stored, cycle, words: recordLength } = recordWords
const ACCESS = recordFlags.load | recordFlags.store
const RD = 31 << recordFlags.rdShift
const PAGE = 4096

/**
 * What a program could see of a run, as words of which those that mean nothing in a record are 0: where those of two runs
 * are alike, `same` holds for all records. Much faster than to make objects of the records.
 */
export class VisibleRun {
  readonly #words: Uint32Array
  /** What is not in the ring: CSR writes, and records of accesses that cross a page. */
  readonly #csrWrites: (readonly CsrWrite[])[] = []
  readonly #crossing: Retirement[] = []
  readonly #cycles: boolean
  #length = 0
  #nextPc = 0n

  /**
   * @param records at most
   * @param cycles whether it counts when something happened
   */
  constructor(records: number, cycles: boolean) {
    this.#words = new Uint32Array(records * recordLength)
    this.#cycles = cycles
  }

  add(batch: RetirementBatch): void {
    const { u32 } = batch.region
    const to = this.#words
    const copy = (from: number, at: number): void => {
      to[this.#length + at] = u32[from + at]
      to[this.#length + at + 1] = u32[from + at + 1]
    }
    for (let index = 0; index < batch.length; index++) {
      const from = index * recordLength
      const flags = u32[from + flagsAt]
      copy(from, pc)
      const bits = u32[from + instruction]
      to[this.#length + instruction] = (bits & 3) === 3 ? bits : bits & 0xffff
      to[this.#length + flagsAt] = flags & ~recordFlags.undecoded
      const isTrap = (flags & recordFlags.trap) !== 0
      const hasAccess = !isTrap && (flags & ACCESS) !== 0
      if (isTrap || (flags & (RD | recordFlags.load)) !== 0) copy(from, result)
      if (isTrap || hasAccess) copy(from, va)
      if (hasAccess) copy(from, pa)
      const size = 1 << ((flags >>> recordFlags.sizeShift) & 3)
      if (hasAccess && (flags & recordFlags.store) !== 0) {
        to[this.#length + stored] = size < 4 ? u32[from + stored] & (2 ** (8 * size) - 1) : u32[from + stored]
        if (size === 8) to[this.#length + stored + 1] = u32[from + stored + 1]
      }
      if (this.#cycles) copy(from, cycle)
      if ((flags & recordFlags.csr) !== 0) this.#csrWrites.push(batch.csrWrites(index))
      if (hasAccess && (u32[from + va] % PAGE) + size > PAGE) this.#crossing.push(batch.at(index))
      this.#length += recordLength
    }
    this.#nextPc = batch.at(batch.length - 1).nextPc
  }

  equals(other: VisibleRun): boolean {
    return (
      this.#length === other.#length &&
      this.#nextPc === other.#nextPc &&
      Buffer.compare(this.#used, other.#used) === 0 &&
      this.#csrWrites.length === other.#csrWrites.length &&
      this.#csrWrites.every((writes, index) => sameLists(writes, other.#csrWrites[index])) &&
      this.#crossing.length === other.#crossing.length &&
      this.#crossing.every((record, index) => same(record, other.#crossing[index]))
    )
  }

  get #used(): Uint8Array {
    return new Uint8Array(this.#words.buffer, 0, this.#length * 4)
  }
}
