import type { Recorder } from '../core/recorder.ts'
import type { RegionAllocator } from '../core/state.ts'
import type { Decoded } from '../isa/decode.ts'
import type { createDataCache, DataCache } from '../memory/dcache.ts'
import { Refill } from '../memory/refill.ts'
import { counterIndex, counterNames } from './counters.ts'
import { FrontEnd } from './front-end.ts'
import { ARRIVAL, NEXT, NUMBER, REDIRECTED } from './front-state.ts'
import { MemoryStage } from './memory-stage.ts'
import { divideCycles, multiplyCycles } from './muldiv.ts'
import {
  BASE_HIGH,
  BASE_LOW,
  BRANCHES,
  DATA_WALK,
  FETCH_STALLS,
  FETCH_WALK,
  FLAGS,
  HAZARD_STALLS,
  INTERRUPT,
  ISSUED,
  LOADS,
  MULDIV_STALLS,
  PC,
  RS1,
  RS2,
  SEQUENCE,
  SOURCE,
  STATE_WORDS,
  STORES,
  TO_WRITEBACK,
  TRAP,
  WORDS,
} from './pipeline-state.ts'
import { type Advance, type LoopImports, loopModule } from './record-loop.ts'
import { Scoreboard } from './scoreboard.ts'
import { type PipelineView, type StageTimes, StageTrace } from './stages.ts'
import type { PipelineConfig } from './timing-config.ts'
import {
  FLUSH,
  HIGH,
  KIND_CSR,
  KIND_DIVIDE,
  KIND_FENCE,
  KIND_FENCE_I,
  KIND_JUMP_REGISTER,
  KIND_MULTIPLY,
  KIND_NONE,
  KIND_SFENCE,
  KIND_STORE,
  KIND_TRAP_RETURN,
  RD_SHIFT,
  RS1_SHIFT,
  RS2_SHIFT,
  SHORT,
  SIGNED,
  TimingDecoder,
  WORD,
} from './timing-decode.ts'

/** Times are kept as small integers: counted from `base`, which moves when they grow beyond this. */
const REBASE_AT = 1 << 29

/** What the generated loop counts, and where that belongs. */
const counted = [
  { word: FETCH_STALLS, counter: counterIndex.stallsFetch },
  { word: LOADS, counter: counterIndex.loads },
  { word: STORES, counter: counterIndex.stores },
  { word: BRANCHES, counter: counterIndex.branches },
  { word: HAZARD_STALLS, counter: counterIndex.stallsHazard },
  { word: MULDIV_STALLS, counter: counterIndex.stallsMulDiv },
]

export interface TimingParts {
  recorder: Recorder
  decode: (bits: number) => Decoded | undefined
  /** Hands out what is no state. */
  acceleration: RegionAllocator
  /** What both allocators divide. */
  memory: WebAssembly.Memory
  createDataCache: typeof createDataCache
  /** Whether generated code does what nothing holds up. Without, the units are asked, and say the same. */
  shortcuts: boolean
}

export const createTiming = (allocator: RegionAllocator, config: PipelineConfig, parts: TimingParts): Timing =>
  new Timing(allocator, config, parts)

/**
 * When things happen: reads the records of what the core did, in order, and says in which cycle each one leaves the
 * pipeline. It models the five-stage in-order pipeline of Rocket: instructions wait in the decode stage only, and one that
 * cannot be completed is fetched again.
 */
export class Timing {
  /** Counts, by `counterIndex`. */
  readonly counts: Float64Array
  /** Index of the first record of the ring that has not been read. */
  next = 0
  readonly #base: Float64Array
  readonly #s: Int32Array
  readonly #config: PipelineConfig
  readonly #recorder: Recorder
  readonly #records: Int32Array
  readonly #decoder: TimingDecoder
  readonly #front: FrontEnd
  readonly #scoreboard: Scoreboard
  readonly #memory: MemoryStage
  readonly #loop: Advance
  get dcache(): DataCache {
    return this.#memory.dcache
  }

  /** Index of the record that the front end fetches for. */
  #fetched = 0
  /** What to add to an index for the number of the record. */
  #toNumber = 0
  /** The end of the records to be read, and the address at which the core goes on behind them. */
  #end = 0
  #nextLow = 0
  #nextHigh = 0
  #stages: StageTrace | undefined

  constructor(allocator: RegionAllocator, config: PipelineConfig, parts: TimingParts) {
    const { recorder, decode, acceleration, memory, createDataCache, shortcuts } = parts
    this.#config = config
    this.#recorder = recorder
    const { u8: ring } = recorder.region
    this.#records = new Int32Array(ring.buffer, ring.byteOffset, ring.byteLength >> 2)
    this.#decoder = new TimingDecoder(acceleration, decode)
    const doubles = (count: number): Float64Array => {
      const { u8 } = allocator.allocate(count * 8)
      return new Float64Array(u8.buffer, u8.byteOffset, count)
    }
    this.counts = doubles(counterNames.length)
    this.#base = doubles(1)
    const { u8 } = allocator.allocate(STATE_WORDS * 4)
    this.#s = new Int32Array(u8.buffer, u8.byteOffset, STATE_WORDS)
    const refill = new Refill(allocator, config, this.counts)
    this.#scoreboard = new Scoreboard(allocator)
    this.#memory = new MemoryStage(allocator, config, {
      recorder,
      records: this.#records,
      scoreboard: this.#scoreboard,
      refill,
      counts: this.counts,
      createDataCache,
    })
    this.#front = new FrontEnd(allocator, config, refill, this.counts)
    this.#moveBase(0)
    const imports: LoopImports = {
      fill: (slot, key) => this.#decoder.fill(slot, key),
      fetch: (index, packed, issued) => this.#fetch(index, packed, issued),
      operands: (packed, earliest) => this.#operands(packed, earliest),
      execute: (index, packed, immediate, earliest) => this.#execute(index, packed, immediate, earliest),
      mispredicted: (...branch) => this.#front.controlFlow.branchMispredicted(...branch),
      writes: (cycle) => this.#scoreboard.writes(cycle),
    }
    const module = loopModule({
      ring: this.#records.byteOffset,
      slots: this.#decoder.slots.byteOffset,
      pipeline: this.#s.byteOffset,
      scoreboard: this.#scoreboard.state.byteOffset,
      front: this.#front.state.byteOffset,
      taken: this.#front.taken.byteOffset,
      icache: this.#front.layout,
      predictor: this.#front.predictor?.layout,
      memory: this.#memory.state.byteOffset,
      stores: this.#memory.dcache.stores.state.byteOffset,
      dcache: this.#memory.dcache.layout,
      multiplier: config,
      shortcuts,
    })
    const instance = new WebAssembly.Instance(module, { env: { memory, ...imports } })
    this.#loop = instance.exports.advance as Advance
    this.#front.walked = (asked) => this.#memory.walk(asked, this.#fetched, true)
  }

  /** The cycle in which the last instruction read left the pipeline. */
  get clock(): number {
    return this.#base[0] + this.#s[ISSUED] + TO_WRITEBACK
  }

  /** The clock has run on to `cycle` while the core waited. */
  waitUntil(cycle: number): void {
    if (cycle <= this.clock) return
    this.#rebase()
    // What is longer past than `REBASE_AT` is all the same.
    this.#moveBase(Math.max(0, cycle - this.clock - REBASE_AT))
    this.#s[ISSUED] += cycle - this.clock
    this.#front.redirect(this.#s[ISSUED])
  }

  /** To be called when the state has been replaced, and the ring is empty. */
  restored(): void {
    this.next = 0
    this.#front.restored()
  }

  /**
   * Reads the records up to (not including) `end`, after which the core goes on at the address given in halves, and puts the
   * cycle of each into it.
   */
  advance(end: number, nextLow: number, nextHigh: number): void {
    if (this.#stages !== undefined) this.#advanceTraced(this.#stages, end, nextLow, nextHigh)
    else this.#advance(end, nextLow, nextHigh)
  }

  /** From now on, keeps when each record was in which stage, by its place in the ring. */
  traceStages(): readonly StageTimes[] {
    if (this.#stages === undefined) {
      const stages = new StageTrace(this.counts)
      this.#memory.walkRead = (cycle) => stages.walkRead(this.#base[0] + cycle)
      this.#stages = stages
    }
    return this.#stages.times
  }

  /** Record by record, so that what changed belongs to one. */
  #advanceTraced(stages: StageTrace, end: number, nextLow: number, nextHigh: number): void {
    const records = this.#records
    while (this.next < end) {
      const index = this.next
      const follows = (index + 1) * WORDS + PC
      const isLast = index + 1 === end
      this.#memory.refused = -1
      stages.begin(this.#view())
      this.#advance(index + 1, isLast ? nextLow : records[follows], isLast ? nextHigh : records[follows + 1])
      const isTrap = (records[index * WORDS + FLAGS] & (TRAP | INTERRUPT)) !== 0
      stages.end(index, this.#view(), isTrap || this.#front.state[REDIRECTED] !== 0, isTrap)
    }
  }

  #view(): PipelineView {
    const [base] = this.#base
    const f = this.#front.state
    const { refused } = this.#memory
    return {
      issued: base + this.#s[ISSUED],
      arrival: base + f[ARRIVAL],
      next: base + f[NEXT],
      packets: f[NUMBER],
      refused: refused < 0 ? -1 : base + refused,
    }
  }

  #advance(end: number, nextLow: number, nextHigh: number): void {
    const s = this.#s
    if (s[ISSUED] > REBASE_AT) this.#rebase()
    const first = this.next
    this.#end = end
    this.#nextLow = nextLow
    this.#nextHigh = nextHigh
    this.#toNumber = s[SEQUENCE] - first
    s[FETCH_WALK] = this.#recorder.nextWalk(first, true)
    s[DATA_WALK] = this.#recorder.nextWalk(first, false)
    for (const { word } of counted) s[word] = 0
    this.#loop(first, end)
    for (const { word, counter } of counted) this.counts[counter] += s[word]
    s[SEQUENCE] = (s[SEQUENCE] + end - first) & 0x7fff_ffff
    this.next = end
  }

  /** Fetches for a record: the cycles that it waits in decode although all of it has come. */
  #fetch(index: number, packed: number, issued: number): number {
    const records = this.#records
    const at = index * WORDS
    const walks = index === this.#s[FETCH_WALK]
    this.#fetched = index
    const line = (records[at + SOURCE] >>> 6) | (records[at + SOURCE + 1] << 26)
    const length = (packed & SHORT) !== 0 ? 2 : 4
    const ready = this.#front.fetch(records[at + PC], records[at + PC + 1], length, line, issued, walks)
    if (walks) this.#s[FETCH_WALK] = this.#recorder.nextWalk(index + 1, true)
    return ready - Math.max(this.#front.state[ARRIVAL], issued + 1) > 0 ? 1 : 0
  }

  #operands(packed: number, earliest: number): number {
    const issue = this.#scoreboard.operands(
      earliest,
      (packed >>> RS1_SHIFT) & 31,
      (packed >>> RS2_SHIFT) & 31,
      (packed >>> RD_SHIFT) & 31,
    )
    this.counts[counterIndex.stallsHazard] += issue - earliest
    return issue
  }

  #execute(index: number, packed: number, immediate: number, earliest: number): number {
    const kind = packed & 31
    const rd = (packed >>> RD_SHIFT) & 31
    const at = index * WORDS
    if (kind <= KIND_STORE) return this.#access(index, kind, packed, earliest)
    if (kind <= KIND_JUMP_REGISTER) {
      const records = this.#records
      const isLast = index + 1 === this.#end
      const followLow = isLast ? this.#nextLow : records[at + WORDS + PC]
      const followHigh = isLast ? this.#nextHigh : records[at + WORDS + PC + 1]
      const pcLow = records[at + PC]
      const pcHigh = records[at + PC + 1]
      this.#front.controlFlow.resolve(kind, packed, pcLow, pcHigh, immediate, followLow, followHigh, earliest)
      if (kind === KIND_JUMP_REGISTER) this.#scoreboard.result(rd, earliest + 2)
      return earliest
    }
    if (kind <= KIND_DIVIDE) return this.#muldiv(at, kind, packed, earliest, rd)
    return this.#system(kind, packed, earliest, index, rd)
  }

  #access(index: number, kind: number, packed: number, earliest: number): number {
    const memory = this.#memory
    const at = index * WORDS
    let start = memory.earliest(packed, earliest)
    if (this.#walksForData(index)) start = memory.walk(start + TO_WRITEBACK, index, false) + 1
    const issue = memory.access(at, this.#toNumber + index, kind, packed, this.#records[at + FLAGS], start)
    const { refused } = memory
    if (refused >= 0) this.#front.refetched(refused + TO_WRITEBACK, Math.min(issue, refused + 5))
    return issue
  }

  #walksForData(index: number): boolean {
    if (index !== this.#s[DATA_WALK]) return false
    this.#s[DATA_WALK] = this.#recorder.nextWalk(index + 1, false)
    return true
  }

  /** Instructions that empty the pipeline, and traps. */
  #system(kind: number, packed: number, earliest: number, index: number, rd: number): number {
    const front = this.#front
    let issue = earliest
    switch (kind) {
      case KIND_FENCE:
        this.#memory.fence()
        break
      case KIND_CSR:
        this.#scoreboard.result(rd, issue + 3)
        if ((packed & FLUSH) === 0) break
        front.restart(issue + TO_WRITEBACK, false)
        this.counts[counterIndex.flushes]++
        break
      case KIND_FENCE_I:
        issue = Math.max(issue, this.#memory.idle)
        front.flushCache()
        front.redirect(issue + TO_WRITEBACK)
        this.counts[counterIndex.flushes]++
        break
      case KIND_SFENCE:
        if (((packed >>> RS1_SHIFT) & 31) === 0) this.#memory.forgetPointers()
        front.restart(issue + TO_WRITEBACK, true)
        this.counts[counterIndex.flushes]++
        break
      case KIND_TRAP_RETURN:
        front.leave(issue + TO_WRITEBACK)
        break
      case KIND_NONE:
        if (this.#walksForData(index)) issue = this.#memory.walk(issue + TO_WRITEBACK, index, false) + 1
        front.leave(issue + TO_WRITEBACK)
        this.counts[counterIndex.traps]++
        break
    }
    return issue
  }

  /** Multiplication and division keep the iterative unit; the result comes when it is done. */
  #muldiv(at: number, kind: number, packed: number, earliest: number, rd: number): number {
    const records = this.#records
    let issue = earliest
    const free = this.#scoreboard.unitFree
    if (free > issue) {
      this.counts[counterIndex.stallsMulDiv] += free - issue
      issue = free
    }
    const operation = {
      word: (packed & WORD) !== 0,
      high: (packed & HIGH) !== 0,
      signed: (packed & SIGNED) !== 0,
    }
    const low = records[at + RS1]
    const upper = records[at + RS1 + 1]
    const cycles =
      kind === KIND_MULTIPLY
        ? multiplyCycles(this.#config, operation, low, upper)
        : divideCycles(this.#config, operation, low, upper, records[at + RS2], records[at + RS2 + 1])
    this.#scoreboard.unitResult(rd, issue + 2 + cycles)
    return issue
  }

  #rebase(): void {
    const s = this.#s
    const cycles = s[ISSUED]
    this.#moveBase(cycles)
    s[ISSUED] = 0
    this.#scoreboard.rebase(cycles)
    this.#memory.rebase(cycles)
    this.#front.rebase(cycles)
  }

  #moveBase(cycles: number): void {
    this.#base[0] += cycles
    const retirement = this.#base[0] + TO_WRITEBACK
    this.#s[BASE_LOW] = retirement | 0
    this.#s[BASE_HIGH] = Math.floor(retirement / 0x1_0000_0000) | 0
  }
}
