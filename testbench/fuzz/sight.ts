import type { Domain } from '../../monitor/spec/rights.ts'
import type { State } from '../../monitor/spec/state.ts'
import type { Hart } from '../../rtl-model/core/hart.ts'
import { type RetirementBatch, recordFlags, recordWords as word } from '../../rtl-model/core/recorder.ts'
import type { Visit } from '../witness/events.ts'
import type { Spectator } from './player.ts'

/** A retirement as whoever ran it can tell. */
export interface Seen {
  readonly domain: Domain
  readonly order: bigint
  readonly pc: bigint
  readonly instruction: number
  readonly isTrap: boolean
  /** What the register gets; of a trap, its cause. 0 where there is neither. */
  readonly result: bigint
  /** Where the access was, in the domain's address space; of a trap, `tval`. */
  readonly va: bigint
  readonly stored: bigint
  readonly cycle: bigint
  /** Of an access. */
  readonly pa: bigint
}

/** How a step left the hart to a domain. */
export interface Rest {
  /** Retirements of the sight before it. */
  readonly at: number
  readonly domain: Domain
  readonly pc: bigint
  readonly privilege: number
  /** x0 to x31. */
  readonly registers: BigUint64Array
  /** Number of the last record, of anyone. */
  readonly order: bigint
}

/** Places in an entry of the sight, in words: what its domain sees comes first. */
const entry = { pc: 0, instruction: 2, flags: 3, result: 4, va: 6, stored: 8, cycle: 10, pa: 12, words: 14 } as const

/** `j .`, with which the agents wait: how often they do depends on nothing but the test. */
const isWait = (instruction: number): boolean => (instruction & 0xffff) === 0xa001 || instruction === 0x6f
const ACCESS = recordFlags.load | recordFlags.store
const MACHINE = 3

/** All that a run shows to anyone but one enclave: what the others ran, and what steps left them in registers. */
export class Sight implements Spectator {
  readonly rests: Rest[] = []
  readonly #serial: number
  readonly #hart: Hart
  readonly #words: number[] = []
  readonly #domains: Domain[] = []
  readonly #orders: bigint[] = []
  /** Whoever runs behind each visit that has ended, up to where the records are. */
  readonly #next: Turn[] = []
  #state: State
  #turn: Turn
  #isInMonitor = false
  #isWaiting = false
  #lastOrder = 0n

  /** @param serial of the enclave whose own view is left out */
  constructor(state: State, serial: number, hart: Hart) {
    this.#hart = hart
    this.#serial = serial
    this.#state = state
    this.#turn = this.#turnIn(state)
  }

  /** Where the specification stands. */
  get state(): State {
    return this.#state
  }

  /** Number of the last record, of anyone. */
  get lastOrder(): bigint {
    return this.#lastOrder
  }

  get length(): number {
    return this.#domains.length
  }

  at(index: number): Seen {
    const from = index * entry.words
    const wide = (at: number): bigint => (BigInt(this.#words[from + at + 1]) << 32n) | BigInt(this.#words[from + at])
    return {
      domain: this.#domains[index],
      order: this.#orders[index],
      pc: wide(entry.pc),
      instruction: this.#words[from + entry.instruction],
      isTrap: (this.#words[from + entry.flags] & recordFlags.trap) !== 0,
      result: wide(entry.result),
      va: wide(entry.va),
      stored: wide(entry.stored),
      cycle: wide(entry.cycle),
      pa: wide(entry.pa),
    }
  }

  /** Index of the first retirement that the others would know from that of another run; undefined where there is none. */
  firstOther(other: Sight): number | undefined {
    return this.#first(other, entry.pc, entry.cycle)
  }

  /** Likewise, of the first in another cycle. */
  firstOtherCycle(other: Sight): number | undefined {
    return this.#first(other, entry.cycle, entry.pa)
  }

  #first(other: Sight, from: number, to: number): number | undefined {
    const [ours, theirs] = [this.#words, other.#words]
    const length = Math.min(this.length, other.length)
    for (let index = 0; index < length; index++) {
      const start = index * entry.words
      for (let at = start + from; at < start + to; at++) if (ours[at] !== theirs[at]) return index
    }
    return this.length === other.length ? undefined : length
  }

  readonly listener = {
    visited: ({ after }: Visit): void => {
      this.#state = after.state
      this.#next.push(this.#turnIn(after.state))
    },
  }

  stepped(): void {
    const { domain, isSeen } = this.#turnIn(this.#state)
    const { pc, privilege, x } = this.#hart
    if (isSeen)
      this.rests.push({ at: this.length, domain, pc, privilege, registers: x.slice(), order: this.#lastOrder })
  }

  readonly observe = (batch: RetirementBatch): void => {
    const { u32 } = batch.region
    for (let index = 0, at = 0; index < batch.length; index++, at += word.words) {
      const privilege = u32[at + word.flags] & 3
      if (privilege === MACHINE) {
        this.#isInMonitor = true
        this.#isWaiting = false
        continue
      }
      if (this.#isInMonitor) this.#turn = this.#next.shift() ?? this.#turn
      this.#isInMonitor = false
      if (privilege !== 0) this.#turn = HOST
      const waits = isWait(u32[at + word.instruction])
      const isAgain = waits && this.#isWaiting
      this.#isWaiting = waits
      if (!this.#turn.isSeen || isAgain) continue
      this.#add(u32, at)
      this.#domains.push(this.#turn.domain)
      this.#orders.push(batch.firstOrder + BigInt(index))
    }
    this.#lastOrder = batch.firstOrder + BigInt(batch.length) - 1n
  }

  /** Fields that a record does not use hold what they held before. */
  #add(u32: Uint32Array, at: number): void {
    const flags = u32[at + word.flags]
    const isTrap = (flags & recordFlags.trap) !== 0
    const hasResult = isTrap || ((flags >>> recordFlags.rdShift) & 31) !== 0
    const hasAddress = isTrap || (flags & ACCESS) !== 0
    const hasStored = !isTrap && (flags & recordFlags.store) !== 0
    const push = (part: number, isThere: boolean): void => {
      this.#words.push(isThere ? u32[at + part] : 0, isThere ? u32[at + part + 1] : 0)
    }
    push(word.pc, true)
    this.#words.push(u32[at + word.instruction], flags)
    push(word.result, hasResult)
    push(word.va, hasAddress)
    push(word.stored, hasStored)
    push(word.cycle, true)
    push(word.pa, !isTrap && hasAddress)
  }

  #turnIn({ running, enclaves }: State): Turn {
    if (running === undefined) return HOST
    return { domain: running, isSeen: enclaves.get(running)?.serial !== this.#serial }
  }
}

/** Who runs, and whether the sight is theirs. */
interface Turn {
  readonly domain: Domain
  readonly isSeen: boolean
}

const HOST: Turn = { domain: 'host', isSeen: true }
