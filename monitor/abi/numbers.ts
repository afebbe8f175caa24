/** The numbers of the Penglai-TVM ABI, under the names that its C header gives them. */

/** SBI extension of calls from the host (in a7), and what enclaves put into a6. */
export const extension = { SBI_EXT_PENGLAI_HOST: 0x100100n, SBI_EXT_PENGLAI_ENCLAVE: 0x100101n } as const

/**
 * What calls answer. A busy server answers with the negated `ESERVERBUSY`, and a host call that does not exist with
 * SBI's error for that: both have the number of `ENCLAVE_NO_MEM`.
 */
export const error = {
  ENCLAVE_SUCCESS: 0n,
  ENCLAVE_ERROR: -1n,
  ENCLAVE_NO_MEM: -2n,
  ENCLAVE_ATTESTATION: -3n,
} as const

export const ESERVERBUSY = 2n
export const SBI_ENOTSUPP = -2n

/** Why an enclave gave the hart back to the host (in a1). */
export const exitReason = {
  ENCLAVE_SUCCESS: 0n,
  ENCLAVE_TIMER_IRQ: 1n,
  ENCLAVE_OCALL: 2n,
  ENCLAVE_YIELD: 3n,
} as const

/** The second argument of a resume. */
export const resumeReason = { RESUME_FROM_TIMER_IRQ: 0n, RESUME_FROM_STOP: 1n, RESUME_FROM_OCALL: 2n } as const

export const enclaveState = {
  DESTROYED: -1,
  INVALID: 0,
  FRESH: 1,
  RUNNABLE: 2,
  RUNNING: 3,
  STOPPED: 4,
  ATTESTING: 5,
  OCALLING: 6,
} as const
export type EnclaveState = keyof typeof enclaveState

export const enclaveType = { NORMAL_ENCLAVE: 0, SERVER_ENCLAVE: 1, SHADOW_ENCLAVE: 2 } as const

/** Operations of the call that writes host page tables. */
export const setPte = {
  SET_PTE_ONE: 1n,
  PTE_MEMSET: 2n,
  PTE_MEMCPY: 3n,
  SET_PTE_BATCH_ZERO: 4n,
  SET_PTE_BATCH_SET: 5n,
} as const

/** What an enclave asks of the host. */
export const ocall = {
  OCALL_MMAP: 1n,
  OCALL_UNMAP: 2n,
  OCALL_SYS_WRITE: 3n,
  OCALL_SBRK: 4n,
  OCALL_READ_SECT: 5n,
  OCALL_WRITE_SECT: 6n,
  OCALL_RETURN_RELAY_PAGE: 7n,
  /** Answered by the monitor; never reaches the host. */
  OCALL_GETRANDOM: 8n,
  OCALL_SHM_GET: 9n,
  OCALL_SHM_DETACH: 10n,
  OCALL_SHM_DESTROY: 11n,
  /** Only as a reason: the monitor wants memory for what it keeps of shared memory. */
  OCALL_SHM_EXTEND_MEMORY: 12n,
} as const

export const keyType = { ENCLAVE_KEY: 0n, STORAGE_KEY: 1n, ATTEST_KEY: 2n } as const

/** Where an enclave finds what, as virtual addresses. */
export const layout = {
  ENCLAVE_DEFAULT_TEXT_BASE: 0x1000n,
  /** The heap grows up from here. */
  ENCLAVE_DEFAULT_HEAP_BASE: 0x10_0000_0000n,
  /** Mapped areas lie below. */
  ENCLAVE_DEFAULT_MMAP_BASE: 0x30_0000_0000n,
  /** The stack ends here, and relay pages begin. */
  ENCLAVE_DEFAULT_STACK_BASE: 0x38_0000_0000n,
  ENCLAVE_DEFAULT_MM_ARG_BASE: 0x38_0000_0000n,
  /** Memory shared with the host. */
  ENCLAVE_DEFAULT_SHM_BASE: 0x39_0000_0000n,
  /** Memory that enclaves share lies below. */
  ENCLAVE_DEFAULT_SEC_SHM_BASE: 0x40_0000_0000n,
  /** A page of the host's kernel. */
  ENCLAVE_DEFAULT_KBUFFER: 0xffff_ffe0_0000_0000n,
} as const

/** Bytes of the stack that a fork gets. */
export const ENCLAVE_DEFAULT_STACK_SIZE = 0x1_0000n
export const ENCLAVE_DEFAULT_KBUFFER_SIZE = 0x1000n
/** Bytes of a name; a shorter one ends with a zero. */
export const NAME_LEN = 16
/** Relay regions that one enclave may hold. */
export const RELAY_PAGE_NUM = 10
/** Results from 0 to this are handed to the host in a1, with 0 in a0. */
export const SBI_LEGAL_MAX = 100n
export const PAGE_SIZE = 4096n
/** First byte of the firmware's region, and its bytes. */
export const SM_BASE = 0x8000_0000n
export const SM_SIZE = 0x20_0000n
