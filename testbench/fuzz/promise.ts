import type { Owner } from '../../monitor/spec/state.ts'
import type { Listener } from '../witness/events.ts'
import type { Sight } from './sight.ts'

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

/** Two runs that differ in nothing but what an enclave keeps to itself. */
export interface Pair {
  /** The enclave. */
  readonly eid: number
  /** What everyone else saw of each. */
  readonly one: Sight
  readonly other: Sight
  /** Memory of everyone else that differs at the end, in order; nothing where a run did not get there. */
  readonly memory: readonly { readonly pa: bigint; readonly size: bigint; readonly owner: Owner }[]
  /** What the other run broke by itself, where it ended with that. */
  readonly otherBreach: Breach | undefined
  /** Number of the last record of the first run. */
  readonly lastOrder: bigint
  /** Whether the core says when things happen. */
  readonly hasTiming: boolean
}

/** What must hold whatever host, enclaves and hardware do. */
export interface Promised {
  readonly name: string
  /** In words. */
  readonly statement: string
  /** Judges one run: what it listens to, and where it tells of breaches. */
  judge(tell: (breach: Omit<Breach, 'promise'>) => void): Listener
  /** Whether it can be judged only on a core that says when things happen. */
  readonly needsTiming?: true
  /** Judges two runs, where the promise is about that: then one run alone breaks nothing. */
  judgePair?(tell: (breach: Omit<Breach, 'promise'>) => void): (pair: Pair) => void
}
