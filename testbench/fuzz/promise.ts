import type { Listener } from '../witness/events.ts'

/** A promise that did not hold. */
export interface Breach {
  readonly promise: string
  /** What happened, in one sentence without a full stop. */
  readonly sentence: string
  /** The same for breaches of one kind, whatever the addresses. */
  readonly sort: string
  /** Number of the record that broke it. */
  readonly order: bigint
}

/** What must hold whatever host, enclaves and hardware do. */
export interface Promised {
  readonly name: string
  /** In words. */
  readonly statement: string
  /** Judges one run: what it listens to, and where it tells of breaches. */
  judge(tell: (breach: Omit<Breach, 'promise'>) => void): Listener
}
