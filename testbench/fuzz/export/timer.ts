/** When the timer is to interrupt an enclave, on machines that are not equally fast. */

/** `mtime` counts 10,000,000 times a second of QEMU's, and once in 100 instructions of Spike's and the model's. */
const LEAST_TICKS = 20_000
/** QEMU makes at least so many instructions in a tick, Spike in any case more. */
const INSTRUCTIONS_A_TICK = 10
/** No machine goes round a loop of two instructions so often in a tick. */
const ROUNDS_A_TICK = 200

/** Ticks from when the host sets the timer until it is due: the enclave, which makes so many instructions, waits by then. */
export const ticksFor = (instructions: number): number => LEAST_TICKS + Math.ceil(instructions / INSTRUCTIONS_A_TICK)

/** Rounds of the loop in which it waits, which must not end before. */
export const roundsFor = (instructions: number): number => ticksFor(instructions) * ROUNDS_A_TICK

/** Ticks after which an enclave that waits for ever has shown nothing. */
export const PATIENCE = 2_000_000
