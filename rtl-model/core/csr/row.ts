import type { CsrWrite, Privilege } from '../retirement.ts'
import { type CsrName, csrAddress } from './addresses.ts'

/** One CSR: everything that a CSR instruction can see of it. */
export interface CsrRow {
  /** Address: bits 9:8 are the least privilege, bits 11:10 equal to 3 mean read-only (2.1). */
  readonly csr: number
  readonly name: string
  /** Which values it can hold, and what becomes of others, in one line. */
  readonly warl: string
  /** What the CSR reads as, 64 bits. */
  read(): bigint
  /** What csrrs and csrrc combine with their operand, where that is not what they read. */
  readForModify?(): bigint
  /** Stores what the CSR can hold of `value`. The writes that the commit log shows, in order of address. */
  write(value: bigint): CsrWrite[]
  /** Whether an access is allowed where the address alone would allow it. */
  accessible?(privilege: Privilege): boolean
}

/** A CSR with a name of its own, whose write stores by `store` and logs what is read back. */
export function row(name: CsrName, warl: string, read: () => bigint, store: (value: bigint) => void): CsrRow {
  const csr = csrAddress[name]
  return {
    csr,
    name,
    warl,
    read,
    write(value) {
      store(value)
      return [{ csr, value: this.read() }]
    },
  }
}

/** A CSR that always reads `value`; a write, where the address allows one, is ignored and not logged. */
export function constant(csr: number, name: string, value: bigint): CsrRow {
  return { csr, name, warl: `always 0x${value.toString(16)}`, read: () => value, write: () => [] }
}
