import { type Recorder, recordFlags } from '../core/recorder.ts'
import type { RegionAllocator } from '../core/state.ts'
import type { Decoded } from '../isa/decode.ts'
import { DataCache } from '../memory/dcache.ts'
import { PteCache } from '../memory/pte-cache.ts'
import { Refill } from '../memory/refill.ts'
import { counterIndex, counterNames } from './counters.ts'
import { FrontEnd } from './front-end.ts'
import { AGAIN, ARRIVAL, FILL_END, JUMPED, NEXT, NUMBER, PACKET_HIGH, PACKET_LOW, REDIRECTED } from './front-state.ts'
import { rebased } from './long-ago.ts'
import { divideCycles, multiplyCycles } from './muldiv.ts'
import {
  CYCLE,
  DEVICE_FREE,
  DIVIDER_FREE,
  DIVIDER_REGISTER,
  DIVIDER_RESULT,
  FENCED,
  FIRST_REGISTER,
  FLAGS,
  INSTRUCTION,
  INTERRUPT,
  ISSUED,
  MEMORY_IDLE,
  PA,
  PC,
  QUEUE,
  REFUSED,
  REFUSED_AT,
  REFUSED_DRAIN,
  REFUSED_NEXT,
  REFUSED_REGISTER,
  RS1,
  RS2,
  SEQUENCE,
  SIZE_SHIFT,
  SOURCE,
  STATE_WORDS,
  TO_ARRIVAL,
  TO_REPLACE,
  TO_WRITEBACK,
  TRAP,
  VA,
  WALKER_FREE,
  WORDS,
} from './pipeline-state.ts'
import { type PipelineView, type StageTimes, StageTrace } from './stages.ts'
import type { PipelineConfig } from './timing-config.ts'
import {
  ACQUIRE,
  DECODER_MASK,
  FLUSH,
  HIGH,
  KIND_ALU,
  KIND_CSR,
  KIND_DIVIDE,
  KIND_FENCE,
  KIND_FENCE_I,
  KIND_JUMP_REGISTER,
  KIND_LOAD,
  KIND_LOAD_RESERVED,
  KIND_MULTIPLY,
  KIND_NONE,
  KIND_SFENCE,
  KIND_STORE,
  KIND_TRAP_RETURN,
  RD_SHIFT,
  RELEASE,
  RS1_SHIFT,
  RS2_SHIFT,
  SHORT,
  SHORT_SHIFT,
  SIGNED,
  SLOW,
  TimingDecoder,
  WORD,
} from './timing-decode.ts'

/** Times are kept as small integers: counted from `base`, which moves when they grow beyond this. */
const REBASE_AT = 1 << 29

const STALLS_FETCH = counterIndex.stallsFetch
const STALLS_HAZARD = counterIndex.stallsHazard

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
  readonly #dcache: DataCache
  /** First issue of the last access, where the cache refused it; -1 otherwise. */
  #refused = -1
  /** Index of the record that the front end fetches for. */
  #fetched = 0
  readonly #pteCache: PteCache
  #stages: StageTrace | undefined

  constructor(
    allocator: RegionAllocator,
    config: PipelineConfig,
    recorder: Recorder,
    decode: (bits: number) => Decoded | undefined,
  ) {
    this.#config = config
    this.#recorder = recorder
    const { u8: ring } = recorder.region
    this.#records = new Int32Array(ring.buffer, ring.byteOffset, ring.byteLength >> 2)
    this.#decoder = new TimingDecoder(decode)
    const doubles = (count: number): Float64Array => {
      const { u8 } = allocator.allocate(count * 8)
      return new Float64Array(u8.buffer, u8.byteOffset, count)
    }
    this.counts = doubles(counterNames.length)
    this.#base = doubles(1)
    const { u8 } = allocator.allocate(STATE_WORDS * 4)
    this.#s = new Int32Array(u8.buffer, u8.byteOffset, STATE_WORDS)
    const refill = new Refill(allocator, config, this.counts)
    this.#dcache = new DataCache(allocator, config, refill, this.counts)
    this.#pteCache = new PteCache(allocator, config.pteCacheEntries)
    this.#front = new FrontEnd(allocator, config, refill, this.counts)
    this.#front.walked = (asked) => this.#walk(asked, this.#fetched, true)
  }

  /** The cycle in which the last instruction read left the pipeline. */
  get clock(): number {
    return this.#base[0] + this.#s[ISSUED] + TO_WRITEBACK
  }

  /** The clock has run on to `cycle` while the core waited. */
  waitUntil(cycle: number): void {
    const issued = cycle - this.#base[0] - TO_WRITEBACK
    if (issued > this.#s[ISSUED]) {
      this.#rebase(issued)
      this.#front.redirect(this.#s[ISSUED])
    }
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
    this.#stages ??= new StageTrace(this.counts)
    return this.#stages.times
  }

  /** Record by record, so that what changed belongs to one. */
  #advanceTraced(stages: StageTrace, end: number, nextLow: number, nextHigh: number): void {
    const records = this.#records
    while (this.next < end) {
      const index = this.next
      const follows = (index + 1) * WORDS + PC
      const isLast = index + 1 === end
      this.#refused = -1
      stages.begin(this.#view())
      this.#advance(index + 1, isLast ? nextLow : records[follows], isLast ? nextHigh : records[follows + 1])
      const isTrap = (records[index * WORDS + FLAGS] & (TRAP | INTERRUPT)) !== 0
      stages.end(index, this.#view(), isTrap || this.#front.state[REDIRECTED] !== 0, isTrap)
    }
  }

  #view(): PipelineView {
    const [base] = this.#base
    const f = this.#front.state
    return {
      issued: base + this.#s[ISSUED],
      arrival: base + f[ARRIVAL],
      next: base + f[NEXT],
      packets: f[NUMBER],
      refused: this.#refused < 0 ? -1 : base + this.#refused,
    }
  }

  #advance(end: number, nextLow: number, nextHigh: number): void {
    if (this.#s[ISSUED] > REBASE_AT) this.#rebase(this.#s[ISSUED])
    const records = this.#records
    const s = this.#s
    const front = this.#front
    const f = front.state
    const { taken } = front
    const decoder = this.#decoder
    const { counts } = this
    const { keys, packed: packedForms, immediate: immediates } = decoder
    const { walks } = this.#recorder
    const base = this.#base[0] + TO_WRITEBACK
    const baseLow = base | 0
    const baseHigh = Math.floor(base / 0x1_0000_0000) | 0
    let walk = this.#recorder.walkAt(this.next)
    let walkIndex = walk < walks.length ? walks[walk].index : -1
    let issued = s[ISSUED]
    let stalls = 0
    let dividerRegister = s[DIVIDER_REGISTER]
    // No register is waited for after this cycle.
    let latest = 0
    for (let register = 1; register < 32; register++) latest = Math.max(latest, s[FIRST_REGISTER + register]) | 0
    const trapped = TRAP | INTERRUPT
    // `| 0` says that times are small integers, which the host's compiler does not see where it enters the loop in its middle.
    // The front end's state while fetch goes on in one line; whatever else happens puts it back first.
    let packetLow = f[PACKET_LOW]
    let packetHigh = f[PACKET_HIGH]
    let arrival = f[ARRIVAL]
    let next = f[NEXT]
    let number = f[NUMBER]
    let fillEnd = f[FILL_END]
    let special = f[AGAIN] | f[REDIRECTED] | f[JUMPED]

    for (
      let index = this.next | 0, at = (index * WORDS) | 0;
      index < end;
      index = (index + 1) | 0, at = (at + WORDS) | 0
    ) {
      const flags = records[at + FLAGS]
      const pcLow = records[at + PC]
      const bits = records[at + INSTRUCTION]
      const key = (bits & 3) === 3 ? bits : bits & 0xffff
      const slot = (key ^ (key >>> 7) ^ (key >>> 19)) & DECODER_MASK
      if (keys[slot] !== key) decoder.fill(slot, key)
      let packed = packedForms[slot]
      if ((flags & trapped) !== 0) packed = (packed & SHORT) | KIND_NONE

      // Instruction fetch.
      let issue = (issued + 1) | 0
      let dataWalks = false
      let fetchWalks = false
      if (index === walkIndex) {
        for (; walk < walks.length && walks[walk].index === index; walk++) {
          if (walks[walk].fetch) fetchWalks = true
          else dataWalks = true
        }
        walkIndex = walk < walks.length ? walks[walk].index : -1
      }
      // Which packet the instruction ends in, counted in bytes from the last one: 0 and 4 are what goes on in a line.
      // Little here is decided by branches, because what is fetched is hard to predict for the host, too.
      const packet = (pcLow + ((packed >>> SHORT_SHIFT) & 1 ? 0 : 2)) & ~3
      const distance = (packet - packetLow) | 0
      let isNew = distance >>> 2
      let earliest = next
      // The queue can be full only where instructions wait.
      if (((issued - 1) | 0) > next) {
        const room = (taken[(number - (QUEUE - 1)) & 7] + TO_REPLACE) | 0
        if (room > earliest) earliest = room
      }
      if (
        ((distance & ~4) | special) === 0 &&
        (packet & 63) >= distance &&
        ((earliest - TO_ARRIVAL) | 0) > fillEnd &&
        !fetchWalks
      ) {
        number = (number + isNew) | 0
        packetLow = packet
        arrival = (arrival + ((earliest - arrival) & -isNew)) | 0
        next = (arrival + 1) | 0
      } else {
        isNew = 1
        const source = (records[at + SOURCE] >>> 6) | (records[at + SOURCE + 1] << 26)
        if (source === 0) {
          // Nothing came: an interrupt, or a fetch that was refused.
          if (next > issue && (flags & INTERRUPT) === 0) issue = next
          isNew = 0
        } else {
          const pcHigh = records[at + PC + 1]
          f[PACKET_LOW] = packetLow
          f[PACKET_HIGH] = packetHigh
          f[ARRIVAL] = arrival
          f[NEXT] = next
          f[NUMBER] = number
          this.#fetched = index
          front.fetch(pcLow, pcHigh, (packed & SHORT) !== 0 ? 2 : 4, source, issued, fetchWalks)
          packetLow = f[PACKET_LOW]
          packetHigh = f[PACKET_HIGH]
          arrival = f[ARRIVAL]
          next = f[NEXT]
          number = f[NUMBER]
          fillEnd = f[FILL_END]
          special = f[AGAIN] | f[REDIRECTED] | f[JUMPED]
        }
      }
      const late = (arrival - issue) | 0
      const stall = late & ~(late >> 31)
      stalls = (stalls + stall) | 0
      issue = (issue + stall) | 0

      // Operands.
      const rd = (packed >>> RD_SHIFT) & 31
      if (latest > issue) {
        let operands = s[FIRST_REGISTER + ((packed >>> RS1_SHIFT) & 31)]
        const second = s[FIRST_REGISTER + ((packed >>> RS2_SHIFT) & 31)]
        const old = s[FIRST_REGISTER + rd]
        if (second > operands) operands = second
        if (old > operands) operands = old
        if (operands > issue) {
          counts[STALLS_HAZARD] += operands - issue
          issue = operands
        }
      }

      const kind = packed & 31
      if (kind !== KIND_ALU) {
        let touched = true
        if (kind <= KIND_STORE) {
          const before = this.#earliestAccess(index, packed, issue, dataWalks) | 0
          issue = this.#access(at, index, kind, packed, flags, before, rd) | 0
          touched = issue !== before
          if (touched) {
            f[PACKET_LOW] = packetLow
            f[PACKET_HIGH] = packetHigh
            f[ARRIVAL] = arrival
            f[NEXT] = next
            f[NUMBER] = number
            if (this.#refused >= 0) front.refetched(this.#refused + TO_WRITEBACK, Math.min(issue, this.#refused + 5))
          }
        } else if (kind === KIND_MULTIPLY || kind === KIND_DIVIDE) {
          issue = this.#muldiv(at, kind, packed, issue, rd) | 0
          dividerRegister = rd
          touched = false
        } else if (kind === KIND_FENCE) {
          s[FENCED] = 1
          touched = false
        } else if (kind === KIND_CSR && (packed & FLUSH) === 0) {
          if (rd !== 0) s[FIRST_REGISTER + rd] = issue + 3
          touched = false
        } else {
          f[PACKET_LOW] = packetLow
          f[PACKET_HIGH] = packetHigh
          f[ARRIVAL] = arrival
          f[NEXT] = next
          f[NUMBER] = number
          if (kind <= KIND_JUMP_REGISTER) {
            const followLow = index + 1 < end ? records[at + WORDS + PC] : nextLow
            const followHigh = index + 1 < end ? records[at + WORDS + PC + 1] : nextHigh
            front.controlFlow(kind, packed, pcLow, records[at + PC + 1], immediates[slot], followLow, followHigh, issue)
            if (kind === KIND_JUMP_REGISTER && rd !== 0) s[FIRST_REGISTER + rd] = issue + 2
          } else {
            issue = this.#system(kind, packed, issue, index, rd, dataWalks) | 0
          }
        }
        if (touched) {
          packetLow = f[PACKET_LOW]
          packetHigh = f[PACKET_HIGH]
          arrival = f[ARRIVAL]
          next = f[NEXT]
          fillEnd = f[FILL_END]
          special = f[AGAIN] | f[REDIRECTED] | f[JUMPED]
        }
        const ready = s[FIRST_REGISTER + rd]
        if (ready > latest) latest = ready
      }
      // A packet leaves the queue with its first instruction; the place of the others is not looked at.
      taken[(number & 7) | ((1 - isNew) << 3)] = issue
      // The write port: a result of the divider waits for a cycle in which no instruction writes a register.
      if (dividerRegister !== 0 && rd !== 0 && kind !== KIND_MULTIPLY && kind !== KIND_DIVIDE) {
        const written = (issue + TO_WRITEBACK) | 0
        if (written === s[DIVIDER_RESULT]) {
          this.#delayDivider()
          if (s[DIVIDER_RESULT] > latest) latest = s[DIVIDER_RESULT]
        } else if (written > s[DIVIDER_RESULT]) {
          dividerRegister = 0
        }
      }
      issued = issue
      const cycle = (baseLow + issue) | 0
      records[at + CYCLE] = cycle
      records[at + CYCLE + 1] = cycle >>> 0 < baseLow >>> 0 ? (baseHigh + 1) | 0 : baseHigh
    }
    f[PACKET_LOW] = packetLow
    f[PACKET_HIGH] = packetHigh
    f[ARRIVAL] = arrival
    f[NEXT] = next
    f[NUMBER] = number
    counts[STALLS_FETCH] += stalls
    s[SEQUENCE] = (s[SEQUENCE] + end - this.next) & 0x7fff_ffff
    s[ISSUED] = issued
    this.next = end
  }

  /** Instructions that empty the pipeline, and traps. */
  #system(kind: number, packed: number, earliest: number, index: number, rd: number, walked: boolean): number {
    const s = this.#s
    const front = this.#front
    let issue = earliest
    switch (kind) {
      case KIND_CSR:
        if (rd !== 0) s[FIRST_REGISTER + rd] = issue + 3
        front.restart(issue + TO_WRITEBACK, false)
        this.counts[counterIndex.flushes]++
        break
      case KIND_FENCE_I:
        if (s[MEMORY_IDLE] > issue) issue = s[MEMORY_IDLE]
        front.flushCache()
        front.redirect(issue + TO_WRITEBACK)
        this.counts[counterIndex.flushes]++
        break
      case KIND_SFENCE:
        if (((packed >>> RS1_SHIFT) & 31) === 0) this.#pteCache.clear()
        front.restart(issue + TO_WRITEBACK, true)
        this.counts[counterIndex.flushes]++
        break
      case KIND_TRAP_RETURN:
        front.leave(issue + TO_WRITEBACK)
        break
      case KIND_NONE:
        if (walked) issue = this.#walk(issue + TO_WRITEBACK, index, false) + 1
        front.leave(issue + TO_WRITEBACK)
        this.counts[counterIndex.traps]++
        break
    }
    return issue
  }

  /**
   * Behind a refused load the next two instructions have been on their way. If both read the array, they kept the store
   * from it; it then goes in the very cycle in which the cache would have become free again, which costs one more.
   */
  #readsBehindRefused(number: number, issue: number, depends: boolean): number {
    const s = this.#s
    const behind = number - s[REFUSED]
    if (behind > 2 || behind < 1 || s[REFUSED_AT] < 0) return issue
    const at = s[REFUSED_AT]
    const first = Math.max(at + behind, depends ? at + 2 : 0, behind === 2 ? s[REFUSED_NEXT] + 1 : 0)
    if (behind === 1) s[REFUSED_NEXT] = first
    if (first > at + 2) return issue
    if (s[REFUSED_DRAIN] === first + 1) s[REFUSED_DRAIN]++
    if (s[REFUSED_DRAIN] !== at + 4) return issue
    s[REFUSED_AT] = -1
    return issue + 1
  }

  #delayDivider(): void {
    const s = this.#s
    s[DIVIDER_RESULT]++
    s[DIVIDER_FREE]++
    s[FIRST_REGISTER + s[DIVIDER_REGISTER]] = s[DIVIDER_RESULT]
  }

  /** When an access can be issued after fences, and with its translation: from then on it may be refused by the cache. */
  #earliestAccess(index: number, packed: number, earliest: number, walked: boolean): number {
    const s = this.#s
    let issue = earliest
    if ((s[FENCED] !== 0 || (packed & RELEASE) !== 0) && s[MEMORY_IDLE] > issue) issue = s[MEMORY_IDLE]
    s[FENCED] = (packed & ACQUIRE) !== 0 ? 1 : 0
    return walked ? this.#walk(issue + TO_WRITEBACK, index, false) + 1 : issue
  }

  #access(
    at: number,
    index: number,
    kind: number,
    packed: number,
    flags: number,
    earliest: number,
    rd: number,
  ): number {
    const s = this.#s
    const records = this.#records
    let issue = earliest
    this.#refused = -1
    const address = records[at + VA]
    const size = 1 << ((flags >>> SIZE_SHIFT) & 3)
    const low = records[at + PA]
    const high = records[at + PA + 1]
    const isMemory = high !== 0 || low < 0
    const touches = (flags & (recordFlags.load | recordFlags.store)) !== 0
    if (!isMemory && touches) {
      this.counts[counterIndex.deviceAccesses]++
      if (s[DEVICE_FREE] > issue) issue = s[DEVICE_FREE]
      const { device } = this.#config.bus
      s[DEVICE_FREE] = issue + (kind === KIND_STORE ? device - 2 : device)
      s[MEMORY_IDLE] = issue + device
      if (rd !== 0) s[FIRST_REGISTER + rd] = issue + device
      return issue
    }
    const line = (low >>> 6) | (high << 26)
    const number = s[SEQUENCE] + index - this.next
    const refused = s[REFUSED_REGISTER]
    if (kind !== KIND_STORE) {
      const depends =
        refused !== 0 &&
        (rd === refused || ((packed >>> RS1_SHIFT) & 31) === refused || ((packed >>> RS2_SHIFT) & 31) === refused)
      issue = this.#readsBehindRefused(number, issue, depends)
    }
    const before = issue
    switch (kind) {
      case KIND_LOAD:
      case KIND_LOAD_RESERVED:
        this.counts[counterIndex.loads]++
        issue = this.#dcache.load(issue, address, size, line)
        break
      case KIND_STORE:
        this.counts[counterIndex.stores]++
        issue = this.#dcache.store(issue, address, size, line)
        break
      default:
        // An SC that fails says nothing of where it would have stored.
        if (touches) {
          const writes = (flags & recordFlags.store) !== 0
          issue = this.#dcache.readWrite(issue, address, size, line, writes)
        }
    }
    if (kind !== KIND_STORE && this.#dcache.conflict >= 0) {
      s[REFUSED] = number
      s[REFUSED_AT] = before
      s[REFUSED_REGISTER] = rd
      s[REFUSED_DRAIN] = this.#dcache.conflict
      s[REFUSED_NEXT] = 0
    }
    if (issue !== before) {
      this.counts[counterIndex.stallsMemory] += issue - before
      this.#refused = before
    }
    s[MEMORY_IDLE] = issue + 4
    if (rd !== 0) s[FIRST_REGISTER + rd] = issue + ((packed & SLOW) !== 0 ? 3 : 2)
    return issue
  }

  /** Multiplication and division keep the iterative unit; the result comes when it is done. */
  #muldiv(at: number, kind: number, packed: number, earliest: number, rd: number): number {
    const s = this.#s
    const records = this.#records
    let issue = earliest
    if (s[DIVIDER_FREE] > issue) {
      this.counts[counterIndex.stallsMulDiv] += s[DIVIDER_FREE] - issue
      issue = s[DIVIDER_FREE]
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
        : divideCycles(
            this.#config,
            operation,
            { low, upper },
            { low: records[at + RS2], upper: records[at + RS2 + 1] },
          )
    s[DIVIDER_RESULT] = issue + 2 + cycles
    s[DIVIDER_FREE] = s[DIVIDER_RESULT]
    s[DIVIDER_REGISTER] = rd
    if (rd !== 0) s[FIRST_REGISTER + rd] = s[DIVIDER_RESULT]
    return issue
  }

  /** A walk that the TLB asks for in cycle `asked`: the cycle in which it has its answer. */
  #walk(asked: number, index: number, fetch: boolean): number {
    const s = this.#s
    const { walks } = this.#recorder
    this.counts[fetch ? counterIndex.itlbMisses : counterIndex.dtlbMisses]++
    let now = Math.max(asked, s[WALKER_FREE]) + 1
    for (let walk = this.#recorder.walkAt(index); walk < walks.length && walks[walk].index === index; walk++) {
      const { address, pointer } = walks[walk]
      if (walks[walk].fetch !== fetch) continue
      if (pointer && this.#pteCache.find(address)) {
        this.counts[counterIndex.pteCacheHits]++
        now += 1
        this.#stages?.walkRead(this.#base[0] + now)
        continue
      }
      // Answer in the cache's last stage, one cycle to take it, one to act on it.
      now = this.#dcache.walkerRead(now, Math.floor(address / 64) | 0) + 2
      this.#stages?.walkRead(this.#base[0] + now)
      if (pointer) this.#pteCache.put(address)
    }
    s[WALKER_FREE] = now
    return now
  }

  /** Counts from `cycles` later on; the last instruction was issued then, or before a wait until then. */
  #rebase(cycles: number): void {
    const s = this.#s
    this.#base[0] += cycles
    s[ISSUED] = 0
    for (const time of [DIVIDER_FREE, DIVIDER_RESULT, MEMORY_IDLE, DEVICE_FREE, WALKER_FREE])
      s[time] = rebased(s[time], cycles)
    s[REFUSED_AT] = -1
    for (let register = FIRST_REGISTER; register < FIRST_REGISTER + 32; register++)
      s[register] = rebased(s[register], cycles)
    this.#front.rebase(cycles)
    this.#dcache.rebase(cycles)
  }
}
