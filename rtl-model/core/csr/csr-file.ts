import type { CoreConfig } from '../config.ts'
import type { Hart } from '../hart.ts'
import type { CsrWrite, Privilege } from '../retirement.ts'
import type { RegionAllocator } from '../state.ts'
import { csrAddress } from './addresses.ts'
import { counterRows } from './counters.ts'
import { type CountedEvents, eventCounters } from './event-counters.ts'
import { interruptRows } from './interrupts.ts'
import { machineRows } from './machine.ts'
import { type PmpRegisters, pmpRows } from './pmp.ts'
import { CsrRegisters } from './registers.ts'
import type { CsrRow } from './row.ts'
import { supervisorRows } from './supervisor.ts'

/** What the CSR file needs of other units. */
export interface CsrUnits {
  pmp: PmpRegisters
  /** Value of `mtime`. */
  time(): bigint
  /** What the event counters can count; without it they read 0. */
  events?: CountedEvents
}

/** All CSRs of a core, as CSR instructions reach them, and as words and fields for other units. */
export class CsrFile extends CsrRegisters {
  /** By address. A row may be replaced by another with the same address. */
  readonly rows: Map<number, CsrRow>

  constructor(allocator: RegionAllocator, hart: Hart, config: CoreConfig, { pmp, time, events }: CsrUnits) {
    super(allocator, hart)
    const { rows: eventRows, counters } = eventCounters(this, allocator, events)
    const rows = [
      ...machineRows(this),
      ...interruptRows(this),
      ...supervisorRows(this, config),
      ...counterRows(this, time, counters),
      ...eventRows,
      ...pmpRows(this, pmp, config.pmpEntries),
    ]
    this.rows = new Map(rows.sort((a, b) => a.csr - b.csr).map((row) => [row.csr, row]))
  }

  /**
   * What a CSR instruction in `privilege` reads, 64 bits; undefined where the access is an illegal instruction
   * (privileged specification, 2.1 and the section of the CSR).
   */
  read(csr: number, privilege: Privilege): bigint | undefined {
    return this.#accessible(csr, privilege)?.read()
  }

  /**
   * Writes `value` (64 bits) as a CSR instruction in `privilege`. The writes that the commit log shows, with the values
   * read back, in order of address: none where the write is ignored, another CSR where this one is a view of it.
   * Undefined where the access is an illegal instruction.
   */
  write(csr: number, value: bigint, privilege: Privilege): CsrWrite[] | undefined {
    return isReadOnly(csr) ? undefined : this.#accessible(csr, privilege)?.write(value)
  }

  /**
   * What csrrs and csrrc combine with their operand before they write, while the destination register gets what `read`
   * gives. They differ for `mip` only (privileged specification, 3.1.9). The CSR must exist.
   */
  readForModify(csr: number): bigint {
    const row = this.rows.get(csr)!
    return row.readForModify ? row.readForModify() : row.read()
  }

  /** Name of a CSR in a log; undefined where there is none with that address. */
  name(csr: number): string | undefined {
    return csr === csrAddress.mvip ? 'mvip' : this.rows.get(csr)?.name
  }

  /** Every row, in order of address. */
  all(): CsrRow[] {
    return [...this.rows.values()]
  }

  #accessible(csr: number, privilege: Privilege): CsrRow | undefined {
    if (privilege < leastPrivilege(csr)) return undefined
    const row = this.rows.get(csr)
    return row?.accessible?.(privilege) === false ? undefined : row
  }
}

/** Least privilege that the address of a CSR asks for (privileged specification, 2.1). */
function leastPrivilege(csr: number): number {
  return (csr >> 8) & 3
}

/** Whether the address of a CSR makes it read-only (privileged specification, 2.1). */
function isReadOnly(csr: number): boolean {
  return csr >> 10 === 3
}

export function createCsrFile(allocator: RegionAllocator, hart: Hart, config: CoreConfig, units: CsrUnits): CsrFile {
  return new CsrFile(allocator, hart, config, units)
}
