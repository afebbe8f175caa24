import type { Decoded } from '../isa/decode.ts'
import type { CsrWrite, MemoryAccess, Privilege, Retirement, WalkAccess } from './retirement.ts'
import type { Region, RegionAllocator } from './state.ts'

/** Byte offsets in a record of the ring, which the generated engine writes as well. */
export const recordLayout = {
  pc: 0,
  instruction: 8,
  flags: 12,
  rs1Value: 16,
  rs2Value: 24,
  /** The value for rd, also where rd is x0; of a trap, its cause. */
  result: 32,
  /** Of a trap, `tval`. */
  va: 40,
  pa: 48,
  stored: 56,
  /** A physical address in the instruction's cache line; 0 where nothing was fetched. */
  source: 64,
  /** `mcycle`. Where timing is modelled it comes later. */
  cycle: 72,
  bytes: 80,
} as const

/** The same in 32-bit words, for those who read the ring's `u32`; `words` is the length of a record. */
export const recordWords = {
  pc: recordLayout.pc / 4,
  instruction: recordLayout.instruction / 4,
  flags: recordLayout.flags / 4,
  result: recordLayout.result / 4,
  va: recordLayout.va / 4,
  pa: recordLayout.pa / 4,
  stored: recordLayout.stored / 4,
  source: recordLayout.source / 4,
  cycle: recordLayout.cycle / 4,
  words: recordLayout.bytes / 4,
} as const

/** Bits of a record's flags. The two lowest are the privilege mode. */
export const recordFlags = {
  trap: 1 << 2,
  interrupt: 1 << 3,
  load: 1 << 4,
  store: 1 << 5,
  /** Two bits: binary logarithm of the access size. */
  sizeShift: 6,
  /** There are CSR writes, which are kept beside the ring. */
  csr: 1 << 8,
  /** The bits were no instruction when it ran. */
  undecoded: 1 << 9,
  /** Five bits. */
  rdShift: 16,
} as const

const LINE_BYTES = 64n
/** No memory is there. */
const NOT_FETCHED = 0n

/** Records that the ring holds; when it is full, observers get it. */
export const RING_RECORDS = 1024

/** A page-table entry read for the record at `index`, as numbers. */
export interface WalkRead {
  index: number
  fetch: boolean
  /** Physical address, in bytes. */
  address: number
  /** Whether the entry points to a table. */
  pointer: boolean
}

interface Extras {
  csrWrites: CsrWrite[]
  walk: WalkAccess[]
  secondPa?: bigint
}

/** A stretch of consecutive records, as observers get them. Valid until the observer returns. */
export interface RetirementBatch {
  readonly length: number
  /** Number of the first record. */
  readonly firstOrder: bigint
  /** The record at `index`, as an object of its own. */
  at(index: number): Retirement
  /** The ring itself, for an observer that reads faster than objects are made: `recordWords` says where. */
  readonly region: Region
  isTrap(index: number): boolean
  /** Every page-table entry read, in order of the records. */
  readonly walks: readonly WalkRead[]
  /** CSR writes of the record, if any. */
  csrWrites(index: number): readonly CsrWrite[]
}

/** Is handed every record, in order. It cannot change the machine. */
export type Observer = (batch: RetirementBatch) => void

/**
 * Collects what instructions did in a ring of fixed-size records. Engines write the common fields; the units' slow paths
 * call the methods here for what they know. Nothing of this is state of the machine.
 */
export class Recorder implements RetirementBatch {
  readonly region: Region
  /** Index of the record being made. */
  index = 0
  readonly observers: Observer[] = []
  /** Every entry that walks have read, in order. */
  readonly walks: WalkRead[] = []
  firstOrder = 0n
  readonly #extras = new Map<number, Extras>()
  readonly #decode: (bits: number) => Decoded | undefined
  #nextPc = 0n

  /** @param decode finds the operands of an instruction that ran, whatever `misa` has on by the time it is asked */
  constructor(allocator: RegionAllocator, decode: (bits: number) => Decoded | undefined) {
    this.region = allocator.allocate(RING_RECORDS * recordLayout.bytes)
    this.#decode = decode
  }

  get length(): number {
    return this.index
  }

  /** Begins the next record: the fields that every record has. `flags` are 0 but for the privilege. */
  begin(pc: bigint, instruction: number, privilege: Privilege, cycle: bigint): void {
    const { u32, u64 } = this.region
    const at = (this.index * recordLayout.bytes) / 8
    u64[at] = pc
    u32[at * 2 + recordLayout.instruction / 4] = instruction
    u32[at * 2 + recordLayout.flags / 4] = privilege
    u64[at + recordLayout.source / 8] = NOT_FETCHED
    u64[at + recordLayout.cycle / 8] = cycle
  }

  /** Ends the record being made. */
  end(): void {
    this.index++
  }

  /** Hands what is there to the observers and starts anew; `nextPc` is where the hart stands now. */
  flush(nextPc: bigint): void {
    if (this.index === 0) return
    this.#nextPc = nextPc
    for (const observer of this.observers) observer(this)
    this.discard()
  }

  /** Forgets what is there. */
  discard(): void {
    this.firstOrder += BigInt(this.index)
    this.index = 0
    if (this.#extras.size > 0) this.#extras.clear()
    this.walks.length = 0
  }

  /** Position in `walks` of the first entry read for the record at `index` or a later one. */
  walkAt(index: number): number {
    let at = this.walks.length
    while (at > 0 && this.walks[at - 1].index >= index) at--
    return at
  }

  /** Index of the first record from `index` on for which fetch, or otherwise an access, has walked; -1 for none. */
  nextWalk(index: number, fetch: boolean): number {
    for (let at = this.walkAt(index); at < this.walks.length; at++) {
      if (this.walks[at].fetch === fetch) return this.walks[at].index
    }
    return -1
  }

  /** The instruction's bits and what its source registers hold. */
  fetched(instruction: number, rs1Value: bigint, rs2Value: bigint): void {
    this.region.u32[(this.index * recordLayout.bytes + recordLayout.instruction) / 4] = instruction
    this.#set('rs1Value', rs1Value)
    this.#set('rs2Value', rs2Value)
  }

  /** What `source` was told last of the record being made. */
  get sourceOfPresent(): bigint {
    return this.region.u64[(this.index * recordLayout.bytes + recordLayout.source) / 8]
  }

  result(rd: number, value: bigint): void {
    this.#flag(rd << recordFlags.rdShift)
    this.#set('result', value)
  }

  trap(cause: number, interrupt: boolean, tval: bigint): void {
    const { u32 } = this.region
    const at = (this.index * recordLayout.bytes + recordLayout.flags) / 4
    u32[at] = (u32[at] & 3) | recordFlags.trap | (interrupt ? recordFlags.interrupt : 0)
    this.#set('result', BigInt(cause))
    this.#set('va', tval)
  }

  /** The record's bits are no instruction, so that it has no operands; to be called after `trap`. */
  undecoded(): void {
    this.#flag(recordFlags.undecoded)
  }

  /** A data access; `secondPa` where it crosses a page. */
  access(kind: 'load' | 'store', va: bigint, pa: bigint, size: number, value: bigint, secondPa?: bigint): void {
    if (secondPa !== undefined) this.#extra().secondPa = secondPa
    this.#flag(recordFlags[kind] | ((31 - Math.clz32(size)) << recordFlags.sizeShift))
    this.#set('va', va)
    this.#set('pa', pa)
    this.#set(kind === 'store' ? 'stored' : 'result', value)
  }

  csr(writes: readonly CsrWrite[]): void {
    if (writes.length === 0) return
    this.#extra().csrWrites.push(...writes)
    this.#flag(recordFlags.csr)
  }

  walk(access: WalkAccess, fetch: boolean): void {
    this.#extra().walk.push(access)
    const pointer = (Number(access.pte & 0xfn) & 0xf) === 1
    this.walks.push({ index: this.index, fetch, address: Number(access.pa), pointer })
  }

  /** Where the instruction of the record being made was fetched from. */
  source(pa: bigint): void {
    this.#set('source', pa)
  }

  isTrap(index: number): boolean {
    return (this.region.u32[(index * recordLayout.bytes + recordLayout.flags) / 4] & recordFlags.trap) !== 0
  }

  csrWrites(index: number): readonly CsrWrite[] {
    return this.#extras.get(index)?.csrWrites ?? []
  }

  at(index: number): Retirement {
    const { u32, u64 } = this.region
    const word = (index * recordLayout.bytes) / 8
    const get = (field: Exclude<keyof typeof recordLayout, 'bytes'>): bigint => u64[word + recordLayout[field] / 8]
    const flags = u32[word * 2 + recordLayout.flags / 4]
    const isTrap = (flags & recordFlags.trap) !== 0
    const fetched = u32[word * 2 + recordLayout.instruction / 4]
    const instruction = (fetched & 3) === 3 ? fetched : fetched & 0xffff
    const decoded = (flags & recordFlags.undecoded) === 0 ? this.#decode(instruction) : undefined
    const registers = decoded?.row.format.assembly.includes('rs1-immediate') ? 0 : (decoded?.rs1 ?? 0)
    const rd = (flags >>> recordFlags.rdShift) & 31
    const extras = this.#extras.get(index)
    const source = get('source')
    return {
      order: this.firstOrder + BigInt(index),
      cycle: get('cycle'),
      pc: get('pc'),
      nextPc: index + 1 < this.index ? u64[word + recordLayout.bytes / 8] : this.#nextPc,
      ...(source !== NOT_FETCHED && { fetchPa: source - (source % LINE_BYTES) + (get('pc') % LINE_BYTES) }),
      instruction,
      privilege: (flags & 3) as Privilege,
      ...(isTrap && {
        trap: { interrupt: (flags & recordFlags.interrupt) !== 0, cause: Number(get('result')), tval: get('va') },
      }),
      rs1: registers,
      rs1Value: registers === 0 ? 0n : get('rs1Value'),
      rs2: decoded?.rs2 ?? 0,
      rs2Value: (decoded?.rs2 ?? 0) === 0 ? 0n : get('rs2Value'),
      rd: isTrap ? 0 : rd,
      rdValue: isTrap || rd === 0 ? 0n : get('result'),
      csrWrites: extras?.csrWrites ?? [],
      memory: isTrap ? [] : this.#accesses(flags, get, extras),
      walk: extras?.walk ?? [],
    }
  }

  #accesses(flags: number, get: (field: 'va' | 'pa' | 'result' | 'stored') => bigint, extras?: Extras): MemoryAccess[] {
    const size = 1 << ((flags >>> recordFlags.sizeShift) & 3)
    const secondPa = extras?.secondPa
    const place = { va: get('va'), pa: get('pa'), size, ...(secondPa !== undefined && { secondPa }) }
    const accesses: MemoryAccess[] = []
    if ((flags & recordFlags.load) !== 0) {
      accesses.push({ kind: 'load', ...place, value: BigInt.asUintN(size * 8, get('result')) })
    }
    if ((flags & recordFlags.store) !== 0) {
      accesses.push({ kind: 'store', ...place, value: BigInt.asUintN(size * 8, get('stored')) })
    }
    return accesses
  }

  #extra(): Extras {
    let extras = this.#extras.get(this.index)
    if (extras === undefined) {
      extras = { csrWrites: [], walk: [] }
      this.#extras.set(this.index, extras)
    }
    return extras
  }

  #flag(flag: number): void {
    this.region.u32[(this.index * recordLayout.bytes + recordLayout.flags) / 4] |= flag
  }

  #set(field: Exclude<keyof typeof recordLayout, 'bytes' | 'instruction' | 'flags'>, value: bigint): void {
    this.region.u64[(this.index * recordLayout.bytes + recordLayout[field]) / 8] = value
  }
}
