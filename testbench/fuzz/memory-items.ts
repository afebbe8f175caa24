/** Instructions that access memory. */

import { PAGE_SIZE } from '../../monitor/abi.ts'
import type { State } from '../../monitor/spec/state.ts'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { firstFreeSlot, givenAway, type Pick } from '../calls/pick.ts'
import { ARENA, RAM, SPACES } from '../calls/places.ts'
import { rowNamed } from '../random/code-buffer.ts'
import { rows } from '../random/rows.ts'
import { entryOf, FORGED, interestingAddress } from './addresses.ts'
import { COMPACT_DESTINATION, DESTINATIONS } from './code-writer.ts'
import type { ItemPlan } from './items.ts'

const LOADS = ['ld', 'lw', 'lbu', 'lhu', 'lwu', 'lh', 'lb'] as const
const STORES = ['sd', 'sw', 'sb', 'sh'] as const
const AMOS = rows.amo.map(({ name }) => name)

/** What the attackers write: told from anything else, or of use as an entry of a page table. */
function storedValue(state: State, pick: Pick): bigint {
  const [first] = givenAway(state)
  return pick.of([0x5709_ed00_0000_0001n, leaf(first?.pa ?? RAM.pa), 0n, (1n << 64n) - 1n])
}

/** An entry that maps `pa` with all rights of the kernel. */
const leaf = (pa: bigint): bigint => ((pa / PAGE_SIZE) << 10n) | 0xcfn

/** One load, store or atomic operation. */
export const access: ItemPlan = (code, { position, pick }) => {
  const kind = pick.below(10)
  if (kind < 5) {
    code.op(pick.of(LOADS), {
      rd: pick.of(DESTINATIONS),
      rs1: code.hold(interestingAddress(position, pick, 'load')),
    })
  } else if (kind < 8) {
    code.op(pick.of(STORES), {
      rs2: code.hold(storedValue(position.state, pick)),
      rs1: code.hold(interestingAddress(position, pick, 'store')),
    })
  } else {
    code.op(pick.of(AMOS), {
      rd: pick.of(DESTINATIONS),
      rs2: code.hold(storedValue(position.state, pick)),
      rs1: code.hold(interestingAddress(position, pick, 'store')),
    })
  }
}

/** The same in 16 bits. */
export const compactAccess: ItemPlan = (code, { position, pick }) => {
  const row = rowNamed(pick.of(['c.ld', 'c.lw', 'c.sd', 'c.sw']))
  if (row.semantics.kind === 'load') {
    const rs1 = code.hold(interestingAddress(position, pick, 'load'), true)
    code.op(row.name, { rd: COMPACT_DESTINATION, rs1 })
  } else {
    const rs1 = code.hold(interestingAddress(position, pick, 'store'), true)
    code.op(row.name, { rs2: code.hold(storedValue(position.state, pick), true), rs1 })
  }
}

/** LR and SC, of one address or of two. */
export const reserve: ItemPlan = (code, { position, pick }) => {
  const size = pick.of(['d', 'w'])
  const rs1 = code.hold(interestingAddress(position, pick, 'store'))
  code.op(`lr.${size}`, { rd: pick.of(DESTINATIONS), rs1 })
  const other = pick.once(4) ? code.hold(interestingAddress(position, pick, 'store')) : rs1
  code.op(`sc.${size}`, { rd: pick.of(DESTINATIONS), rs1: other, rs2: code.hold(storedValue(position.state, pick)) })
}

/** The host writes an entry of a page table itself, and uses what it should map then. */
export const editEntry: ItemPlan = (code, { position, pick }) => {
  const { state } = position
  const victim = pick.of([...givenAway(state), firstFreeSlot(state) ?? ARENA, RAM]).pa
  code.op('sd', { rs2: code.hold(leaf(victim)), rs1: code.hold(entryOf(position, pick)) })
  if (!pick.once(3)) code.op('sfence.vma')
  code.op('ld', { rd: pick.of(DESTINATIONS), rs1: code.hold(victim) })
}

/** All of RAM by one entry of the table at `FORGED`, which the host puts into satp, and what it could read by it. */
export const forgeTables: ItemPlan = (code, { position, pick }) => {
  const { state } = position
  const victim = pick.of([...givenAway(state), RAM]).pa
  code.op('sd', { rs2: code.hold(leaf(RAM.pa)), rs1: code.hold(FORGED + (RAM.pa >> 30n) * 8n) })
  code.op('csrrw', { rs1: code.hold((8n << 60n) | (FORGED / PAGE_SIZE)), immediate: csrAddress.satp })
  if (pick.once(2)) code.op('sfence.vma')
  code.op(pick.of(['ld', 'amoswap.d']), { rd: pick.of(DESTINATIONS), rs1: code.hold(victim) })
  if (!pick.once(4)) code.op('csrrw', { rs1: code.hold(pick.of(SPACES)), immediate: csrAddress.satp })
}
