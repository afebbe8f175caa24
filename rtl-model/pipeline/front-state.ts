import { TO_ARRIVAL } from './pipeline-state.ts'

// Words of the front end's state. Plain constants, for the inner loop of the timing.

/** Address of the last packet. */
export const PACKET_LOW = 0
export const PACKET_HIGH = 1
/** Arrival of the last packet at the decode stage, and earliest arrival of the next. */
export const ARRIVAL = 2
export const NEXT = 3
/** Number of the last packet, for the queue. */
export const NUMBER = 4
/** Line that it came from. */
export const LINE = 5
/** The refill under way or done last: its last cycle, and its line. */
export const FILL_END = 6
export const FILL_LINE = 7
/** 1 where the next packet is fetched because the pipeline asked for it. */
export const REDIRECTED = 8
/** What to add to a virtual line number for the physical one. */
export const LINE_OFFSET = 9
/** Packets after the present one that are fetched twice, because the pipeline was emptied behind it, and the cycle in which the
 * first of them came the first time. */
export const AGAIN = 10
export const AGAIN_AT = 11
/** 1 behind an sfence.vma. */
export const FENCED = 12
/**
 * 1 where the last instruction jumped: the next one comes in a packet of its own. `FROM_BUFFER` where it was the second of its
 * packet, which waits behind the queue when the first has gone.
 */
export const JUMPED = 13
export const FROM_BUFFER = 2
/** Number of the packet that was entered by its upper half, last. */
export const UPPER_NUMBER = 14
export const FRONT_WORDS = 15

/** A packet's address where there is none. */
export const NO_PACKET = 1

/** The pipeline asks for another address in cycle `now`; what was fetched is thrown away. */
export function redirect(s: Int32Array, now: number): void {
  s[NEXT] = now + TO_ARRIVAL
  s[REDIRECTED] = 1
  s[AGAIN] = 0
  s[FENCED] = 0
  s[PACKET_LOW] = NO_PACKET
}
