import type { SystemAction } from '../isa/instruction.ts'
import type { Core } from './core.ts'
import { csrAddress } from './csr/addresses.ts'
import type { CsrWrite } from './retirement.ts'
import { exceptionCode } from './trap.ts'

/** A decoded instruction as a system action gets it. */
export interface SystemOperands {
  rd: number
  rs1: number
  rs2: number
  immediate: number
  /** The instruction's bits, for `mtval`. */
  bits: number
  /** Address of the instruction that follows. */
  next: bigint
}

/**
 * What an instruction does that concerns the rest of the core. `hart.pc` is the instruction's address.
 * Returns where to go on, or undefined where it trapped, and then `hart.pc` is the handler.
 */
export type SystemFunction = (core: Core, operands: SystemOperands) => bigint | undefined

export const systemActions: Record<SystemAction, SystemFunction> = {
  /** Accesses of one hart are in order already. */
  fence: (_core, { next }) => next,
  'fence.i': (core, { next }) => {
    core.icache.flush()
    core.fetchEpoch++
    return next
  },

  ecall: (core) => core.trap(exceptionCode.userCall + core.hart.privilege, 0n),
  ebreak: (core) => core.trap(exceptionCode.breakpoint, core.hart.pc),
  mret: (core, { bits }) => trapReturn(core, bits, core.traps.mret()),
  sret: (core, { bits }) => trapReturn(core, bits, core.traps.sret()),
  wfi: (core, { bits, next }) => {
    if (!core.traps.wfiLegal()) return core.illegal(bits)
    core.waitForInterrupt()
    return next
  },
  'sfence.vma': (core, { rs1, rs2, bits, next }) => {
    if (!core.traps.fenceVmaLegal()) return core.illegal(bits)
    const { x } = core.hart
    core.mmu.fence(rs1 === 0 ? undefined : x[rs1], rs2 === 0 ? undefined : Number(x[rs2] & 0xffffn))
    core.csr.translationEpoch++
    return next
  },

  'csr-write': (core, o) => csrAccess(core, o, core.hart.x[o.rs1], o.rd !== 0, true, (_, operand) => operand),
  'csr-set': (core, o) => csrAccess(core, o, core.hart.x[o.rs1], true, o.rs1 !== 0, (old, operand) => old | operand),
  'csr-clear': (core, o) => csrAccess(core, o, core.hart.x[o.rs1], true, o.rs1 !== 0, (old, operand) => old & ~operand),
  'csr-write-immediate': (core, o) => csrAccess(core, o, BigInt(o.rs1), o.rd !== 0, true, (_, operand) => operand),
  'csr-set-immediate': (core, o) =>
    csrAccess(core, o, BigInt(o.rs1), true, o.rs1 !== 0, (old, operand) => old | operand),
  'csr-clear-immediate': (core, o) =>
    csrAccess(core, o, BigInt(o.rs1), true, o.rs1 !== 0, (old, operand) => old & ~operand),

  'load-reserved-word': (core, o) => loadReserved(core, o, 4),
  'load-reserved-double': (core, o) => loadReserved(core, o, 8),
  'store-conditional-word': (core, o) => storeConditional(core, o, 4),
  'store-conditional-double': (core, o) => storeConditional(core, o, 8),
}

function trapReturn(core: Core, bits: number, writes: CsrWrite[] | undefined): bigint | undefined {
  if (writes === undefined) return core.illegal(bits)
  core.recorder?.csr(writes)
  core.attention = true
  return core.hart.pc
}

/** The six CSR instructions (unprivileged specification, 6.1): which of read and write happen, and what is written. */
function csrAccess(
  core: Core,
  { rd, immediate: csr, bits, next }: SystemOperands,
  operand: bigint,
  reads: boolean,
  writes: boolean,
  combine: (old: bigint, operand: bigint) => bigint,
): bigint | undefined {
  const { hart } = core
  if (core.timing && isCounter(csr) && core.csr.read(csr, hart.privilege) !== undefined) {
    // A counter is read when the instruction leaves the pipeline.
    core.timeRecords(core.recorder!.index + 1)
  }
  const old = core.csr.read(csr, hart.privilege)
  if (old === undefined) return core.illegal(bits)
  if (writes) {
    const value = BigInt.asUintN(64, combine(core.csr.readForModify(csr), operand))
    const written = core.csr.write(csr, value, hart.privilege)
    if (written === undefined) return core.illegal(bits)
    core.recorder?.csr(written)
    if (!heldWords.has(csr)) core.attention = true
  }
  if (reads) {
    hart.writeX(rd, old)
    core.recorder?.result(rd, old)
  }
  return next
}

/** CSRs that nothing acts upon by itself: no write lets an interrupt be taken. */
const heldWords = new Set<number>(
  (['mscratch', 'mepc', 'mcause', 'mtval', 'sscratch', 'sepc', 'scause', 'stval'] as const).map(
    (name) => csrAddress[name],
  ),
)

/** Whether a CSR counts cycles or events, stops that, says which events, or what the time is. */
function isCounter(csr: number): boolean {
  return (csr >= 0xb00 && csr <= 0xb1f) || (csr >= 0xc00 && csr <= 0xc1f) || (csr >= 0x320 && csr <= 0x33f)
}

/** LR (unprivileged specification, 13.2): the block that holds the address becomes reserved. */
function loadReserved(core: Core, { rd, rs1, next }: SystemOperands, size: 4 | 8): bigint | undefined {
  const { hart } = core
  const va = hart.x[rs1]
  const pa = core.loadStore.translateAtomic(va, size, 'load')
  if (pa === undefined) return undefined
  const raw = core.bus.load(pa, size)!
  const value = BigInt.asUintN(64, BigInt.asIntN(size * 8, raw))
  hart.reservation = core.loadStore.reservationBlock(pa)
  hart.writeX(rd, value)
  core.recorder?.result(rd, value)
  core.recorder?.access('load', va, pa, size, value)
  return next
}

/** SC (13.2): stores where the block is still reserved; the reservation ends either way. Permissions come first. */
function storeConditional(core: Core, { rd, rs1, rs2, next }: SystemOperands, size: 4 | 8): bigint | undefined {
  const { hart } = core
  const va = hart.x[rs1]
  const pa = core.loadStore.translateAtomic(va, size, 'store')
  if (pa === undefined) return undefined
  const succeeds = hart.reservation === core.loadStore.reservationBlock(pa) && !core.failsStoreConditional
  hart.reservation = undefined
  if (succeeds) {
    core.bus.store(pa, size, hart.x[rs2])
    core.recorder?.access('store', va, pa, size, hart.x[rs2])
  }
  const code = succeeds ? 0n : 1n
  hart.writeX(rd, code)
  core.recorder?.result(rd, code)
  return next
}
