// Plain constants, for the inner loop of the timing: compilers put them into the code.

/** A record in words of 32 bits: `recordLayout`, and the flags that the timing looks at. */
export const WORDS = 20
export const PC = 0
export const INSTRUCTION = 2
export const FLAGS = 3
export const RS1 = 4
export const RS2 = 6
export const VA = 10
export const PA = 12
export const CYCLE = 18
export const SOURCE = 16

/** Stages from decode to write-back. */
export const TO_WRITEBACK = 3

/** Words of the pipeline's state. What retires in cycle 0 is issued in cycle `-BASE`: 64 bits. */
export const BASE_LOW = 0
export const BASE_HIGH = 1
/** Last issue. */
export const ISSUED = 2
/** Records read, modulo 2^31. */
export const SEQUENCE = 3
/** Index in the ring of the next record for which fetch, and an access, had to walk; -1 for none. */
export const FETCH_WALK = 4
export const DATA_WALK = 5
/** What the generated loop has counted: cycles that decode waited for fetch; loads, stores, branches; cycles that it waited for
 * operands, and for the iterative unit. */
export const FETCH_STALLS = 6
export const LOADS = 7
export const STORES = 8
export const BRANCHES = 9
export const HAZARD_STALLS = 10
export const MULDIV_STALLS = 11
export const STATE_WORDS = 12

export const TRAP = 4
export const INTERRUPT = 8
export const SIZE_SHIFT = 6
/** Packets that wait between fetch and decode. */
export const QUEUE = 5
/** From the cycle in which a packet leaves the full queue to the arrival of the one that gets its place. */
export const TO_REPLACE = 3
/** From the cycle in which an address is chosen to its packet's arrival. */
export const TO_ARRIVAL = 2
