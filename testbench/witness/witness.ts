import { type Domain, right, rightsOf } from '../../monitor/spec/rights.ts'
import { ownerAt, type State } from '../../monitor/spec/state.ts'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { type RetirementBatch, recordFlags, recordWords as word } from '../../rtl-model/core/recorder.ts'
import { exceptionCode } from '../../rtl-model/core/trap.ts'
import type { Standing } from '../calls/driver.ts'
import type { Standpoint } from '../calls/follow.ts'
import type { PhysicalMemory } from '../calls/memory.ts'
import type { Listener, Trespass } from './events.ts'
import { type PageSource, WitnessedMemory } from './memory.ts'
import { type Entry, judgeVisit } from './visit.ts'

/** Where a hart stands, and what memory holds there. */
export interface Start {
  readonly standpoint: Standpoint
  readonly pages: PageSource
  readonly registers: readonly bigint[]
  readonly satp: bigint
  /** Whether the hart is at reset: what comes before the first instruction of the host is no visit to the monitor. */
  readonly isReset?: boolean
}

/** What of the hart is asked for between two runs. */
export interface Place {
  readonly privilege: number
  readonly pc: bigint
}

const MACHINE = 3

/**
 * Follows a hart by its retirements: whose instruction each is, what registers and memory hold, and what each visit to the
 * monitor comes to by the specification. It knows of memory only what it was told at the start and what was stored since.
 */
export class Witness {
  readonly #memory: WitnessedMemory
  readonly #base: number
  readonly #bytes: number
  readonly #listener: Listener
  readonly #registers = new BigUint64Array(32)
  readonly #halves = new Uint32Array(this.#registers.buffer)
  /** Where in the batch each register was written last, in words; -1 where it was not. */
  readonly #written = new Int32Array(32).fill(-1)
  #standpoint!: Standpoint
  #satp = 0n
  /** The rights of the domain that runs. */
  #rights!: Uint8Array
  #trap: Pick<Entry, 'interrupt' | 'cause' | 'pc' | 'instruction' | 'order'> | undefined
  #entry: Entry | undefined
  #lastOrder = 0n
  #isBooting = false

  /** @param ram below 4 GiB */
  constructor(ram: { readonly pa: bigint; readonly size: bigint }, listener: Listener) {
    this.#memory = new WitnessedMemory(Number(ram.size))
    this.#base = Number(ram.pa)
    this.#bytes = Number(ram.size)
    this.#listener = listener
  }

  get standpoint(): Standpoint {
    return this.#standpoint
  }

  get memory(): PhysicalMemory {
    return this.#memory.now
  }

  get satp(): bigint {
    return this.#satp
  }

  /** Who runs, while the monitor does not. */
  get domain(): Domain {
    return this.#standpoint.state.running ?? 'host'
  }

  /** Forgets what it saw. */
  restart({ standpoint, pages, registers, satp, isReset = false }: Start): void {
    this.#memory.restart(pages)
    this.placed(registers)
    this.#satp = satp
    this.#trap = undefined
    this.#entry = undefined
    this.#isBooting = isReset
    this.#enter(standpoint)
  }

  /** The hart stands still: a visit that is over ends here. */
  paused(place: Place): void {
    if (place.privilege !== MACHINE) this.settle(place)
  }

  /** Registers have been set from outside, x0 to x31. */
  placed(registers: readonly bigint[]): void {
    for (let number = 1; number < 32; number++) this.#registers[number] = registers[number]
  }

  /** Memory has been written from outside. */
  poked(pa: bigint, bytes: Uint8Array): void {
    this.#memory.write(Number(pa) - this.#base, bytes)
  }

  /** What observers of retirements do. */
  readonly observe = (batch: RetirementBatch): void => {
    const { u32 } = batch.region
    const { length, walks } = batch
    let walk = 0
    for (let index = 0, at = 0; index < length; index++, at += word.words) {
      const flags = u32[at + word.flags]
      if ((flags & 3) === MACHINE) {
        if (this.#entry === undefined && !this.#isBooting) this.#begin(u32)
        index = this.#inMonitor(batch, index)
        at = index * word.words
        continue
      }
      if (this.#isBooting) this.#booted()
      if (this.#entry !== undefined) {
        this.#lastOrder = batch.firstOrder + BigInt(index) - 1n
        this.#finish(flags & 3, pcAt(u32, at), u32)
      }
      if ((flags & 3) !== 0 && this.#standpoint.state.running !== undefined) this.#bypassed(batch, index)
      let reads = 0
      for (; walk < walks.length && walks[walk].index <= index; walk++) {
        if (walks[walk].index < index) continue
        this.#check('walk', walks[walk].address, batch, index)
        reads++
        if (walks[walk].pointer && walks[walk + 1]?.index === index && walks[walk + 1].fetch === walks[walk].fetch)
          continue
        this.#listener.walked?.(this.domain, Math.min(reads, 3), (flags & recordFlags.trap) !== 0)
        reads = 0
      }
      const source = addressAt(u32, at + word.source)
      if (source !== 0) {
        this.#check('fetch', source, batch, index)
        this.#checkFetched(source, batch, index)
      }
      if ((flags & recordFlags.trap) !== 0) this.#trapped(batch, index)
      else {
        if ((flags & recordFlags.load) !== 0) this.#check('load', addressAt(u32, at + word.pa), batch, index)
        if ((flags & recordFlags.store) !== 0) this.#check('store', addressAt(u32, at + word.pa), batch, index)
      }
      this.#effects(batch, index, flags)
    }
    this.#collect(u32)
    this.#lastOrder = batch.firstOrder + BigInt(length) - 1n
  }

  /** The hart stands still: ends the visit if it has left the monitor, or if it never will. */
  settle({ privilege, pc }: Place): void {
    if (this.#entry !== undefined) this.#finish(privilege, pc)
  }

  /** The timer has interrupted whoever runs, who stands at `pc` long afterwards; nothing where that is the host. */
  overstayed(pc: bigint): void {
    const { running } = this.#standpoint.state
    if (running !== undefined) this.#listener.overstayed?.({ eid: running, order: this.#lastOrder, pc })
  }

  /** Follows the monitor from `index` on; most retirements are its own. Returns the index of the last. */
  #inMonitor(batch: RetirementBatch, index: number): number {
    const { u32 } = batch.region
    const { length } = batch
    const written = this.#written
    let at = index * word.words
    for (; index < length; index++, at += word.words) {
      const flags = u32[at + word.flags]
      if ((flags & 3) !== MACHINE) break
      if ((flags & EFFECTS) !== 0 || isFence(u32[at + word.instruction])) this.#effects(batch, index, flags)
      else written[(flags >>> recordFlags.rdShift) & 31] = at
    }
    return index - 1
  }

  /** What a retirement leaves behind. */
  #effects(batch: RetirementBatch, index: number, flags: number): void {
    const at = index * word.words
    if ((flags & recordFlags.store) !== 0) this.#store(batch.region.u32, at, (flags >>> recordFlags.sizeShift) & 3)
    this.#written[(flags >>> recordFlags.rdShift) & 31] = at
    if ((flags & recordFlags.csr) !== 0) this.#csrWritten(batch, index)
    if (isFence(batch.region.u32[at + word.instruction]) && (flags & recordFlags.trap) === 0) this.#memory.fence()
  }

  #check(kind: Trespass['kind'], address: number, batch: RetirementBatch, index: number): void {
    const offset = address - this.#base
    const isMemory = offset >= 0 && offset < this.#bytes
    if (isMemory ? (this.#rights[offset >>> 12] & needed[kind]) !== 0 : this.domain === 'host') return
    const pa = BigInt(address)
    const { domain } = this
    const owner = ownerAt(this.#standpoint.state, pa)
    const order = batch.firstOrder + BigInt(index)
    this.#listener.trespassed?.({ kind, domain, pa, owner, order, pc: pcAt(batch.region.u32, index * word.words) })
  }

  /** `source`: somewhere in the instruction's cache line. */
  #checkFetched(source: number, batch: RetirementBatch, index: number): void {
    const { u32 } = batch.region
    const at = index * word.words
    const inLine = (u32[at + word.pc] & (LINE_BYTES - 1)) - (u32[at + word.source] & (LINE_BYTES - 1))
    const offset = source + inLine - this.#base
    if (offset < 0 || offset >= this.#bytes || this.#memory.mayBeFetched(offset, u32[at + word.instruction])) return
    const isFetchFault = (u32[at + word.flags] & recordFlags.trap) !== 0 && fetchFaults.has(u32[at + word.result])
    if (isFetchFault) return
    const { domain } = this
    const order = batch.firstOrder + BigInt(index)
    this.#listener.executedOld?.({ domain, pa: BigInt(offset + this.#base), order, pc: pcAt(u32, at) })
  }

  /** The host runs, and the monitor has not handed the hart to it. */
  #bypassed(batch: RetirementBatch, index: number): void {
    const { state } = this.#standpoint
    const order = batch.firstOrder + BigInt(index)
    this.#listener.bypassed?.({ eid: state.running!, order, pc: pcAt(batch.region.u32, index * word.words) })
    this.#enter({ ...this.#standpoint, state: { ...state, running: undefined } })
  }

  #trapped(batch: RetirementBatch, index: number): void {
    const { u32 } = batch.region
    const at = index * word.words
    const flags = u32[at + word.flags]
    const interrupt = (flags & recordFlags.interrupt) !== 0
    const cause = u32[at + word.result]
    const order = batch.firstOrder + BigInt(index)
    this.#trap = { interrupt, cause, pc: pcAt(u32, at), instruction: u32[at + word.instruction], order }
    this.#listener.trapped?.(this.domain, cause, interrupt)
  }

  #csrWritten(batch: RetirementBatch, index: number): void {
    for (const { csr, value } of batch.csrWrites(index)) {
      if (csr !== csrAddress.satp) continue
      this.#satp = value
      const { u32 } = batch.region
      if ((u32[index * word.words + word.flags] & 3) === MACHINE) continue
      const order = batch.firstOrder + BigInt(index)
      this.#listener.changedSpace?.({ domain: this.domain, satp: value, order, pc: pcAt(u32, index * word.words) })
      this.#standpoint = { ...this.#standpoint, satp: value }
    }
  }

  /** The monitor hands the hart to the host for the first time. */
  #booted(): void {
    this.#isBooting = false
    this.#standpoint = { ...this.#standpoint, satp: this.#satp }
  }

  #begin(u32: Uint32Array): void {
    this.#collect(u32)
    if (this.#trap === undefined) throw new Error('the monitor runs and nobody has trapped into it')
    this.#memory.mark()
    this.#entry = { ...this.#trap, domain: this.domain, registers: this.#values() }
  }

  #finish(privilege: number, pc: bigint, u32?: Uint32Array): void {
    if (u32) this.#collect(u32)
    const registers = this.#values()
    const isLost = privilege === MACHINE
    const standing: Standing = {
      privilege: isLost ? undefined : (privilege as 0 | 1),
      satp: this.#satp,
      pc,
      registers,
      steps: Number(this.#lastOrder - this.#entry!.order),
    }
    const memory = { before: this.#memory.before, after: this.#memory.now, changed: this.#memory.changed() }
    const visit = judgeVisit(this.#standpoint, this.#entry!, standing, memory, this.#lastOrder)
    this.#entry = undefined
    this.#enter(visit.after)
    this.#listener.visited?.(visit)
  }

  #enter(standpoint: Standpoint): void {
    const { state } = standpoint
    const isSame = this.#standpoint?.state === state
    this.#standpoint = standpoint
    if (!isSame) this.#rights = cachedRights(state)
  }

  /** Brings the registers up to date with the batch. */
  #collect(u32: Uint32Array): void {
    const written = this.#written
    for (let number = 1; number < 32; number++) {
      const at = written[number]
      if (at < 0) continue
      this.#halves[number * 2] = u32[at + word.result]
      this.#halves[number * 2 + 1] = u32[at + word.result + 1]
      written[number] = -1
    }
  }

  #store(u32: Uint32Array, at: number, log2: number): void {
    const offset = (u32[at + word.pa] - this.#base) >>> 0
    if (offset < this.#bytes && u32[at + word.pa + 1] === 0)
      this.#memory.store(offset, log2, u32[at + word.stored], u32[at + word.stored + 1])
  }

  #values(): bigint[] {
    return [...this.#registers]
  }
}

const LINE_BYTES = 64
/** Traps of an instruction of which not all has been fetched. */
const fetchFaults = new Set<number>([exceptionCode.instructionAccess, exceptionCode.instructionPage])

/** `fence.i`, whatever its unused fields hold. */
const isFence = (bits: number): boolean => (bits & 0x707f) === 0x100f

/** What makes a retirement more than its result. */
const EFFECTS = recordFlags.store | recordFlags.csr

const needed = { load: right.read, store: right.write, fetch: right.execute, walk: right.walk } as const

const pcAt = (u32: Uint32Array, at: number): bigint =>
  (BigInt(u32[at + word.pc + 1]) << 32n) | BigInt(u32[at + word.pc])

const addressAt = (u32: Uint32Array, at: number): number => u32[at + 1] * 2 ** 32 + u32[at]

/** States are met again and again, above all those that cases start from. */
const known = new WeakMap<State, Uint8Array>()

function cachedRights(state: State): Uint8Array {
  let rights = known.get(state)
  if (rights === undefined) {
    rights = rightsOf(state, state.running ?? 'host')
    known.set(state, rights)
  }
  return rights
}
