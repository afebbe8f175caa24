import type { RegionAllocator } from '../core/state.ts'
import type { Decoded } from '../isa/decode.ts'

// Numbers that the inner loop of the timing compares with: plain constants, which compilers put into the code.

/** What the pipeline does with an instruction. Those that access memory come first, then those that jump. */
export const KIND_ALU = 0
export const KIND_LOAD = 1
export const KIND_LOAD_RESERVED = 2
export const KIND_AMO = 3
export const KIND_STORE_CONDITIONAL = 4
export const KIND_STORE = 5
export const KIND_BRANCH = 6
export const KIND_JUMP = 7
export const KIND_JUMP_REGISTER = 8
export const KIND_MULTIPLY = 9
export const KIND_DIVIDE = 10
export const KIND_CSR = 11
export const KIND_FENCE = 12
export const KIND_FENCE_I = 13
export const KIND_SFENCE = 14
export const KIND_TRAP_RETURN = 15
export const KIND_WAIT = 16
/** Not an instruction, or one that only traps. */
export const KIND_NONE = 17

/** Bits of the packed form: kind in 4..0, rd, rs1 and rs2 (0 where there is none) in five bits each, and flags. */
export const RD_SHIFT = 5
export const RS1_SHIFT = 10
export const RS2_SHIFT = 15
/** The result is late by one more cycle: a load of one or two bytes, SC. */
export const SLOW = 0x100000
/** Multiply or divide: 32 bits; high half or remainder; signed. */
export const WORD = 0x200000
export const HIGH = 0x400000
export const SIGNED = 0x800000
/** A write of a CSR that empties the pipeline. */
export const FLUSH = 0x1000000
/** Instruction of 2 bytes. */
export const SHORT = 0x2000000
export const SHORT_SHIFT = 25
/** A jump that calls (links), or returns. */
export const CALL = 0x4000000
export const RETURN = 0x8000000
/** Atomic with acquire, or release. */
export const ACQUIRE = 0x10000000
export const RELEASE = 0x20000000

/** Binary logarithm of the slots of the decoder, and what a key is multiplied by: the upper bits say which slot. */
export const DECODER_BITS = 13
export const DECODER_FACTOR = 0x9e37_79b1 | 0

/** A slot in words, as a shift, and what is where in it. */
export const SLOT_SHIFT = 2
export const SLOT_KEY = 0
export const SLOT_PACKED = 1
export const SLOT_IMMEDIATE = 2

/**
 * Of instruction bits, the packed form and the immediate, decoded once. An instruction is in the slot that its key leads to:
 * its bits, without the upper half where it has 16.
 */
export class TimingDecoder {
  readonly slots: Int32Array
  readonly #decode: (bits: number) => Decoded | undefined

  constructor(allocator: RegionAllocator, decode: (bits: number) => Decoded | undefined) {
    const words = 1 << (DECODER_BITS + SLOT_SHIFT)
    const { u8 } = allocator.allocate(words * 4)
    this.slots = new Int32Array(u8.buffer, u8.byteOffset, words)
    // The bits of no instruction.
    for (let at = SLOT_KEY; at < words; at += 1 << SLOT_SHIFT) this.slots[at] = -1
    this.#decode = decode
  }

  /** Puts the instruction with this key into its slot. */
  fill(slot: number, key: number): void {
    const decoded = this.#decode(key >>> 0)
    const at = slot << SLOT_SHIFT
    this.slots[at + SLOT_KEY] = key
    this.slots[at + SLOT_PACKED] = decoded === undefined ? KIND_NONE | shortBit(key) : pack(decoded, key)
    this.slots[at + SLOT_IMMEDIATE] = decoded?.immediate ?? 0
  }
}

const shortBit = (bits: number): number => ((bits & 3) === 3 ? 0 : SHORT)

function pack({ row, rd, rs1, rs2 }: Decoded, bits: number): number {
  const { kind, flags } = meaning(row.name, row.semantics, { rd, rs1, bits })
  const reads = row.format.assembly.includes('rs1-immediate') ? 0 : rs1
  return kind | flags | shortBit(bits) | (rd << RD_SHIFT) | (reads << RS1_SHIFT) | (rs2 << RS2_SHIFT)
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
      return { kind: KIND_LOAD, flags: semantics.size < 4 ? SLOW : 0 }
    case 'store':
      return { kind: KIND_STORE, flags: 0 }
    case 'branch':
      return { kind: KIND_BRANCH, flags: 0 }
    case 'jump':
      if (base === 'jal' || base === 'j') {
        return { kind: KIND_JUMP, flags: (rd & 1) === 1 ? CALL : 0 }
      }
      return {
        kind: KIND_JUMP_REGISTER,
        flags: (rd & 1) === 1 ? CALL : isLink(rs1) ? RETURN : 0,
      }
    case 'amo':
      return {
        kind: KIND_AMO,
        flags: ((bits >>> 26) & 1 ? ACQUIRE : 0) | ((bits >>> 25) & 1 ? RELEASE : 0),
      }
    case 'compute':
      return computeMeaning(base)
    case 'system':
      return systemMeaning(semantics.action, rs1, bits)
  }
}

function computeMeaning(name: string): { kind: number; flags: number } {
  const word = name.endsWith('w') ? WORD : 0
  if (name.startsWith('mul')) {
    return { kind: KIND_MULTIPLY, flags: name.startsWith('mulh') ? HIGH : word }
  }
  if (name.startsWith('div') || name.startsWith('rem')) {
    const signed = name.startsWith('divu') || name.startsWith('remu') ? 0 : SIGNED
    return { kind: KIND_DIVIDE, flags: word | signed | (name.startsWith('rem') ? HIGH : 0) }
  }
  return { kind: KIND_ALU, flags: 0 }
}

function systemMeaning(action: string, rs1: number, bits: number): { kind: number; flags: number } {
  switch (action) {
    case 'fence':
      return { kind: KIND_FENCE, flags: 0 }
    case 'fence.i':
      return { kind: KIND_FENCE_I, flags: 0 }
    case 'sfence.vma':
      return { kind: KIND_SFENCE, flags: 0 }
    case 'mret':
    case 'sret':
      return { kind: KIND_TRAP_RETURN, flags: 0 }
    case 'wfi':
      return { kind: KIND_WAIT, flags: 0 }
    case 'load-reserved-word':
    case 'load-reserved-double':
      return {
        kind: KIND_LOAD_RESERVED,
        flags: ((bits >>> 26) & 1 ? ACQUIRE : 0) | ((bits >>> 25) & 1 ? RELEASE : 0),
      }
    case 'store-conditional-word':
    case 'store-conditional-double':
      return {
        kind: KIND_STORE_CONDITIONAL,
        flags: SLOW | ((bits >>> 26) & 1 ? ACQUIRE : 0) | ((bits >>> 25) & 1 ? RELEASE : 0),
      }
    case 'ecall':
    case 'ebreak':
      return { kind: KIND_NONE, flags: 0 }
    default: {
      const writes = action === 'csr-write' || action === 'csr-write-immediate' || rs1 !== 0
      return { kind: KIND_CSR, flags: writes && !isQuiet(bits >>> 20) ? FLUSH : 0 }
    }
  }
}

/** Whether writing a CSR leaves the pipeline as it is: xscratch, xepc, xcause and xtval. */
function isQuiet(csr: number): boolean {
  const machine = csr | 0x300
  return machine >= 0x340 && machine <= 0x343
}
