import { csrAddress } from './csr/addresses.ts'
import { interruptNumber, interruptPriority } from './csr/causes.ts'
import type { CsrFile } from './csr/csr-file.ts'
import { MPP_SHIFT, MSTATUS } from './csr/mstatus.ts'
import { csrLayout } from './csr/registers.ts'
import type { Hart } from './hart.ts'
import type { CsrWrite, Privilege } from './retirement.ts'

export { exceptionCode, interruptNumber } from './csr/causes.ts'

const INTERRUPT = 1n << 63n

/** Traps into and returns from M and S, and what depends on privilege. */
export class Traps {
  readonly hart: Hart
  readonly csr: CsrFile

  constructor(hart: Hart, csr: CsrFile) {
    this.hart = hart
    this.csr = csr
  }

  /**
   * Takes a trap at the hart's pc (privileged specification, 3.1.6.1, 3.1.7, 3.1.14 to 3.1.16 and 4.1). Afterwards
   * pc and privilege are those of the handler.
   *
   * @param cause exception code or interrupt number
   * @param tval value for `mtval` or `stval`
   */
  enter(cause: number, interrupt: boolean, tval: bigint): void {
    const { hart, csr } = this
    const to = this.handlingPrivilege(cause, interrupt)
    const words = to === 1 ? supervisorWords : machineWords
    csr.set(words.epc, hart.pc)
    csr.set(words.cause, BigInt(cause) | (interrupt ? INTERRUPT : 0n))
    csr.set(words.tval, tval)
    csr.mstatus = to === 1 ? stackSupervisor(csr.mstatus, hart.privilege) : stackMachine(csr.mstatus, hart.privilege)
    hart.pc = this.handlerAddress(csr.get(words.tvec), cause, interrupt)
    this.changePrivilege(to)
  }

  /** Cause and value as which an exception is reported (3.1.15, 3.1.16). */
  reported(cause: number, tval: bigint): { cause: number; tval: bigint } {
    return { cause, tval }
  }

  /** Mode that handles a trap taken now: S where it is delegated and the hart is not in M, otherwise M (3.1.8). */
  handlingPrivilege(cause: number, interrupt: boolean): 1 | 3 {
    const delegation = this.csr.get(interrupt ? 'mideleg' : 'medeleg')
    return this.hart.privilege <= 1 && ((delegation >> BigInt(cause)) & 1n) === 1n ? 1 : 3
  }

  /** Where the handler starts: vectored mode spreads interrupts, not exceptions, by four bytes each (3.1.7). */
  handlerAddress(tvec: bigint, cause: number, interrupt: boolean): bigint {
    const base = tvec & ~3n
    return (tvec & 1n) === 1n && interrupt ? BigInt.asUintN(64, base + 4n * BigInt(cause)) : base
  }

  /** Number of the interrupt that must be taken before the next instruction, if any (3.1.9). */
  pendingInterrupt(): number | undefined {
    const { hart, csr } = this
    const { u32 } = csr.region
    const pending = (u32[csrLayout.mip / 4] | hart.interruptLines) & u32[csrLayout.mie / 4]
    if (pending === 0) return undefined
    const delegated = u32[csrLayout.mideleg / 4]
    const ready = this.enabledAt(3, MSTATUS.MIE) ? pending & ~delegated : 0
    if (ready !== 0) return first(ready)
    return this.enabledAt(1, MSTATUS.SIE) ? first(pending & delegated) : undefined
  }

  /**
   * The enabled interrupts whose handler starts at `pc`, those first that are pending: what an observer who sees the hart go
   * there may conclude. A software interrupt that is not pending is none: only the program itself raises it.
   */
  interruptsTo(pc: bigint): number[] {
    const { csr } = this
    const leading = interruptPriority.filter((cause) => {
      const to = this.handlingPrivilege(cause, true)
      const tvec = csr.get(to === 1 ? 'stvec' : 'mtvec')
      const enabled = ((csr.mie >> BigInt(cause)) & 1n) === 1n
      return (
        enabled &&
        this.enabledAt(to, to === 1 ? MSTATUS.SIE : MSTATUS.MIE) &&
        this.handlerAddress(tvec, cause, true) === pc
      )
    })
    const isPending = (cause: number): boolean => ((csr.mip >> BigInt(cause)) & 1n) === 1n
    const software: readonly number[] = [interruptNumber.machineSoftware, interruptNumber.supervisorSoftware]
    return [...leading.filter(isPending), ...leading.filter((cause) => !isPending(cause) && !software.includes(cause))]
  }

  /** Whether interrupts for `privilege` are taken: always below it, never above it, by its enable bit in it. */
  enabledAt(privilege: Privilege, enable: bigint): boolean {
    const now = this.hart.privilege
    return now < privilege || (now === privilege && (this.csr.mstatus & enable) !== 0n)
  }

  /** MRET (privileged specification, 3.3.2): the CSR writes that it logs, or undefined where it is illegal. */
  mret(): CsrWrite[] | undefined {
    const { hart, csr } = this
    if (hart.privilege < 3) return undefined
    const before = csr.mstatus
    const to = Number((before & MSTATUS.MPP) >> MPP_SHIFT) as Privilege
    const enable = (before & MSTATUS.MPIE) !== 0n ? MSTATUS.MIE : 0n
    return this.returnTo(to, csr.epc('mepc'), (before & ~(MSTATUS.MIE | MSTATUS.MPP)) | enable | MSTATUS.MPIE)
  }

  /** SRET (privileged specification, 3.3.2): the CSR writes that it logs, or undefined where it is illegal. */
  sret(): CsrWrite[] | undefined {
    const { csr } = this
    if (!this.sretLegal()) return undefined
    const before = csr.mstatus
    const to = (before & MSTATUS.SPP) !== 0n ? 1 : 0
    const enable = (before & MSTATUS.SPIE) !== 0n ? MSTATUS.SIE : 0n
    return this.returnTo(to, csr.epc('sepc'), (before & ~(MSTATUS.SIE | MSTATUS.SPP)) | enable | MSTATUS.SPIE)
  }

  /** Whether SRET may run: not in U, and in S only while TSR is 0 (3.1.6.5). */
  sretLegal(): boolean {
    return this.allowedUnless(MSTATUS.TSR)
  }

  /** Whether WFI may run: not in U, and in S only while TW is 0 (3.1.6.5; the time limit that TW allows is 0). */
  wfiLegal(): boolean {
    return this.allowedUnless(MSTATUS.TW)
  }

  /** Whether SFENCE.VMA may run: not in U, and in S only while TVM is 0 (3.1.6.5). */
  fenceVmaLegal(): boolean {
    return this.allowedUnless(MSTATUS.TVM)
  }

  /** Mode as which loads and stores are translated and checked: MPP while MPRV is 1 (3.1.6.3). Fetches never are. */
  effectivePrivilege(): Privilege {
    const { mstatus } = this.csr
    return (mstatus & MSTATUS.MPRV) !== 0n
      ? (Number((mstatus & MSTATUS.MPP) >> MPP_SHIFT) as Privilege)
      : this.hart.privilege
  }

  /** Returns from a trap. MPRV ends with M-mode (3.1.6.3). */
  protected returnTo(to: Privilege, pc: bigint, mstatus: bigint): CsrWrite[] {
    const { hart, csr } = this
    csr.mstatus = to < 3 ? mstatus & ~MSTATUS.MPRV : mstatus
    hart.pc = pc
    this.changePrivilege(to)
    return [{ csr: csrAddress.mstatus, value: csr.mstatus }]
  }

  protected changePrivilege(to: Privilege): void {
    this.hart.privilege = to
    this.csr.translationEpoch++
  }

  /** What S may do while the bit of `mstatus` that traps it is 0, M always, and U never. */
  protected allowedUnless(trapBit: bigint): boolean {
    const { privilege } = this.hart
    return privilege === 3 || (privilege === 1 && (this.csr.mstatus & trapBit) === 0n)
  }
}

const machineWords = { epc: 'mepc', cause: 'mcause', tval: 'mtval', tvec: 'mtvec' } as const
const supervisorWords = { epc: 'sepc', cause: 'scause', tval: 'stval', tvec: 'stvec' } as const

/** `mstatus` after a trap from `from` into M: MIE and mode go into MPIE and MPP (3.1.6.1). */
function stackMachine(mstatus: bigint, from: Privilege): bigint {
  const enable = (mstatus & MSTATUS.MIE) !== 0n ? MSTATUS.MPIE : 0n
  return (mstatus & ~(MSTATUS.MIE | MSTATUS.MPIE | MSTATUS.MPP)) | enable | (BigInt(from) << MPP_SHIFT)
}

/** `mstatus` after a trap from `from`, which is S or U, into S: SIE and mode go into SPIE and SPP (3.1.6.1). */
function stackSupervisor(mstatus: bigint, from: Privilege): bigint {
  const enable = (mstatus & MSTATUS.SIE) !== 0n ? MSTATUS.SPIE : 0n
  return (mstatus & ~(MSTATUS.SIE | MSTATUS.SPIE | MSTATUS.SPP)) | enable | (from === 1 ? MSTATUS.SPP : 0n)
}

/** The pending interrupt of highest priority; undefined where none is pending. */
function first(pending: number): number | undefined {
  return interruptPriority.find((interrupt) => (pending & (1 << interrupt)) !== 0)
}

/** The trap unit of a hart. */
export function createTraps(hart: Hart, csr: CsrFile): Traps {
  return new Traps(hart, csr)
}
