/** Times are cycles in 32 bits. What is this far back, or farther, matters to nothing any more. */
export const LONG_AGO = -0x4000_0000

/** A time as it is called when the count of cycles starts anew `cycles` later. */
export const rebased = (time: number, cycles: number): number => Math.max(LONG_AGO, time - cycles)
