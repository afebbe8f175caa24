/** What a witness sees of a run. */

import type { Input, Outcome } from '../../monitor/spec/outcome.ts'
import type { Domain } from '../../monitor/spec/rights.ts'
import type { Owner } from '../../monitor/spec/state.ts'
import type { Problem } from '../calls/compare.ts'
import type { Standing } from '../calls/driver.ts'
import type { Standpoint } from '../calls/follow.ts'
import type { PhysicalMemory } from '../calls/memory.ts'

/** A page touched by a domain that has no right to that by the specification. */
export interface Trespass {
  readonly kind: 'load' | 'store' | 'fetch' | 'walk'
  readonly domain: Domain
  readonly pa: bigint
  /** The page's owner; undefined where there is no memory. */
  readonly owner: Owner | undefined
  /** The instruction that did it: its number, and its address. */
  readonly order: bigint
  readonly pc: bigint
}

/** A domain's address space, changed by the domain itself and not by the monitor. */
export interface SpaceChange {
  readonly domain: Domain
  readonly satp: bigint
  readonly order: bigint
  readonly pc: bigint
}

/** From the trap into the monitor to the first instruction of whoever runs next. */
export interface Visit {
  /**
   * A call of Penglai's, the timer while an enclave ran, a fault of an enclave; or what leaves the specification's state as
   * it is: a call of the firmware's beside Penglai's, an instruction of the host that the monitor emulates, an interrupt.
   */
  readonly kind: 'call' | 'timer' | 'fault' | 'service'
  readonly domain: Domain
  /** Undefined for a service. */
  readonly input: Input | undefined
  readonly before: Standpoint
  /** As `before` where no way of the specification fits. */
  readonly after: Standpoint
  readonly outcome: Outcome | undefined
  /** What keeps the visit from being a way of the specification. */
  readonly problems: readonly Problem[]
  readonly standing: Standing
  /** Numbers of the trapping record, and of the monitor's last. */
  readonly order: bigint
  readonly lastOrder: bigint
  readonly memory: {
    readonly before: PhysicalMemory
    readonly after: PhysicalMemory
    readonly changed: readonly number[]
  }
}

/** The host goes on where an enclave ran, without a visit to the monitor between them. */
export interface Bypass {
  readonly eid: number
  readonly order: bigint
  readonly pc: bigint
}

/** An enclave still runs, long after the timer has interrupted it. */
export interface Overstay {
  readonly eid: number
  readonly order: bigint
  readonly pc: bigint
}

/** An instruction that memory held before the last `fence.i`, and no longer. */
export interface OldInstruction {
  readonly domain: Domain
  readonly pa: bigint
  readonly order: bigint
  readonly pc: bigint
}

/** Is told of what a witness sees, as soon as it is seen. */
export interface Listener {
  trespassed?(trespass: Trespass): void
  changedSpace?(change: SpaceChange): void
  bypassed?(bypass: Bypass): void
  overstayed?(overstay: Overstay): void
  executedOld?(old: OldInstruction): void
  visited?(visit: Visit): void
  /** A trap of a domain, to the monitor or to its own handler. */
  trapped?(domain: Domain, cause: number, isInterrupt: boolean): void
  /** A walk that read so many page-table entries; `isFault` where the instruction trapped. */
  walked?(domain: Domain, reads: number, isFault: boolean): void
}
