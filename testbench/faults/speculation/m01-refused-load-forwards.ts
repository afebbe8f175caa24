import { evaluator, type Operands } from '../../../rtl-model/engine/execute.ts'
import type { Decoded } from '../../../rtl-model/isa/decode.ts'
import type { Semantics } from '../../../rtl-model/isa/instruction.ts'
import type { Fault } from '../fault.ts'
import { TransientLoads, withTransientLoads } from './wrong-path.ts'

/** Instructions that run before the trap, the load among them. */
const WINDOW = 5
const OFFSET = 0xfffn

class ForwardingLoads extends TransientLoads {
  protected override goOn(refused: bigint): void {
    const { core } = this
    const registers = core.hart.x.slice()
    let { pc } = core.hart
    for (let count = 0; count < WINDOW; count++) {
      const decoded = this.decodedAt(pc)
      if (decoded === undefined) return
      const { row, rd, rs1, rs2, immediate } = decoded
      const next = BigInt.asUintN(64, pc + BigInt(row.format.length))
      const operands: Operands = {
        rs1: registers[rs1],
        rs2: registers[rs2],
        immediate: BigInt.asUintN(64, BigInt(immediate)),
        pc,
        next,
        memory: 0n,
      }
      const value = this.result(row.semantics, operands, count === 0 ? refused : undefined)
      if (value === undefined) return
      if (rd !== 0) registers[rd] = value
      pc = next
    }
  }

  /** The instruction at an address, if that may be fetched without a walk. */
  protected decodedAt(pc: bigint): Decoded | undefined {
    const { bus, mmu } = this.core
    const grant = mmu.pageGrant(pc, this.core.fetchContext())
    if (!grant?.fetch) return undefined
    const low = Number(bus.load(grant.page | (pc & OFFSET), 2) ?? 0n)
    const high = (low & 3) === 3 ? Number(bus.load((grant.page | (pc & OFFSET)) + 2n, 2) ?? 0n) : 0
    return this.core.decode(((high << 16) | low) >>> 0)
  }

  /** What an instruction computes or loads; undefined where the wrong path ends. */
  protected result(semantics: Semantics, operands: Operands, refused: bigint | undefined): bigint | undefined {
    if (semantics.kind === 'compute') return evaluator(semantics.value)(operands)
    if (semantics.kind !== 'load') return undefined
    const { bus, mmu } = this.core
    const va = evaluator(semantics.address)(operands)
    const grant = refused === undefined ? mmu.pageGrant(va, this.core.dataContext()) : undefined
    const pa = refused ?? (grant?.load ? grant.page | (va & OFFSET) : undefined)
    if (pa === undefined || bus.memoryOffset(pa, semantics.size) < bus.ramOffset) return undefined
    if (refused === undefined) this.touch(pa)
    const raw = bus.load(pa, semantics.size) ?? 0n
    return semantics.signed ? BigInt.asUintN(64, BigInt.asIntN(8 * semantics.size, raw)) : raw
  }
}

export const refusedLoadForwards: Fault = {
  kind: 'fault',
  id: 'M01',
  title:
    'The instructions behind a refused load get what it would have loaded, and the lines that they load from come into the data cache (Meltdown).',
  source: 'cva6 #3163, #3190, PR #3191',
  certainty: 'M',
  breaks: ['secrecy-timing'],
  core: 'rocket',
  units: () => withTransientLoads(ForwardingLoads),
}
