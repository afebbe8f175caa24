/** Instructions that compute, that jump, that are none, or that are written before they run. */

import { encode } from '../../rtl-model/isa/decode.ts'
import { DATA_VA } from '../calls/agents.ts'
import type { Pick } from '../calls/pick.ts'
import { foreignEncoding } from '../random/foreign.ts'
import { decode, rows } from '../random/rows.ts'
import { interestingAddress, ownPage } from './addresses.ts'
import { COMPACT_DESTINATION, DESTINATIONS, LINK } from './code-writer.ts'
import type { ItemPlan } from './items.ts'

const bits32 = (pick: Pick): number => ((pick.below(0x1_0000) << 16) | pick.below(0x1_0000)) >>> 0

export const compute: ItemPlan = (code, { pick }) => {
  const row = pick.of(rows.compute)
  const { rs1, rs2, immediate } = decode(((bits32(pick) & ~row.mask) | row.match) >>> 0) ?? {}
  const bits = encode(row, { rd: pick.of(DESTINATIONS), rs1: rs1 ?? 0, rs2: rs2 ?? 0, immediate: immediate ?? 0 })
  code.word(bits ?? NOP)
}

export const compactCompute: ItemPlan = (code, { pick }) => {
  const rd = pick.of(DESTINATIONS)
  const rs2 = 1 + pick.below(31)
  const name = pick.of(['c.add', 'c.mv', 'c.li', 'c.sub', 'c.xor', 'c.and'] as const)
  if (name === 'c.li') code.op(name, { rd, immediate: 1 + pick.below(31) })
  else if (name === 'c.add' || name === 'c.mv') code.op(name, { rd, rs2 })
  else code.op(name, { rd: COMPACT_DESTINATION, rs2: 8 + (rs2 % 8) })
}

/** Only ever forward. */
export const branch: ItemPlan = (code, { pick, ahead }) => {
  const row = pick.of(rows.branch)
  const isCompact = row.format.length === 2
  const operands = isCompact ? { rs1: COMPACT_DESTINATION } : { rs1: pick.below(32), rs2: pick.below(32) }
  code.jump(row, operands, pick.of(ahead.slice(0, 4)))
}

/** To where something else is, or nothing. */
export const jump: ItemPlan = (code, { position, pick }) => {
  const target = interestingAddress(position, pick, 'fetch') & ~1n
  code.op('jalr', { rd: LINK, rs1: code.hold(target) })
}

const NOP = 0x13
const ONE = 0x0010_0e93 // addi x29, x0, 1
const RETURN = 0x0000_8067 // jalr x0, 0(x1)

/** Another instruction is stored where a nop waits that comes next. */
export const selfModify: ItemPlan = (code, { pick, name }) => {
  const [scratch] = DESTINATIONS
  const slot = `${name} slot`
  code.pair('addi', scratch, scratch, slot)
  code.op('sw', { rs1: scratch, rs2: code.hold(BigInt(ONE)) })
  if (!pick.once(2)) code.op('fence.i')
  if (code.length % 4 !== 0) code.op('c.nop')
  code.label(slot)
  code.op('addi')
}

/** A return is stored somewhere, and jumped to. */
export const storeAndExecute: ItemPlan = (code, { position, by, pick }) => {
  const own = (by === 'host' ? ownPage(pick) : DATA_VA) + BigInt(pick.below(256)) * 4n
  const isElsewhere = pick.once(by === 'host' ? 3 : 10)
  const target = code.hold(isElsewhere ? interestingAddress(position, pick, 'store') & ~3n : own)
  code.op('sw', { rs1: target, rs2: code.hold(BigInt(RETURN)) })
  if (!pick.once(2)) code.op('fence.i')
  code.op('jalr', { rd: LINK, rs1: target })
}

/** Illegal for good, of extensions that are not there, or reserved. */
const NO_INSTRUCTIONS = [
  ...[0xffff_ffff, 0xc000_1073, 0x0000_0057, 0x0000_000b],
  // hlv.d, hsv.d, hfence.vvma, hfence.gvma, sinval.vma, sfence.w.inval, dret, mnret
  ...[0x6c00_4073, 0x6e00_4073, 0x2200_0073, 0x6200_0073, 0x1600_0073, 0x1800_0073, 0x7b20_0073, 0x7020_0073],
]
/** Those with an address: fld, fsd, cbo.inval, cbo.zero, hlv.d, lr.w with a reserved rs2. */
const ADDRESSED = [0x0000_3007, 0x0000_3027, 0x0000_200f, 0x0040_200f, 0x6c00_4073, 0x1010_202f]

export const illegal: ItemPlan = (code, { position, pick }) => {
  const address = (): number => code.hold(interestingAddress(position, pick, 'store'))
  switch (pick.below(8)) {
    case 0:
      return code.word(pick.of(NO_INSTRUCTIONS))
    case 1:
      return code.half(pick.of([0, 0x8002, 0x2000, 0xa000, 0x6101 & ~0x1e, 0x9c41]))
    case 2:
      return code.word((pick.of(ADDRESSED) | (address() << 15)) >>> 0)
    case 3:
      return code.word(unknown(bits32(pick) | 3))
    default:
      return code.word(foreignEncoding(bits32(pick), bits32(pick), address()))
  }
}

/** The bits, unless they are an instruction. */
const unknown = (bits: number): number => (decode(bits >>> 0) === undefined ? bits >>> 0 : 0xffff_ffff)
