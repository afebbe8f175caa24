/** Instructions that read and write CSRs, that order accesses, that trap, or that return from a trap. */

import { hostRegisters, PAGE_SIZE } from '../../monitor/abi.ts'
import type { State } from '../../monitor/spec/state.ts'
import { csrAddress, csrFamily } from '../../rtl-model/core/csr/addresses.ts'
import { MSTATUS } from '../../rtl-model/core/csr/mstatus.ts'
import { hostAgent } from '../calls/agents.ts'
import { hostPlans } from '../calls/host-plans.ts'
import type { Pick } from '../calls/pick.ts'
import { HOST_CODE, MAPPED, SPACES, TABLES } from '../calls/places.ts'
import { FORGED, firstRoot, interestingAddress } from './addresses.ts'
import { DESTINATIONS } from './code-writer.ts'
import type { ItemPlan } from './items.ts'

const c = csrAddress

const COUNTERS = [c.time, c.cycle, c.instret]
const SUPERVISOR = [
  ...[c.sstatus, c.sscratch, c.sepc, c.scause, c.stval, c.stvec, c.satp, c.sie, c.sip, c.scounteren, c.senvcfg],
]
const MACHINE = [
  ...[csrFamily.pmpcfg0, csrFamily.pmpcfg0 + 2, csrFamily.pmpaddr0, csrFamily.pmpaddr0 + 1, csrFamily.pmpaddr0 + 7],
  ...[c.mstatus, c.medeleg, c.mideleg, c.mie, c.mip, c.mtvec, c.mcounteren, c.mscratch, c.mepc, c.mcause, c.mtval],
  ...[c.misa, c.mcycle, c.minstret, c.mhartid],
]
/** Of the hypervisor, whose second kind of page tables TVM does not guard, and of the debug mode. */
const ABSENT = [0x280, 0x680, 0x600, 0x7b0]

export const readCounter: ItemPlan = (code, { pick }) =>
  code.op('csrrs', { rd: pick.of(DESTINATIONS), immediate: pick.of(COUNTERS) })

export const readCsr: ItemPlan = (code, { pick }) =>
  code.op('csrrs', {
    rd: pick.of(DESTINATIONS),
    immediate: pick.of([...SUPERVISOR, ...MACHINE, ...ABSENT, ...COUNTERS]),
  })

/** `sstatus` and `satp` have items of their own: what is in them decides what the next items mean. */
export const writeCsr: ItemPlan = (code, { pick }) => {
  const rows = ['csrrw', 'csrrs', 'csrrc'] as const
  const set = (immediate: number, values: readonly bigint[]) =>
    code.op(pick.of(rows), { rd: pick.of([0, ...DESTINATIONS]), rs1: code.hold(pick.of(values)), immediate })
  const any = [0n, (1n << 64n) - 1n, HOST_CODE.va]
  switch (pick.below(8)) {
    case 0:
      return set(pick.of(MACHINE), [...any, 0x1f1f_1f1f_1f1f_1f1fn, 1n << 17n])
    case 1:
    case 2:
      return set(pick.of([c.sie, c.sip]), [0x222n, 2n, 0n])
    case 3:
      return set(pick.of([c.scounteren, c.senvcfg]), any)
    case 4:
      return set(pick.of(ABSENT), any)
    case 5:
      // Elsewhere the host finds no way back but by the test.
      return code.op('csrrw', {
        rs1: code.hold(pick.once(6) ? pick.of(any) : hostAgent.trap + BigInt(pick.below(2))),
        immediate: c.stvec,
      })
    default:
      return set(pick.of([c.sscratch, c.sepc, c.scause, c.stval]), any)
  }
}

/** Whether the kernel reads pages of U-mode, and those that are only executed. */
export const status: ItemPlan = (code, { pick }) => {
  const bits = pick.of([MSTATUS.SUM, MSTATUS.SUM | MSTATUS.MXR, MSTATUS.MXR])
  code.op(pick.of(['csrrs', 'csrrc']), { rs1: code.hold(bits), immediate: c.sstatus })
}

/** Another address space: the host's other one, none, one that is not the host's, and one that is not there. */
export const space: ItemPlan = (code, { position, pick }) => {
  code.op('csrrw', {
    rd: pick.of([0, ...DESTINATIONS]),
    rs1: code.hold(satp(position.state, pick)),
    immediate: c.satp,
  })
  if (pick.once(3)) code.op('sfence.vma')
}

function satp({ enclaves }: State, pick: Pick): bigint {
  const roots = [...[...enclaves.values()].map(firstRoot), FORGED, TABLES.pa + 6n * PAGE_SIZE]
  if (pick.once(2)) return (8n << 60n) | (pick.of(roots) / PAGE_SIZE)
  const [first, second] = SPACES
  const asid = BigInt(1 + pick.below(3)) << 44n
  return pick.of([second, first, second | asid, first | asid, 0n, first | (1n << 60n)])
}

/** All, by address, by address space, by both. */
export const fenceVma: ItemPlan = (code, { position, pick }) => {
  const form = pick.below(4)
  const rs1 = form % 2 === 0 ? 0 : code.hold(interestingAddress(position, pick, 'load'))
  code.op('sfence.vma', { rs1, rs2: form < 2 ? 0 : code.hold(pick.of([1n, 2n, 0xffffn])) })
}

export const fence: ItemPlan = (code, { pick }) =>
  pick.once(3) ? code.op('fence', { immediate: 0xff }) : code.op('fence.i')

/**
 * SRET to the next item, in S-mode or in U-mode, for which the host has no page: that one comes back by a fault. Interrupts
 * stay off, so that none comes between the host and its calls.
 */
export const sret: ItemPlan = (code, { pick, ahead: [next] }) => {
  const [rd, other] = DESTINATIONS
  code.pair('addi', rd, rd, next)
  code.op('csrrw', { rs1: rd, immediate: c.sepc })
  code.op('csrrc', { rs1: code.hold(MSTATUS.SPIE), immediate: c.sstatus })
  code.op(pick.of(['csrrs', 'csrrc']), { rd: other, rs1: code.hold(MSTATUS.SPP), immediate: c.sstatus })
  code.op('sret')
}

const { memoryExtend, schrodingerInit, writeTables, mapPte } = hostPlans
const pageCalls = [memoryExtend, schrodingerInit, writeTables, mapPte].map(([, plan]) => plan)

/**
 * A call about pages, with accesses of what its arguments name right before it and right behind it: a translation must not
 * outlive what the call takes from the host.
 */
export const callBetween: ItemPlan = (code, { position, pick }) => {
  const move = pick.of(pageCalls)(position.state, pick)
  if (!('call' in move) || move.by !== 'host') return
  const values = hostRegisters(move.call)
  const isMapped = (va: bigint) => MAPPED.some(({ pa, size }) => va >= pa && va < pa + size)
  const places = values.filter(isMapped).map((va) => code.hold(va & ~7n))
  if (!code.holdArguments(values)) return
  const access = () => {
    for (const rs1 of places) code.op('ld', { rd: pick.of(DESTINATIONS), rs1 })
  }
  access()
  code.op('ecall')
  access()
}

/** Seldom a call: calls with their arguments are steps of their own. */
export const privileged: ItemPlan = (code, { pick }) =>
  code.op(pick.once(8) ? 'ecall' : pick.of(['wfi', 'mret', 'ebreak', 'c.ebreak', 'sret']))
