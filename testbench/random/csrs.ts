import { csrAddress, csrFamily } from '../../rtl-model/core/csr/addresses.ts'
import type { Privilege } from '../../rtl-model/core/retirement.ts'
import { type Flavour, pick, weighted } from './choice.ts'

const c = csrAddress

const supervisor = [c.sstatus, c.stvec, c.scounteren, c.senvcfg, c.sscratch, c.sepc, c.scause, c.stval, c.satp]
const interrupts = [c.sie, c.sip, c.mie, c.mip]
const machine = [
  ...[c.mstatus, c.misa, c.medeleg, c.mideleg, c.mtvec, c.mcounteren, c.menvcfg, c.mcountinhibit, c.mscratch, c.mepc],
  ...[c.mcause, c.mtval, c.minstret, c.mvendorid, c.marchid, c.mimpid, c.mhartid, c.mconfigptr],
  ...[csrFamily.mhpmcounter3, csrFamily.mhpmcounter3 + 28, csrFamily.mhpmevent3, csrFamily.mhpmevent3 + 28],
]
const protection = [
  ...[0, 2, 4, 14, 1].map((number) => csrFamily.pmpcfg0 + number),
  ...[0, 1, 5, 7, 8, 11, 12, 15, 16, 63].map((number) => csrFamily.pmpaddr0 + number),
]
/** Values that depend on time, on which no two simulators agree. */
const timed = [c.cycle, c.time, c.mcycle]
/** Hypervisor, debug and other CSRs that are not there. */
const absent = [0x000, 0x001, 0x003, 0x200, 0x600, 0x643, 0x680, 0x7b0, 0x7b2, 0x8ff, 0xb01, 0xc80, 0xe00, 0xf16]

/** A CSR to be read, and never written. */
export function readableCsr(flavour: Flavour, privilege: Privilege, choice: number): number {
  // Most that a mode may not read would only be one more illegal instruction.
  if (privilege === 0 && choice >>> 28 !== 0) return c.instret
  if (privilege === 1 && choice >>> 28 !== 0) return pick([...supervisor, c.instret, c.sie, c.sip], choice >>> 8)
  const list = weighted(
    [
      [6, supervisor],
      [6, machine],
      [3, [c.instret]],
      [2, interrupts],
      [3, protection],
      [1, absent],
      [flavour === 'wild' ? 2 : 0, timed],
      [flavour === 'wild' ? 1 : 0, [choice >>> 20]],
    ] as const,
    choice,
  )
  return pick(list, choice >>> 8)
}

/** CSRs that a portable program may give any value without losing its way. */
const harmless = [
  ...[c.scounteren, c.senvcfg, c.sscratch, c.sepc, c.scause, c.stval],
  ...[
    c.mcounteren,
    c.menvcfg,
    c.mcountinhibit,
    c.mscratch,
    c.mepc,
    c.mcause,
    c.mtval,
    c.minstret,
    c.instret,
    c.mhartid,
  ],
  ...[csrFamily.mhpmcounter3, csrFamily.mhpmevent3],
]

/** A CSR to be written with any value. */
export function writableCsr(flavour: Flavour, privilege: Privilege, choice: number): number {
  if (privilege === 1 && choice >>> 28 !== 0) return pick(harmless.slice(0, 6), choice >>> 8)
  if (flavour === 'portable') return pick([...harmless, ...absent.slice(0, 4)], choice >>> 8)
  const list = weighted(
    [
      [8, harmless],
      [4, interrupts],
      [2, supervisor],
      [1, machine.filter((csr) => csr !== c.mtvec)],
      [2, protection],
      [1, timed],
      [1, absent],
    ] as const,
    choice,
  )
  return pick(list, choice >>> 8)
}
