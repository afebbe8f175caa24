/**
 * What one instruction did, as observers see it: everything RVFI carries (riscv-formal, docs/rvfi.md), and what it lacks:
 * trap cause and value, every CSR written, physical addresses, page-walk accesses, cycle.
 *
 * Three things make a record: an instruction that retired (`trap` absent), an instruction that trapped instead
 * (`trap.interrupt` false), and an interrupt taken before the instruction at `pc` (`trap.interrupt` true, no instruction).
 */
export interface Retirement {
  /** Number of this record, counted from 0 at reset without gaps. */
  order: bigint
  /** `mcycle` before this record. */
  cycle: bigint
  /** Virtual address of the instruction. */
  pc: bigint
  /** Virtual address of what comes next: for a trap, of its handler. */
  nextPc: bigint
  /** Physical address that the instruction, or its first half, was fetched from; absent where nothing was fetched. */
  fetchPa?: bigint
  /** The bits as fetched: 16 for a compressed instruction, otherwise 32; 0 where nothing was fetched. */
  instruction: number
  /** Privilege mode in which the instruction ran (before any change it makes). */
  privilege: Privilege
  trap?: Trap
  /** Source registers, number and value; number 0 where the instruction has no such operand. */
  rs1: number
  rs1Value: bigint
  rs2: number
  rs2Value: bigint
  /** Destination register; 0 where none was written, and then `rdValue` is 0. */
  rd: number
  rdValue: bigint
  /** CSRs written by the instruction itself, with the value read back; trap entry is not among them. In order of number. */
  csrWrites: CsrWrite[]
  /** Data accesses in order: one for a load, a store, LR, or a successful SC; load then store for an AMO. */
  memory: MemoryAccess[]
  /** Accesses made by the page-table walker for this instruction's fetch and data, in order. */
  walk: WalkAccess[]
}

/** Privilege modes by their encoding (privileged specification, 1.2). */
export type Privilege = 0 | 1 | 3

export interface Trap {
  interrupt: boolean
  /** Exception code or interrupt number (privileged specification, 3.1.15). */
  cause: number
  tval: bigint
}

export interface CsrWrite {
  /** CSR address, 12 bits. */
  csr: number
  value: bigint
}

export interface MemoryAccess {
  kind: 'load' | 'store'
  va: bigint
  pa: bigint
  /** Physical address of the bytes on the next page, where the access crosses a page. */
  secondPa?: bigint
  /** In bytes: 1, 2, 4 or 8. */
  size: number
  /** What was read or written, zero-extended from `size`. */
  value: bigint
}

export interface WalkAccess {
  /** Physical address of the page-table entry. */
  pa: bigint
  /** The entry read. */
  pte: bigint
  /** 2 for the root of Sv39, 0 for the last level. */
  level: number
}
