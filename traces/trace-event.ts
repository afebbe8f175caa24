import type { Privilege, Retirement } from '../rtl-model/core/retirement.ts'
import { exceptionHasTval, exceptionName } from './spike/trap-names.ts'

/**
 * One happening in a trace, whatever format it was read from. A field that the format does not record is absent: a Spike
 * log knows no load data, an RVFI file without extensions no trap cause.
 */
export type TraceEvent =
  | CommitEvent
  | ExceptionEvent
  | DisassemblyEvent
  | { kind: 'symbol'; line: number; hart: number; name: string }
  | { kind: 'repeat'; line: number; hart: number; times: number }
  | { kind: 'note'; line: number; text: string }

/** An instruction that retired. */
export interface CommitEvent {
  kind: 'commit'
  /** Line of the file, counted from 1. */
  line: number
  hart: number
  privilege?: Privilege
  /** Virtual address, zero-extended from XLEN. */
  pc: bigint
  /** The bits as fetched: 16 when `length` is 2, otherwise 32. */
  instruction: number
  /** In bytes. */
  length: 2 | 4
  /** Registers written; x0 is never among them. */
  registers: RegisterWrite[]
  csrs: NamedCsrWrite[]
  /** Data accesses by virtual address, loads before stores. */
  memory: TraceAccess[]
  vector?: VectorState
}

export interface RegisterWrite {
  file: 'x' | 'f' | 'v'
  number: number
  value: bigint
}

export interface NamedCsrWrite {
  /** CSR address, 12 bits. */
  csr: number
  name: string
  value: bigint
}

export interface TraceAccess {
  kind: 'load' | 'store'
  va: bigint
  /** In bytes. */
  size?: number
  /** Zero-extended from `size`. */
  value?: bigint
}

/** Vector configuration at an instruction that wrote vector registers. */
export interface VectorState {
  /** SEW in bits. */
  elementBits: number
  /** LMUL: 1/8 to 8. */
  multiplier: number
  /** `vl` in elements; absent before 2020-03, when Spike did not print it. */
  length?: number
}

/** A trap: an instruction that did not retire, or an interrupt taken before the instruction at `epc`. */
export interface ExceptionEvent {
  kind: 'exception'
  line: number
  hart: number
  /** As Spike prints it, `trap_load_page_fault` or `interrupt #7`. */
  name: string
  /** Exception code or interrupt number. */
  cause?: number
  interrupt: boolean
  epc: bigint
  tval?: bigint
}

export interface DisassemblyEvent {
  kind: 'disassembly'
  line: number
  hart: number
  pc: bigint
  /** Up to 64 bits: fetched garbage may have the length bits of a long instruction. */
  instruction: bigint
  text: string
}

/** Length in bytes of an instruction of 16 or 32 bits (unprivileged specification, 1.5). */
export function instructionLength(instruction: number): 2 | 4 {
  return (instruction & 3) === 3 ? 4 : 2
}

/**
 * The event of a record, or undefined when a Spike commit log has no line for it: traps appear only where `exceptions`
 * says so, as with Spike's `-l`. `line` is the record's order counted from 1.
 */
export function traceEvent(
  retirement: Retirement,
  csrName: (csr: number) => string,
  { exceptions = false, hart = 0 } = {},
): CommitEvent | ExceptionEvent | undefined {
  const line = Number(retirement.order) + 1
  const { trap } = retirement
  if (trap !== undefined) return exceptions ? exceptionEvent(line, hart, retirement.pc, trap) : undefined
  return {
    kind: 'commit',
    line,
    hart,
    privilege: retirement.privilege,
    pc: retirement.pc,
    instruction: retirement.instruction,
    length: instructionLength(retirement.instruction),
    registers: retirement.rd === 0 ? [] : [{ file: 'x', number: retirement.rd, value: retirement.rdValue }],
    csrs: retirement.csrWrites.map(({ csr, value }) => ({ csr, name: csrName(csr), value })),
    memory: retirement.memory.map(({ kind, va, size, value }) => ({ kind, va, size, value })),
  }
}

function exceptionEvent(
  line: number,
  hart: number,
  epc: bigint,
  { cause, interrupt, tval }: NonNullable<Retirement['trap']>,
): ExceptionEvent {
  const event: ExceptionEvent = {
    kind: 'exception',
    line,
    hart,
    name: exceptionName(cause, interrupt),
    cause,
    interrupt,
    epc,
  }
  return exceptionHasTval(cause, interrupt) ? { ...event, tval } : event
}
