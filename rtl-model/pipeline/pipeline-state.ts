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

/** Words of the pipeline's state. */
export const ISSUED = 0
export const DIVIDER_FREE = 1
export const DIVIDER_RESULT = 2
export const DIVIDER_REGISTER = 3
export const FENCED = 4
export const MEMORY_IDLE = 5
export const DEVICE_FREE = 6
export const WALKER_FREE = 7
/** Records read, modulo 2^31. */
export const SEQUENCE = 8
/** A load that was refused because it overlapped a store: its number, first issue and register. */
export const REFUSED = 9
export const REFUSED_AT = 10
export const REFUSED_REGISTER = 11
/** Cycle in which that store goes into the array. */
export const REFUSED_DRAIN = 12
/** First issue, before it was thrown away, of the read that followed the refused one. */
export const REFUSED_NEXT = 13
export const FIRST_REGISTER = 14
export const STATE_WORDS = 46

export const TRAP = 4
export const INTERRUPT = 8
export const SIZE_SHIFT = 6
/** Packets that wait between fetch and decode. */
export const QUEUE = 5
/** From the cycle in which a packet leaves the full queue to the arrival of the one that gets its place. */
export const TO_REPLACE = 3
/** From the cycle in which an address is chosen to its packet's arrival. */
export const TO_ARRIVAL = 2
