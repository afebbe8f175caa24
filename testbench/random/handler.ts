import { csrAddress as csr } from '../../rtl-model/core/csr/addresses.ts'
import { CodeBuffer, rowNamed } from './code-buffer.ts'
import { CONTROL, control, END_OF_SEGMENT, HANDLER, RAM_BASE } from './layout.ts'
import { SCRATCH as A, SCRATCH2 as B, LINK } from './pointers.ts'

/** Bytes before the handlers' code: one jump an interrupt, for vectored mode. */
const VECTORS = 16
/** Traps that the supervisor handler takes before it gives the segment up. */
export const SUPERVISOR_BUDGET = 24n

const branch = (code: CodeBuffer, name: string, rs1: number, rs2: number, label: string): void =>
  code.jump(rowNamed(name), { rs1, rs2 }, label)
const goto = (code: CodeBuffer, label: string): void => code.jump(rowNamed('jal'), { rd: 0 }, label)

function vectors(code: CodeBuffer): void {
  for (let vector = 0; vector < VECTORS; vector++) goto(code, 'entry')
  code.label('entry')
}

/** To `label` where the cause in A is that of an instruction fetch: 0, 1 or 12. Leaves A and B changed. */
function branchIfFetch(code: CodeBuffer, label: string): void {
  code.op('sltiu', { rd: B, rs1: A, immediate: 2 })
  branch(code, 'bne', B, 0, label)
  code.op('addi', { rd: A, rs1: A, immediate: -12 })
  branch(code, 'beq', A, 0, label)
}

/**
 * B := what follows the instruction at the trap's pc. The instruction is read at the physical address of the program's
 * code, whichever of its virtual addresses pc is; for any other pc it is some other, but always the same, memory.
 */
function nextPc(code: CodeBuffer, epc: number, ramBytes: number): void {
  const unused = 64 - Math.log2(ramBytes)
  code.csrr(A, epc)
  code.op('slli', { rd: A, rs1: A, immediate: unused })
  code.op('srli', { rd: A, rs1: A, immediate: unused })
  code.li(B, RAM_BASE)
  code.op('add', { rd: A, rs1: A, rs2: B })
  code.op('lhu', { rd: A, rs1: A })
  code.op('andi', { rd: A, rs1: A, immediate: 3 })
  code.op('sltiu', { rd: A, rs1: A, immediate: 3 })
  code.op('slli', { rd: A, rs1: A, immediate: 1 })
  code.csrr(B, epc)
  code.op('sub', { rd: B, rs1: B, rs2: A })
  code.op('addi', { rd: B, rs1: B, immediate: 4 })
}

/**
 * The machine-mode handler. It reads what the trap left, so that a log shows it; then an environment call does the next
 * service, a fault of a fetch, or of zeros, goes on at ra, and any other exception after the instruction that took it.
 * A segment that takes too many traps, or asks for its end, is followed by the next.
 */
export function machineHandler(ramBytes: number): { bytes: Uint8Array; skip: bigint } {
  const code = new CodeBuffer(HANDLER, 0x1000)
  vectors(code)
  code.csrr(B, csr.mcause)
  code.op('addi', { rd: B, rs1: B, immediate: -8 })
  code.op('sltiu', { rd: B, rs1: B, immediate: 4 })
  branch(code, 'beq', B, 0, 'count')
  code.op('addi', { rd: B, rs1: A, immediate: -END_OF_SEGMENT })
  branch(code, 'beq', B, 0, 'segment')

  code.label('count')
  code.address(B, CONTROL)
  code.op('ld', { rd: A, rs1: B, immediate: control.budget })
  code.op('addi', { rd: A, rs1: A, immediate: -1 })
  code.op('sd', { rs1: B, rs2: A, immediate: control.budget })
  branch(code, 'blt', A, 0, 'segment')
  code.csrr(A, csr.mstatus)
  code.csrr(A, csr.mcause)
  branch(code, 'blt', A, 0, 'interrupt')
  code.op('addi', { rd: B, rs1: A, immediate: -8 })
  code.op('sltiu', { rd: B, rs1: B, immediate: 4 })
  branch(code, 'bne', B, 0, 'service')
  branchIfFetch(code, 'fetch')
  code.csrr(A, csr.mtval)
  branch(code, 'beq', A, 0, 'fetch')

  const skip = code.label('skip')
  nextPc(code, csr.mepc, ramBytes)
  code.csrw(csr.mepc, B)
  code.op('mret')

  code.label('fetch')
  code.csrr(A, csr.mepc)
  branch(code, 'beq', A, LINK, 'segment')
  code.csrw(csr.mepc, LINK)
  code.op('mret')

  code.label('service')
  code.address(B, CONTROL)
  code.op('ld', { rd: A, rs1: B, immediate: control.service })
  code.op('jalr', { rs1: A })

  code.label('segment')
  code.address(B, CONTROL)
  code.op('ld', { rd: A, rs1: B, immediate: control.next })
  code.op('jalr', { rs1: A })

  // Every source is quietened; the timer comes again soon.
  code.label('interrupt')
  code.li(B, 0x200_0000n)
  code.op('sw', { rs1: B, rs2: 0 })
  code.li(B, 0x200_c000n)
  code.op('ld', { rd: A, rs1: B, immediate: -8 })
  code.op('addi', { rd: A, rs1: A, immediate: 7 })
  code.li(B, 0x200_4000n)
  code.op('sd', { rs1: B, rs2: A })
  code.li(A, 0x222n)
  code.op('csrrc', { rs1: A, immediate: csr.mip })
  code.op('mret')
  return { bytes: code.bytes(), skip }
}

/** The supervisor handler, at the start of a program's code. A trap too many goes to M-mode, again and again. */
export function emitSupervisorHandler(code: CodeBuffer, ramBytes: number): void {
  vectors(code)
  code.csrr(B, csr.scause)
  code.op('addi', { rd: B, rs1: B, immediate: -8 })
  branch(code, 'bne', B, 0, 'supervisor count')
  code.op('addi', { rd: B, rs1: A, immediate: -END_OF_SEGMENT })
  branch(code, 'bne', B, 0, 'supervisor count')
  code.label('give up')
  code.li(A, BigInt(END_OF_SEGMENT))
  code.op('ecall')
  goto(code, 'give up')

  code.label('supervisor count')
  code.csrr(A, csr.sscratch)
  code.op('addi', { rd: A, rs1: A, immediate: -1 })
  code.csrw(csr.sscratch, A)
  branch(code, 'blt', A, 0, 'give up')
  code.csrr(A, csr.sstatus)
  code.csrr(A, csr.stval)
  code.csrr(A, csr.scause)
  branch(code, 'blt', A, 0, 'supervisor interrupt')
  branchIfFetch(code, 'supervisor fetch')
  code.csrr(A, csr.stval)
  branch(code, 'beq', A, 0, 'supervisor fetch')
  nextPc(code, csr.sepc, ramBytes)
  code.csrw(csr.sepc, B)
  code.op('sret')

  code.label('supervisor fetch')
  code.csrr(A, csr.sepc)
  branch(code, 'beq', A, LINK, 'give up')
  code.csrw(csr.sepc, LINK)
  code.op('sret')

  code.label('supervisor interrupt')
  code.op('csrrci', { rs1: 2, immediate: csr.sip })
  code.csrw(csr.sie, 0)
  code.op('sret')
}
