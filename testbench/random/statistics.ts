import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { exceptionCode } from '../../rtl-model/core/csr/causes.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import type { Fault } from '../../rtl-model/memory/access.ts'
import { type Mmu, type MmuParts, MmuUnit } from '../../rtl-model/memory/mmu.ts'
import { exceptionName } from '../../traces/spike/trap-names.ts'
import { area, FIRST_PROGRAM, PROGRAM_BYTES } from './layout.ts'
import { decode } from './rows.ts'

/** Causes of the instructions that always trap. */
const calls: number[] = [
  exceptionCode.breakpoint,
  exceptionCode.userCall,
  exceptionCode.supervisorCall,
  exceptionCode.machineCall,
]

/** Whether the code there is not random: the trap handler's, or that of a setup area. */
function isScaffold(pc: bigint): boolean {
  if (pc < FIRST_PROGRAM) return true
  const offset = (pc - FIRST_PROGRAM) % PROGRAM_BYTES
  return offset >= area.setup.offset && offset < area.setup.offset + area.setup.size
}

/** What random programs did, counted over retirements. */
export class Statistics {
  /** Instructions retired in U, S and M (index 3). */
  readonly retired = [0, 0, 0, 0]
  /** Of those in M, the trap handler's and what sets programs and segments up. */
  scaffold = 0
  /** Traps by name, from each mode. */
  readonly traps = new Map<string, number[]>()
  /** Instructions retired, and environment calls and breakpoints, by the name of their row. */
  readonly byRow = new Map<string, number>()
  /** Instructions fetched, and data accessed, through translation. */
  translatedFetches = 0
  translatedAccesses = 0
  walks = 0
  pageTableReads = 0
  memoryAccesses = 0
  /** Accesses that PMP refused, those of the page-table walker included. */
  pmpDenials = 0
  #satp = 0n
  readonly #names = new Map<number, string>()

  add(retirement: Retirement): void {
    const { privilege, trap, memory, walk, csrWrites } = retirement
    if (trap !== undefined) {
      const name = exceptionName(trap.cause, trap.interrupt)
      const from = this.traps.get(name) ?? [0, 0, 0, 0]
      from[privilege]++
      this.traps.set(name, from)
      if (!trap.interrupt && calls.includes(trap.cause)) this.#countRow(retirement)
    } else {
      this.retired[privilege]++
      if (privilege === 3 && isScaffold(retirement.pc)) this.scaffold++
      this.#countRow(retirement)
    }
    const translates = privilege < 3 && this.#satp >> 60n === 8n
    if (translates && trap === undefined) this.translatedFetches++
    this.memoryAccesses += memory.length
    if (memory.length > 0 && (translates || memory[0].va !== memory[0].pa)) this.translatedAccesses += memory.length
    for (const { level } of walk) if (level === 2) this.walks++
    this.pageTableReads += walk.length
    for (const { csr, value } of csrWrites) if (csr === csrAddress.satp) this.#satp = value
  }

  /** An MMU that counts what PMP refuses. Apart from PMP, only an address that has more than 56 bits is refused so. */
  readonly createMmu = (parts: MmuParts): Mmu => {
    const counted = () => this.pmpDenials++
    return new (class extends MmuUnit {
      override translate(...access: Parameters<Mmu['translate']>): bigint | Fault {
        const pa = super.translate(...access)
        if (pa === 'access') counted()
        return pa
      }
    })(parts)
  }

  /** Rows of the table that no instruction came from. */
  get missingRows(): string[] {
    return instructions.map(({ name }) => name).filter((name) => !this.byRow.has(name))
  }

  #countRow({ instruction }: Retirement): void {
    const name = this.#rowName(instruction)
    this.byRow.set(name, (this.byRow.get(name) ?? 0) + 1)
  }

  #rowName(bits: number): string {
    let name = this.#names.get(bits)
    if (name === undefined) {
      name = decode(bits)?.row.name ?? 'none'
      if (this.#names.size < 100_000) this.#names.set(bits, name)
    }
    return name
  }

  /** The figures as lines of text. */
  summary(): string[] {
    const total = this.retired[0] + this.retired[1] + this.retired[3]
    const share = (count: number) =>
      `${count.toLocaleString('en').padStart(12)}  ${((100 * count) / total).toFixed(1)} %`
    const line = (name: string, ...counts: number[]) =>
      `  ${name.padEnd(36)}${counts.map((count) => count.toLocaleString('en').padStart(12)).join('')}`
    const traps = [...this.traps].sort(([a], [b]) => a.localeCompare(b))
    return [
      `instructions retired                  ${total.toLocaleString('en').padStart(12)}`,
      ...[3, 1, 0].map((mode) => `  in ${'US?M'[mode]}                                ${share(this.retired[mode])}`),
      `  of those in M, handler and setup    ${share(this.scaffold)}`,
      `traps${'from M'.padStart(45)}${'from S'.padStart(12)}${'from U'.padStart(12)}`,
      ...traps.map(([name, from]) => line(name, from[3], from[1], from[0])),
      line('all', ...[3, 1, 0].map((mode) => traps.reduce((sum, [, from]) => sum + from[mode], 0))),
      'memory',
      line('data accesses', this.memoryAccesses),
      line('of them translated', this.translatedAccesses),
      line('instructions fetched translated', this.translatedFetches),
      line('page-table walks', this.walks),
      line('page-table entries read', this.pageTableReads),
      line('accesses refused by PMP', this.pmpDenials),
      `rows of the instruction table hit: ${instructions.length - this.missingRows.length} of ${instructions.length}` +
        `${this.missingRows.length > 0 ? ` (not: ${this.missingRows.join(', ')})` : ''}`,
    ]
  }
}
