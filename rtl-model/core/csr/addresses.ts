/** CSR addresses by name (privileged specification, 2.2). The names are those of the commit log of Spike. */
export const csrAddress = {
  sstatus: 0x100,
  sie: 0x104,
  stvec: 0x105,
  scounteren: 0x106,
  senvcfg: 0x10a,
  sscratch: 0x140,
  sepc: 0x141,
  scause: 0x142,
  stval: 0x143,
  sip: 0x144,
  satp: 0x180,
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  /** Of Smaia, which this machine lacks; it occurs only in what a write to `mip` or `sip` logs. */
  mvip: 0x309,
  menvcfg: 0x30a,
  mcountinhibit: 0x320,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  mcycle: 0xb00,
  minstret: 0xb02,
  cycle: 0xc00,
  time: 0xc01,
  instret: 0xc02,
  mvendorid: 0xf11,
  marchid: 0xf12,
  mimpid: 0xf13,
  mhartid: 0xf14,
  mconfigptr: 0xf15,
} as const

export type CsrName = keyof typeof csrAddress

/** First address of each numbered family, whose members follow each other. */
export const csrFamily = {
  /** mhpmevent3 to mhpmevent31 */
  mhpmevent3: 0x323,
  /** pmpcfg0 to pmpcfg14, even numbers only on RV64 */
  pmpcfg0: 0x3a0,
  /** pmpaddr0 to pmpaddr63 */
  pmpaddr0: 0x3b0,
  /** mhpmcounter3 to mhpmcounter31 */
  mhpmcounter3: 0xb03,
  /** hpmcounter3 to hpmcounter31 */
  hpmcounter3: 0xc03,
} as const
