/** Fields of `mstatus` as masks (privileged specification, 3.1.6). */
export const MSTATUS = {
  SIE: 1n << 1n,
  MIE: 1n << 3n,
  SPIE: 1n << 5n,
  MPIE: 1n << 7n,
  SPP: 1n << 8n,
  MPP: 3n << 11n,
  FS: 3n << 13n,
  MPRV: 1n << 17n,
  SUM: 1n << 18n,
  MXR: 1n << 19n,
  TVM: 1n << 20n,
  TW: 1n << 21n,
  TSR: 1n << 22n,
  UXL: 3n << 32n,
  SXL: 3n << 34n,
  SD: 1n << 63n,
} as const

/** First bit of MPP. */
export const MPP_SHIFT = 11n

/** What `mstatus` holds after reset: UXL and SXL are 64 bits and stay so, all else is 0. */
export const MSTATUS_RESET = (2n << 32n) | (2n << 34n)

/** Fields that `sstatus` can write, and with UXL and SD those that it shows (privileged specification, 4.1.1). */
export const SSTATUS_WRITABLE = MSTATUS.SIE | MSTATUS.SPIE | MSTATUS.SPP | MSTATUS.FS | MSTATUS.SUM | MSTATUS.MXR
export const SSTATUS_READABLE = SSTATUS_WRITABLE | MSTATUS.UXL | MSTATUS.SD

const MACHINE_WRITABLE =
  MSTATUS.MIE | MSTATUS.MPIE | MSTATUS.MPP | MSTATUS.MPRV | MSTATUS.TVM | MSTATUS.TW | MSTATUS.TSR

/** Fields on which translation and protection of loads and stores depend. */
export const TRANSLATION_FIELDS = MSTATUS.MPRV | MSTATUS.MPP | MSTATUS.SUM | MSTATUS.MXR

const HYPERVISOR_MPP = 2n << MPP_SHIFT

/**
 * What `mstatus` holds after `value` is written over `before`. The reserved MPP of 2 becomes U. FS can be written
 * although there is no F, as the specification allows where there is S; SD says that FS is dirty.
 */
export function legalMstatus(before: bigint, value: bigint): bigint {
  const requested = (value & MSTATUS.MPP) === HYPERVISOR_MPP ? value & ~MSTATUS.MPP : value
  const mask = MACHINE_WRITABLE | SSTATUS_WRITABLE
  const fields = (before & ~(mask | MSTATUS.SD)) | (requested & mask)
  return (fields & MSTATUS.FS) === MSTATUS.FS ? fields | MSTATUS.SD : fields
}
