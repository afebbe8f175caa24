import type { Decoded } from '../isa/decode.ts'

/** What the pipeline does with an instruction. */
export const timingKind = {
  alu: 0,
  load: 1,
  store: 2,
  branch: 3,
  jump: 4,
  jumpRegister: 5,
  multiply: 6,
  divide: 7,
  csr: 8,
  fence: 9,
  fenceI: 10,
  sfence: 11,
  amo: 12,
  loadReserved: 13,
  storeConditional: 14,
  trapReturn: 15,
  wait: 16,
  /** Not an instruction, or one that only traps. */
  none: 17,
} as const

/**
 * Bits of the packed form: kind in 4..0, rd in 9..5, rs1 in 14..10, rs2 in 19..15 (0 where there is none), and flags.
 */
export const timingBits = {
  rd: 5,
  rs1: 10,
  rs2: 15,
  /** Result is late by one more cycle: a load of one or two bytes, SC. */
  slow: 1 << 20,
  /** Multiply or divide: 32 bits, high half or remainder, signed. */
  word: 1 << 21,
  high: 1 << 22,
  signed: 1 << 23,
  /** A write of a CSR that empties the pipeline. */
  flush: 1 << 24,
  /** Instruction of 2 bytes. */
  short: 1 << 25,
  /** A jump that calls (links), or returns. */
  call: 1 << 26,
  return: 1 << 27,
  /** AMO with acquire, or release. */
  acquire: 1 << 28,
  release: 1 << 29,
} as const

const SLOTS = 4096

/** Of instruction bits, the packed form (`timingBits`) and the immediate, decoded once. */
export class TimingDecoder {
  /** Packed form of the instruction that `find` was last asked for is at the index it returned. */
  readonly packed = new Int32Array(SLOTS)
  readonly immediate = new Int32Array(SLOTS)
  readonly #bits = new Int32Array(SLOTS).fill(-1)
  readonly #decode: (bits: number) => Decoded | undefined

  constructor(decode: (bits: number) => Decoded | undefined) {
    this.#decode = decode
  }

  /** Index of an instruction; bits above a 16-bit instruction do not matter. */
  find(bits: number): number {
    const own = (bits & 3) === 3 ? bits | 0 : bits & 0xffff
    const slot = (own ^ (own >>> 7) ^ (own >>> 19)) & (SLOTS - 1)
    if (this.#bits[slot] !== own) this.#fill(slot, own)
    return slot
  }

  #fill(slot: number, bits: number): void {
    const decoded = this.#decode(bits >>> 0)
    this.#bits[slot] = bits
    this.packed[slot] = decoded === undefined ? timingKind.none | shortBit(bits) : pack(decoded, bits)
    this.immediate[slot] = decoded?.immediate ?? 0
  }
}

const shortBit = (bits: number): number => ((bits & 3) === 3 ? 0 : timingBits.short)

function pack({ row, rd, rs1, rs2 }: Decoded, bits: number): number {
  const { kind, flags } = meaning(row.name, row.semantics, { rd, rs1, bits })
  const reads = row.format.assembly.includes('rs1-immediate') ? 0 : rs1
  return kind | flags | shortBit(bits) | (rd << timingBits.rd) | (reads << timingBits.rs1) | (rs2 << timingBits.rs2)
}

/** Registers that calls link in, and returns come from: x1 and x5. */
const isLink = (register: number): boolean => register === 1 || register === 5

function meaning(
  name: string,
  semantics: Decoded['row']['semantics'],
  { rd, rs1, bits }: { rd: number; rs1: number; bits: number },
): { kind: number; flags: number } {
  const base = name.replace(/^c\./, '')
  switch (semantics.kind) {
    case 'load':
      return { kind: timingKind.load, flags: semantics.size < 4 ? timingBits.slow : 0 }
    case 'store':
      return { kind: timingKind.store, flags: 0 }
    case 'branch':
      return { kind: timingKind.branch, flags: 0 }
    case 'jump':
      if (base === 'jal' || base === 'j') {
        return { kind: timingKind.jump, flags: (rd & 1) === 1 ? timingBits.call : 0 }
      }
      return {
        kind: timingKind.jumpRegister,
        flags: (rd & 1) === 1 ? timingBits.call : isLink(rs1) ? timingBits.return : 0,
      }
    case 'amo':
      return {
        kind: timingKind.amo,
        flags: ((bits >>> 26) & 1 ? timingBits.acquire : 0) | ((bits >>> 25) & 1 ? timingBits.release : 0),
      }
    case 'compute':
      return computeMeaning(base)
    case 'system':
      return systemMeaning(semantics.action, rs1, bits)
  }
}

function computeMeaning(name: string): { kind: number; flags: number } {
  const word = name.endsWith('w') ? timingBits.word : 0
  if (name.startsWith('mul')) {
    return { kind: timingKind.multiply, flags: name.startsWith('mulh') ? timingBits.high : word }
  }
  if (name.startsWith('div') || name.startsWith('rem')) {
    const signed = name.startsWith('divu') || name.startsWith('remu') ? 0 : timingBits.signed
    return { kind: timingKind.divide, flags: word | signed | (name.startsWith('rem') ? timingBits.high : 0) }
  }
  return { kind: timingKind.alu, flags: 0 }
}

function systemMeaning(action: string, rs1: number, bits: number): { kind: number; flags: number } {
  switch (action) {
    case 'fence':
      return { kind: timingKind.fence, flags: 0 }
    case 'fence.i':
      return { kind: timingKind.fenceI, flags: 0 }
    case 'sfence.vma':
      return { kind: timingKind.sfence, flags: 0 }
    case 'mret':
    case 'sret':
      return { kind: timingKind.trapReturn, flags: 0 }
    case 'wfi':
      return { kind: timingKind.wait, flags: 0 }
    case 'load-reserved-word':
    case 'load-reserved-double':
      return {
        kind: timingKind.loadReserved,
        flags: ((bits >>> 26) & 1 ? timingBits.acquire : 0) | ((bits >>> 25) & 1 ? timingBits.release : 0),
      }
    case 'store-conditional-word':
    case 'store-conditional-double':
      return {
        kind: timingKind.storeConditional,
        flags:
          timingBits.slow | ((bits >>> 26) & 1 ? timingBits.acquire : 0) | ((bits >>> 25) & 1 ? timingBits.release : 0),
      }
    case 'ecall':
    case 'ebreak':
      return { kind: timingKind.none, flags: 0 }
    default: {
      const writes = action === 'csr-write' || action === 'csr-write-immediate' || rs1 !== 0
      return { kind: timingKind.csr, flags: writes && !isQuiet(bits >>> 20) ? timingBits.flush : 0 }
    }
  }
}

/** Whether writing a CSR leaves the pipeline as it is: xscratch, xepc, xcause and xtval. */
function isQuiet(csr: number): boolean {
  const machine = csr | 0x300
  return machine >= 0x340 && machine <= 0x343
}
