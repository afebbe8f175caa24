import type { CsrWrite } from '../retirement.ts'
import { csrAddress } from './addresses.ts'
import { bits, interruptNumber } from './causes.ts'
import type { CsrRegisters } from './registers.ts'
import { type CsrRow, row } from './row.ts'

const SSIP = bits(interruptNumber.supervisorSoftware)
const STIP = bits(interruptNumber.supervisorTimer)
const SEIP = bits(interruptNumber.supervisorExternal)
const SUPERVISOR = SSIP | STIP | SEIP
const ALL = bits(...Object.values(interruptNumber))

/** `mip`, `mie`, what of them S-mode sees, and `mideleg` (privileged specification, 3.1.8, 3.1.9, 4.1.3). */
export function interruptRows(registers: CsrRegisters): CsrRow[] {
  return [mip(registers), mie(registers), mideleg(registers), sip(registers), sie(registers)]
}

function mip(registers: CsrRegisters): CsrRow {
  return {
    csr: csrAddress.mip,
    name: 'mip',
    warl: 'SSIP, STIP, SEIP are written; SEIP reads as the written bit or the line; MSIP, MTIP, MEIP are lines only',
    read: () => registers.mip,
    // The line of SEIP must not become a written bit when csrrs or csrrc touch another one (3.1.9).
    readForModify: () => registers.get('mip') | (BigInt(registers.hart.interruptLines) & ~SEIP),
    write: (value) => writePending(registers, SUPERVISOR, value),
  }
}

function sip(registers: CsrRegisters): CsrRow {
  return {
    csr: csrAddress.sip,
    name: 'sip',
    warl: 'the delegated bits of mip; SSIP alone is written, and only where delegated',
    read: () => registers.mip & registers.get('mideleg'),
    write: (value) => writePending(registers, SSIP & registers.get('mideleg'), value),
  }
}

/** Writes the bits of `mask`. Spike logs `mvip` as well, whose SSIP and STIP it reads before the write. */
function writePending(registers: CsrRegisters, mask: bigint, value: bigint): CsrWrite[] {
  const before = registers.get('mip')
  const after = (before & ~mask) | (value & mask)
  registers.set('mip', after)
  return [
    { csr: csrAddress.mvip, value: (after & SEIP) | (before & (SSIP | STIP)) },
    { csr: csrAddress.mip, value: registers.mip },
  ]
}

function mie(registers: CsrRegisters): CsrRow {
  return row(
    'mie',
    'the bits of the six standard interrupts',
    () => registers.mie,
    (value) => registers.set('mie', value & ALL),
  )
}

function sie(registers: CsrRegisters): CsrRow {
  const read = () => registers.mie & registers.get('mideleg')
  return {
    csr: csrAddress.sie,
    name: 'sie',
    warl: 'the delegated bits of mie; others read 0 and are not written',
    read,
    write(value) {
      const delegated = registers.get('mideleg')
      registers.set('mie', (registers.mie & ~delegated) | (value & delegated))
      return [
        { csr: csrAddress.sie, value: read() },
        { csr: csrAddress.mie, value: registers.mie },
      ]
    },
  }
}

function mideleg(registers: CsrRegisters): CsrRow {
  return row(
    'mideleg',
    'the bits of the three supervisor interrupts; machine interrupts cannot be delegated',
    () => registers.get('mideleg'),
    (value) => registers.set('mideleg', value & SUPERVISOR),
  )
}
