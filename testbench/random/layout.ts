/** Where the parts of random programs lie in memory. Addresses are physical, sizes in bytes. */

export const RAM_BASE = 0x8000_0000n
export const PAGE = 4096n

/** Start of the ELF: what begins the first program, and the machine-mode trap handler. */
export const HANDLER = RAM_BASE
/** Data of the trap handler, and the words by which a program ends. */
export const CONTROL = RAM_BASE + 0x1000n
export const TOHOST = RAM_BASE + 0x2000n
export const FROMHOST = TOHOST + 64n
/** Memory that belongs to no program; locked PMP entries lie here. */
export const COMMON = RAM_BASE + 0x8000n
export const COMMON_BYTES = 0x8000n

/** Programs of a batch follow each other. */
export const FIRST_PROGRAM = RAM_BASE + 0x2_0000n
export const PROGRAM_BYTES = 0x2_0000n

/** Of a program, from its start: each a naturally aligned power of two, so that one PMP entry covers it. */
export const area = {
  code: { offset: 0n, size: 0x8000n },
  setup: { offset: 0x8000n, size: 0x8000n },
  tables: { offset: 0x1_0000n, size: 0x8000n },
  /** With a page before it, and pages after it, that nothing else uses. */
  data: { offset: 0x1_a000n, size: 0x4000n },
} as const

/** Page tables of a program, in order. */
export const table = { rootA: 0, rootB: 1, codeL1: 2, codeL0: 3, userL1: 4, userL0: 5, dataL1: 6, dataL0: 7 } as const

/** What is added to a physical address for the virtual one at which U-mode sees it; S-mode sees it unchanged. */
export const USER_ALIAS = 0x8000_0000n

/** Byte offsets in `CONTROL`. */
export const control = {
  /** Traps that the present segment may still take. */
  budget: 0,
  /** Address of the code that sets up what follows the present segment. */
  next: 8,
  /** Address of what the next environment call does. */
  service: 16,
  /** Number of the present program. */
  program: 24,
} as const

/** What x30 holds where an environment call means the end of a segment. */
export const END_OF_SEGMENT = 0x5e9

/** Memory that `count` programs need: a power of two. */
export function ramBytesFor(count: number): number {
  const bytes = Number(FIRST_PROGRAM - RAM_BASE + PROGRAM_BYTES * BigInt(count))
  return 2 ** Math.ceil(Math.log2(Math.max(bytes, 1 << 20)))
}

export function programBase(index: number): bigint {
  return FIRST_PROGRAM + PROGRAM_BYTES * BigInt(index)
}
