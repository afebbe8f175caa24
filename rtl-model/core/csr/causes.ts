/** Exception codes (privileged specification, 3.1.15, table of `mcause`). */
export const exceptionCode = {
  instructionMisaligned: 0,
  instructionAccess: 1,
  illegalInstruction: 2,
  breakpoint: 3,
  loadMisaligned: 4,
  loadAccess: 5,
  storeMisaligned: 6,
  storeAccess: 7,
  userCall: 8,
  supervisorCall: 9,
  machineCall: 11,
  instructionPage: 12,
  loadPage: 13,
  storePage: 15,
  hardwareError: 19,
} as const

/** Interrupt numbers, which are also the bits of `mip` and `mie` (privileged specification, 3.1.9 and 3.1.15). */
export const interruptNumber = {
  supervisorSoftware: 1,
  machineSoftware: 3,
  supervisorTimer: 5,
  machineTimer: 7,
  supervisorExternal: 9,
  machineExternal: 11,
} as const

/** Which of several pending interrupts is taken, first to last (privileged specification, 3.1.9). */
export const interruptPriority = [
  interruptNumber.machineExternal,
  interruptNumber.machineSoftware,
  interruptNumber.machineTimer,
  interruptNumber.supervisorExternal,
  interruptNumber.supervisorSoftware,
  interruptNumber.supervisorTimer,
] as const

/** A mask with the given bits set. */
export function bits(...numbers: number[]): bigint {
  return numbers.reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n)
}
