import type { Extension } from '../../isa/instruction.ts'
import type { Hart } from '../hart.ts'
import type { Region, RegionAllocator } from '../state.ts'
import { bits } from './causes.ts'
import { legalMstatus, MSTATUS_RESET, TRANSLATION_FIELDS } from './mstatus.ts'

/** Byte offsets in the region of the CSRs, one 64-bit word each, which the generated engine uses as well. */
export const csrLayout = {
  mstatus: 0,
  misa: 1 * 8,
  medeleg: 2 * 8,
  mideleg: 3 * 8,
  mie: 4 * 8,
  /** The bits of `mip` that software has written; what devices drive is in `hartLayout.interruptLines`. */
  mip: 5 * 8,
  mtvec: 6 * 8,
  mcounteren: 7 * 8,
  mcountinhibit: 8 * 8,
  mscratch: 9 * 8,
  mepc: 10 * 8,
  mcause: 11 * 8,
  mtval: 12 * 8,
  /** `mcycle` minus the hart's clock; where `mcountinhibit` stops it, the value at which it stands. */
  mcycle: 13 * 8,
  /** `minstret` minus the hart's count of retired instructions; stopped likewise. */
  minstret: 14 * 8,
  stvec: 15 * 8,
  scounteren: 16 * 8,
  sscratch: 17 * 8,
  sepc: 18 * 8,
  scause: 19 * 8,
  stval: 20 * 8,
  satp: 21 * 8,
  bytes: 22 * 8,
} as const

/** A CSR that has a word of its own. */
export type CsrWord = Exclude<keyof typeof csrLayout, 'bytes'>

/** Bits of `misa` for the extensions that it can switch off. */
export const misaBits: Partial<Record<Extension, number>> = { A: 1 << 0, C: 1 << 2, M: 1 << 12 }
export const MISA_WRITABLE = bits(0, 2, 12)
const MISA_C = bits(2)
/** MXL of 64 bits and A, C, I, M, S, U. */
const MISA_RESET = (2n << 62n) | bits(0, 2, 8, 12, 18, 20)

/** The words that CSRs are made of, and what must stay true of them whoever writes. */
export class CsrRegisters {
  readonly region: Region
  readonly hart: Hart
  /**
   * Counts changes of what translation and PMP decide. Not state: whoever caches a decision compares the number; a
   * restored snapshot counts as a change too, which the restorer announces.
   */
  translationEpoch = 0
  /** Counts those of them that M-mode can feel where nothing is translated: all but of mode, `mstatus`, `satp` and TLBs. */
  protectionEpoch = 0
  /** Counts changes of `misa`, on which decoding depends. Not state. */
  decodeEpoch = 0

  constructor(allocator: RegionAllocator, hart: Hart) {
    this.region = allocator.allocate(csrLayout.bytes)
    this.hart = hart
    this.reset()
  }

  /** Puts every CSR of this file to its value after reset; PMP registers are reset by their unit. */
  reset(): void {
    this.region.u64.fill(0n)
    this.set('mstatus', MSTATUS_RESET)
    this.set('misa', MISA_RESET)
    this.protectionChanged()
    this.decodeEpoch++
  }

  /** PMP, or memory itself, is not what it was. */
  protectionChanged(): void {
    this.protectionEpoch++
    this.translationEpoch++
  }

  /** The word as stored, 64 bits. */
  get(word: CsrWord): bigint {
    return this.region.u64[csrLayout[word] / 8]
  }

  /** Stores a word as given: what the CSR cannot hold is the caller's to remove. */
  set(word: CsrWord, value: bigint): void {
    this.region.u64[csrLayout[word] / 8] = value
  }

  get mstatus(): bigint {
    return this.get('mstatus')
  }
  /** Stores what `mstatus` can hold of `value` (privileged specification, 3.1.6). */
  set mstatus(value: bigint) {
    const before = this.mstatus
    const after = legalMstatus(before, value)
    if (((before ^ after) & TRANSLATION_FIELDS) !== 0n) this.translationEpoch++
    this.set('mstatus', after)
  }

  get misa(): bigint {
    return this.get('misa')
  }
  /** Stores `value`, which must be legal. */
  set misa(value: bigint) {
    if (value !== this.misa) this.decodeEpoch++
    this.set('misa', value)
  }

  get satp(): bigint {
    return this.get('satp')
  }
  /** Stores `value`, which must be legal. */
  set satp(value: bigint) {
    if (value !== this.satp) this.translationEpoch++
    this.set('satp', value)
  }

  /** Pending interrupts: what software wrote, or devices drive (privileged specification, 3.1.9). */
  get mip(): bigint {
    return this.get('mip') | BigInt(this.hart.interruptLines)
  }

  get mie(): bigint {
    return this.get('mie')
  }

  /** Whether compressed instructions are on, so that instructions are aligned to 2 bytes instead of 4. */
  get compressed(): boolean {
    return (this.misa & MISA_C) !== 0n
  }

  /** What `mepc` or `sepc` reads as, and where MRET or SRET goes: bit 1 is hidden while C is off (3.1.14). */
  epc(word: 'mepc' | 'sepc'): bigint {
    return this.compressed ? this.get(word) : this.get(word) & ~2n
  }
}

/** Whether writing `value` to `misa` would misalign the next instruction, so that the write is ignored (3.1.1). */
export function misalignsNext(registers: CsrRegisters, value: bigint): boolean {
  return registers.compressed && (value & MISA_C) === 0n && (registers.hart.pc & 2n) !== 0n
}
