import { csrAddress } from './addresses.ts'
import { bits, exceptionCode } from './causes.ts'
import { type CsrRegisters, MISA_WRITABLE, misalignsNext } from './registers.ts'
import { type CsrRow, constant, row } from './row.ts'

/** Architecture number that Spike reports. */
const ARCHITECTURE = 5n

const NEVER_DELEGATED = bits(exceptionCode.instructionMisaligned, exceptionCode.machineCall)
const DELEGABLE = bits(...Object.values(exceptionCode)) & ~NEVER_DELEGATED

/** Machine-level CSRs that are about neither interrupts, counters nor PMP (privileged specification, 3.1). */
export function machineRows(registers: CsrRegisters): CsrRow[] {
  return [
    mstatus(registers),
    misa(registers),
    medeleg(registers),
    row(
      'mtvec',
      'bit 1 is 0, so MODE is direct or vectored',
      () => registers.get('mtvec'),
      (value) => registers.set('mtvec', value & ~2n),
    ),
    row(
      'menvcfg',
      'always 0: none of the extensions that it controls is there',
      () => 0n,
      () => {},
    ),
    row(
      'mscratch',
      'any value',
      () => registers.get('mscratch'),
      (value) => registers.set('mscratch', value),
    ),
    row(
      'mepc',
      'bit 0 is 0; bit 1 reads 0 while C is off',
      () => registers.epc('mepc'),
      (value) => registers.set('mepc', value & ~1n),
    ),
    row(
      'mcause',
      'any value',
      () => registers.get('mcause'),
      (value) => registers.set('mcause', value),
    ),
    row(
      'mtval',
      'any value',
      () => registers.get('mtval'),
      (value) => registers.set('mtval', value),
    ),
    constant(csrAddress.mvendorid, 'mvendorid', 0n),
    constant(csrAddress.marchid, 'marchid', ARCHITECTURE),
    constant(csrAddress.mimpid, 'mimpid', 0n),
    constant(csrAddress.mhartid, 'mhartid', 0n),
    constant(csrAddress.mconfigptr, 'mconfigptr', 0n),
  ]
}

function mstatus(registers: CsrRegisters): CsrRow {
  return row(
    'mstatus',
    'xIE xPIE SPP FS MPRV SUM MXR TVM TW TSR are written; MPP 2 becomes 0; UXL, SXL are 2; SD follows FS; else 0',
    () => registers.mstatus,
    (value) => {
      registers.mstatus = value
    },
  )
}

function misa(registers: CsrRegisters): CsrRow {
  return {
    csr: csrAddress.misa,
    name: 'misa',
    warl: 'MXL = 2, I S U stay on; M A C are written; ignored where clearing C would misalign the next instruction',
    read: () => registers.misa,
    write(value) {
      if (misalignsNext(registers, value)) return []
      registers.misa = (registers.misa & ~MISA_WRITABLE) | (value & MISA_WRITABLE)
      return [{ csr: csrAddress.misa, value: registers.misa }]
    },
  }
}

function medeleg(registers: CsrRegisters): CsrRow {
  return row(
    'medeleg',
    'the exceptions of this machine except calls from M; misaligned instructions only while C is off',
    () => registers.get('medeleg'),
    (value) => {
      const mask = registers.compressed ? DELEGABLE : DELEGABLE | bits(exceptionCode.instructionMisaligned)
      registers.set('medeleg', value & mask)
    },
  )
}
