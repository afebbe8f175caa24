import type { CoreConfig } from '../config.ts'
import { csrAddress } from './addresses.ts'
import { MSTATUS, SSTATUS_READABLE, SSTATUS_WRITABLE } from './mstatus.ts'
import type { CsrRegisters } from './registers.ts'
import { type CsrRow, row } from './row.ts'

const MODE_SHIFT = 60n
const BARE = 0n
const SV39 = 8n
const ASID_SHIFT = 44n
const PPN_MASK = (1n << 44n) - 1n

/** Supervisor-level CSRs that are about neither interrupts nor counters (privileged specification, 4.1). */
export function supervisorRows(registers: CsrRegisters, config: CoreConfig): CsrRow[] {
  return [
    sstatus(registers),
    row(
      'stvec',
      'bit 1 is 0, so MODE is direct or vectored',
      () => registers.get('stvec'),
      (value) => registers.set('stvec', value & ~2n),
    ),
    row(
      'senvcfg',
      'always 0: none of the extensions that it controls is there',
      () => 0n,
      () => {},
    ),
    row(
      'sscratch',
      'any value',
      () => registers.get('sscratch'),
      (value) => registers.set('sscratch', value),
    ),
    row(
      'sepc',
      'bit 0 is 0; bit 1 reads 0 while C is off',
      () => registers.epc('sepc'),
      (value) => registers.set('sepc', value & ~1n),
    ),
    row(
      'scause',
      'any value',
      () => registers.get('scause'),
      (value) => registers.set('scause', value),
    ),
    row(
      'stval',
      'any value',
      () => registers.get('stval'),
      (value) => registers.set('stval', value),
    ),
    satp(registers, config.asidBits),
  ]
}

function sstatus(registers: CsrRegisters): CsrRow {
  return {
    csr: csrAddress.sstatus,
    name: 'sstatus',
    warl: 'SIE SPIE SPP FS SUM MXR of mstatus are written; UXL and SD are shown; else 0',
    read: () => registers.mstatus & SSTATUS_READABLE,
    write(value) {
      registers.mstatus = (registers.mstatus & ~SSTATUS_WRITABLE) | (value & SSTATUS_WRITABLE)
      return [{ csr: csrAddress.mstatus, value: registers.mstatus }]
    },
  }
}

function satp(registers: CsrRegisters, asidBits: number): CsrRow {
  const asidMask = ((1n << BigInt(asidBits)) - 1n) << ASID_SHIFT
  return {
    ...row(
      'satp',
      `MODE 0 or 8, otherwise the write is ignored; ASID of ${asidBits} bits; PPN of 44 bits`,
      () => registers.satp,
      (value) => {
        const mode = value >> MODE_SHIFT
        if (mode === BARE || mode === SV39) registers.satp = (mode << MODE_SHIFT) | (value & (asidMask | PPN_MASK))
      },
    ),
    accessible: (privilege) => privilege === 3 || (registers.mstatus & MSTATUS.TVM) === 0n,
  }
}
