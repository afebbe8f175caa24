import type { MemoryAccess, Retirement } from '../../rtl-model/core/retirement.ts'
import { CsrFields } from './csr-fields.ts'

/**
 * Writes retirements as RVFI (riscv-formal, docs/rvfi.md), one JSON object a line: the names are those of the signals
 * without `rvfi_`, 64-bit values are strings in hex, `mem_addr` is the address of the first byte accessed.
 *
 * What RVFI lacks stands under names of its own: `cause` and `tval` of a trap, `cycle`, `walk`, and `mem_paddr`, which
 * RVFI proposes.
 *
 * An interrupt is no instruction, so RVFI shows only `intr` on the next one. Here it has a line of its own with `valid` 0,
 * which other readers skip, and `interrupt` 1. `order` counts instructions: such a line has the order of the next one.
 */
export class RvfiWriter {
  readonly #csrs: CsrFields
  #interrupts = 0n
  #afterTrap = false

  /** `csrName` gives a CSR's name by its number. */
  constructor(csrName: (csr: number) => string) {
    this.#csrs = new CsrFields(csrName)
  }

  /**
   * The line of the next retirement, with its line feed.
   * @throws RangeError for data accesses that RVFI cannot express: at most one load and one store, of the same bytes.
   */
  line(retirement: Retirement): string {
    const { trap } = retirement
    const isInterrupt = trap?.interrupt === true
    const fields: Record<string, unknown> = {
      valid: isInterrupt ? 0 : 1,
      order: hex(retirement.order - this.#interrupts),
      insn: hex(retirement.instruction),
      trap: trap !== undefined && !isInterrupt ? 1 : 0,
      halt: 0,
      intr: this.#afterTrap && !isInterrupt ? 1 : 0,
      mode: retirement.privilege,
      ixl: 2,
      rs1_addr: retirement.rs1,
      rs1_rdata: hex(retirement.rs1Value),
      rs2_addr: retirement.rs2,
      rs2_rdata: hex(retirement.rs2Value),
      rd_addr: retirement.rd,
      rd_wdata: hex(retirement.rdValue),
      pc_rdata: hex(retirement.pc),
      pc_wdata: hex(retirement.nextPc),
      ...memoryFields(retirement.memory),
    }
    for (const { csr, value } of retirement.csrWrites) {
      const name = `csr_${this.#csrs.name(csr)}`
      fields[`${name}_wmask`] = hex(0xffff_ffff_ffff_ffffn)
      fields[`${name}_wdata`] = hex(value)
    }
    if (trap !== undefined) {
      fields.cause = trap.cause
      fields.tval = hex(trap.tval)
      if (isInterrupt) fields.interrupt = 1
    }
    fields.walk = retirement.walk.map(({ pa, pte, level }) => ({ pa: hex(pa), pte: hex(pte), level }))
    fields.cycle = hex(retirement.cycle)

    if (isInterrupt) this.#interrupts++
    this.#afterTrap = trap !== undefined
    return `${JSON.stringify(fields)}\n`
  }
}

function memoryFields(memory: MemoryAccess[]): Record<string, unknown> {
  const load = memory.find(({ kind }) => kind === 'load')
  const store = memory.find(({ kind }) => kind === 'store')
  const first = load ?? store
  const isExpressible =
    memory.length === Number(load !== undefined) + Number(store !== undefined) &&
    memory.every(({ va, pa, size }) => va === first?.va && pa === first.pa && size === first.size) &&
    (load === undefined || store === undefined || memory[0] === load)
  if (!isExpressible) throw new RangeError('RVFI has one load and one store an instruction, of the same bytes')
  const mask = (access: MemoryAccess | undefined) => (access === undefined ? 0 : (1 << access.size) - 1)
  return {
    mem_addr: hex(first?.va ?? 0n),
    mem_rmask: mask(load),
    mem_wmask: mask(store),
    mem_rdata: hex(load?.value ?? 0n),
    mem_wdata: hex(store?.value ?? 0n),
    ...(first === undefined ? {} : { mem_paddr: hex(first.pa) }),
  }
}

function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`
}
