import { csrFamily } from './addresses.ts'
import type { CsrRegisters } from './registers.ts'
import type { CsrRow } from './row.ts'

/** The registers of the PMP unit, as the CSR file reaches them. */
export interface PmpRegisters {
  /** What pmpaddr`entry` reads as. */
  readAddress(entry: number): bigint
  /** Writes pmpaddr`entry`; false where a lock forbids it, so that nothing is logged. */
  writeAddress(entry: number, value: bigint): boolean
  /** What pmpcfg`register` (0, 2, 4, …: eight entries each) reads as. */
  readConfig(register: number): bigint
  /** Writes pmpcfg`register`, as far as locks allow; false where nothing is to be logged. */
  writeConfig(register: number, value: bigint): boolean
}

/** Entries that have an address (privileged specification, 3.7.1). */
const MOST_ENTRIES = 64
/** Entries to a pmpcfg register of RV64, which has an even number. */
const ENTRIES_PER_REGISTER = 8

/** PMP CSRs: inaccessible where there is no entry at all, otherwise 0 beyond the last (3.7.1). */
export function pmpRows(registers: CsrRegisters, pmp: PmpRegisters, entries: number): CsrRow[] {
  const accessible = () => entries > 0
  const rows: CsrRow[] = []
  for (let entry = 0; entry < MOST_ENTRIES; entry++)
    rows.push({ ...(entry < entries ? addressRow(registers, pmp, entry) : absentAddressRow(entry)), accessible })
  for (let entry = 0; entry < MOST_ENTRIES; entry += ENTRIES_PER_REGISTER) {
    const register = entry / 4
    rows.push({ ...(entry < entries ? configRow(registers, pmp, register) : absentConfigRow(register)), accessible })
  }
  return rows
}

function addressRow(registers: CsrRegisters, pmp: PmpRegisters, entry: number): CsrRow {
  const csr = csrFamily.pmpaddr0 + entry
  return {
    csr,
    name: `pmpaddr${entry}`,
    warl: 'bits 53:0, as granularity and locks of the PMP unit allow',
    read: () => pmp.readAddress(entry),
    write(value) {
      if (!pmp.writeAddress(entry, value)) return []
      registers.protectionChanged()
      return [{ csr, value: pmp.readAddress(entry) }]
    },
  }
}

function configRow(registers: CsrRegisters, pmp: PmpRegisters, register: number): CsrRow {
  const csr = csrFamily.pmpcfg0 + register
  return {
    csr,
    name: `pmpcfg${register}`,
    warl: 'eight entries, each as granularity and locks of the PMP unit allow',
    read: () => pmp.readConfig(register),
    write(value) {
      if (!pmp.writeConfig(register, value)) return []
      registers.protectionChanged()
      return [{ csr, value: pmp.readConfig(register) }]
    },
  }
}

/** An entry that is not there reads 0; its write is logged although nothing is stored. */
function absentAddressRow(entry: number): CsrRow {
  const csr = csrFamily.pmpaddr0 + entry
  return {
    csr,
    name: `pmpaddr${entry}`,
    warl: 'always 0',
    read: () => 0n,
    write: () => [{ csr, value: 0n }],
  }
}

function absentConfigRow(register: number): CsrRow {
  return {
    csr: csrFamily.pmpcfg0 + register,
    name: `pmpcfg${register}`,
    warl: 'always 0',
    read: () => 0n,
    write: () => [],
  }
}
