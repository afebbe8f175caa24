import { type Recorder, recordFlags, recordLayout } from '../core/recorder.ts'
import type { RegionAllocator } from '../core/state.ts'
import type { Decoded } from '../isa/decode.ts'
import { DataCache } from '../memory/dcache.ts'
import { PteCache } from '../memory/pte-cache.ts'
import { Refill } from '../memory/refill.ts'
import { counterIndex, counterNames } from './counters.ts'
import { FrontEnd, frontWord, QUEUE, TO_ARRIVAL, TO_REPLACE } from './front-end.ts'
import { divideCycles, multiplyCycles } from './muldiv.ts'
import type { PipelineConfig } from './timing-config.ts'
import { TimingDecoder, timingBits, timingKind } from './timing-decode.ts'

const WORDS = recordLayout.bytes / 4
const PC = recordLayout.pc / 4
const INSTRUCTION = recordLayout.instruction / 4
const FLAGS = recordLayout.flags / 4
const RS1 = recordLayout.rs1Value / 4
const RS2 = recordLayout.rs2Value / 4
const VA = recordLayout.va / 4
const PA = recordLayout.pa / 4
const CYCLE = recordLayout.cycle / 4
const SOURCE = recordLayout.cycle / 4

/** Stages from decode to write-back. */
const TO_WRITEBACK = 3

/** Words of the pipeline's state. */
const ISSUED = 0
const DIVIDER_FREE = 1
const DIVIDER_RESULT = 2
const DIVIDER_REGISTER = 3
const FENCED = 4
const MEMORY_IDLE = 5
const DEVICE_FREE = 6
const WALKER_FREE = 7
/** Records read, modulo 2^31. */
const SEQUENCE = 8
/** A load that was refused because it overlapped a store: its number, first issue and register. */
const REFUSED = 9
const REFUSED_AT = 10
const REFUSED_REGISTER = 11
/** Cycle in which that store goes into the array. */
const REFUSED_DRAIN = 12
/** First issue, before it was thrown away, of the read that followed the refused one. */
const REFUSED_NEXT = 13
const FIRST_REGISTER = 14
const STATE_WORDS = FIRST_REGISTER + 32

/** Times are kept as small integers: counted from `base`, which moves when they grow beyond this. */
const REBASE_AT = 1 << 29

/** Of a packet that is still in the queue: a time long ago. */
const NOT_TAKEN = -0x4000_0000

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
  readonly #pteCache: PteCache

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
  }

  /** The cycle in which the last instruction read left the pipeline. */
  get clock(): number {
    return this.#base[0] + this.#s[ISSUED] + TO_WRITEBACK
  }

  /** The clock has run on to `cycle` while the core waited. */
  waitUntil(cycle: number): void {
    const issued = cycle - this.#base[0] - TO_WRITEBACK
    if (issued > this.#s[ISSUED]) {
      this.#rebase()
      this.#s[ISSUED] = cycle - this.#base[0] - TO_WRITEBACK
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
    if (this.#s[ISSUED] > REBASE_AT) this.#rebase()
    const records = this.#records
    const s = this.#s
    const front = this.#front
    const f = front.state
    const { taken } = front
    const decoder = this.#decoder
    const { packed: packedForms, immediate: immediates } = decoder
    const { walks } = this.#recorder
    const base = this.#base[0] + TO_WRITEBACK
    const baseLow = base | 0
    const baseHigh = Math.floor(base / 0x1_0000_0000)
    let walk = this.#recorder.walkAt(this.next)
    let walkIndex = walk < walks.length ? walks[walk].index : -1
    let issued = s[ISSUED]

    for (let index = this.next; index < end; index++) {
      const at = index * WORDS
      const flags = records[at + FLAGS]
      const pcLow = records[at + PC]
      const pcHigh = records[at + PC + 1]
      const slot = decoder.find(records[at + INSTRUCTION])
      let packed = packedForms[slot]
      if ((flags & recordFlags.trap) !== 0) packed = (packed & timingBits.short) | timingKind.none

      // Instruction fetch.
      let issue = issued + 1
      let dataWalks = false
      let fetchWalks = false
      if (index === walkIndex) {
        for (; walk < walks.length && walks[walk].index === index; walk++) {
          if (walks[walk].fetch) fetchWalks = true
          else dataWalks = true
        }
        walkIndex = walk < walks.length ? walks[walk].index : -1
      }
      const packet = pcLow & ~3
      const inPacket = (pcLow & 2) === 0 || (packed & timingBits.short) !== 0
      if (inPacket && packet === f[frontWord.packetLow] && pcHigh === f[frontWord.packetHigh]) {
        if (f[frontWord.arrival] > issue) issue = f[frontWord.arrival]
        f[frontWord.lastKind] = 0
      } else {
        const number = f[frontWord.number] + 1
        const room = taken[(number - QUEUE) & 7] + TO_REPLACE
        let arrival = f[frontWord.next]
        if (room > arrival) arrival = room
        const line = (records[at + SOURCE] >>> 6) | (records[at + SOURCE + 1] << 26)
        if (
          inPacket &&
          line === f[frontWord.line] &&
          arrival - TO_ARRIVAL > f[frontWord.fillEnd] &&
          (flags & recordFlags.trap) === 0 &&
          (f[frontWord.again] | f[frontWord.redirected]) === 0 &&
          !fetchWalks
        ) {
          // The next packet of the line that the last one came from.
          f[frontWord.number] = number
          f[frontWord.packetLow] = packet
          f[frontWord.packetHigh] = pcHigh
          f[frontWord.arrival] = arrival
          f[frontWord.next] = arrival + 1
          f[frontWord.lastKind] = 0
          taken[number & 7] = NOT_TAKEN
          if (arrival > issue) issue = arrival
        } else if ((flags & recordFlags.interrupt) === 0) {
          if (fetchWalks) front.walked = (time) => this.#walk(time, index, true)
          const length = (packed & timingBits.short) !== 0 ? 2 : 4
          const available = front.fetch(pcLow, pcHigh, length, line, issued, fetchWalks)
          if (available > issue) {
            this.counts[counterIndex.stallsFetch] += available - issue
            issue = available
          }
        }
      }

      // Operands.
      const rd = (packed >>> timingBits.rd) & 31
      const rs1 = (packed >>> timingBits.rs1) & 31
      const rs2 = (packed >>> timingBits.rs2) & 31
      let operands = s[FIRST_REGISTER + rs1]
      if (s[FIRST_REGISTER + rs2] > operands) operands = s[FIRST_REGISTER + rs2]
      if (s[FIRST_REGISTER + rd] > operands) operands = s[FIRST_REGISTER + rd]
      if (operands > issue) {
        this.counts[counterIndex.stallsHazard] += operands - issue
        issue = operands
      }

      const kind = packed & 31
      if (kind !== timingKind.alu) {
        switch (kind) {
          case timingKind.load:
          case timingKind.loadReserved:
          case timingKind.store:
          case timingKind.amo:
          case timingKind.storeConditional:
            issue = this.#access(at, index, kind, packed, flags, issue, rd, dataWalks)
            break
          case timingKind.branch:
          case timingKind.jump:
          case timingKind.jumpRegister:
            front.issued(issue)
            front.controlFlow(
              kind,
              packed,
              pcLow,
              pcHigh,
              immediates[slot],
              index + 1 < end ? records[at + WORDS + PC] : nextLow,
              index + 1 < end ? records[at + WORDS + PC + 1] : nextHigh,
              issue,
            )
            if (kind === timingKind.jumpRegister && rd !== 0) s[FIRST_REGISTER + rd] = issue + 2
            break
          case timingKind.multiply:
          case timingKind.divide:
            issue = this.#muldiv(at, kind, packed, issue, rd)
            break
          case timingKind.csr:
            if (rd !== 0) s[FIRST_REGISTER + rd] = issue + 3
            if ((packed & timingBits.flush) !== 0) {
              front.issued(issue)
              front.restart(issue + TO_WRITEBACK, false)
              this.counts[counterIndex.flushes]++
            }
            break
          case timingKind.fence:
            s[FENCED] = 1
            break
          case timingKind.fenceI:
            if (s[MEMORY_IDLE] > issue) issue = s[MEMORY_IDLE]
            front.issued(issue)
            front.flushCache()
            front.redirect(issue + TO_WRITEBACK)
            this.counts[counterIndex.flushes]++
            break
          case timingKind.sfence:
            if (rs1 === 0) this.#pteCache.clear()
            front.issued(issue)
            front.restart(issue + TO_WRITEBACK, true)
            this.counts[counterIndex.flushes]++
            break
          case timingKind.trapReturn:
            front.issued(issue)
            front.leave(issue + TO_WRITEBACK)
            break
          case timingKind.none:
            if (dataWalks) issue = this.#walk(issue + TO_WRITEBACK, index, false) + 1
            front.issued(issue)
            front.leave(issue + TO_WRITEBACK)
            this.counts[counterIndex.traps]++
            break
        }
      }
      const place = f[frontWord.number] & 7
      if (taken[place] === NOT_TAKEN) taken[place] = issue
      // The write port: a result of the divider waits for a cycle in which no instruction writes a register.
      if (s[DIVIDER_REGISTER] !== 0 && rd !== 0 && kind !== timingKind.multiply && kind !== timingKind.divide) {
        if (issue + TO_WRITEBACK === s[DIVIDER_RESULT]) this.#delayDivider()
      }
      issued = issue
      const cycle = (baseLow + issue) | 0
      records[at + CYCLE] = cycle
      records[at + CYCLE + 1] = cycle >>> 0 < baseLow >>> 0 ? baseHigh + 1 : baseHigh
    }
    s[SEQUENCE] = (s[SEQUENCE] + end - this.next) & 0x7fff_ffff
    s[ISSUED] = issued
    this.next = end
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

  #access(
    at: number,
    index: number,
    kind: number,
    packed: number,
    flags: number,
    earliest: number,
    rd: number,
    walked: boolean,
  ): number {
    const s = this.#s
    const records = this.#records
    let issue = earliest
    if ((s[FENCED] !== 0 || (packed & timingBits.release) !== 0) && s[MEMORY_IDLE] > issue) issue = s[MEMORY_IDLE]
    s[FENCED] = (packed & timingBits.acquire) !== 0 ? 1 : 0
    if (walked) issue = this.#walk(issue + TO_WRITEBACK, index, false) + 1
    const address = records[at + VA]
    const size = 1 << ((flags >>> recordFlags.sizeShift) & 3)
    const low = records[at + PA]
    const high = records[at + PA + 1]
    const isMemory = high !== 0 || low < 0
    const touches = (flags & (recordFlags.load | recordFlags.store)) !== 0
    if (!isMemory && touches) {
      this.counts[counterIndex.deviceAccesses]++
      if (s[DEVICE_FREE] > issue) issue = s[DEVICE_FREE]
      const { device } = this.#config.bus
      s[DEVICE_FREE] = issue + (kind === timingKind.store ? device - 2 : device)
      s[MEMORY_IDLE] = issue + device
      if (rd !== 0) s[FIRST_REGISTER + rd] = issue + device
      return issue
    }
    const line = (low >>> 6) | (high << 26)
    const number = s[SEQUENCE] + index - this.next
    const refused = s[REFUSED_REGISTER]
    if (kind !== timingKind.store) {
      const depends =
        refused !== 0 &&
        (rd === refused ||
          ((packed >>> timingBits.rs1) & 31) === refused ||
          ((packed >>> timingBits.rs2) & 31) === refused)
      issue = this.#readsBehindRefused(number, issue, depends)
    }
    const before = issue
    switch (kind) {
      case timingKind.load:
      case timingKind.loadReserved:
        this.counts[counterIndex.loads]++
        issue = this.#dcache.load(issue, address, size, line)
        break
      case timingKind.store:
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
    if (kind !== timingKind.store && this.#dcache.conflict >= 0) {
      s[REFUSED] = number
      s[REFUSED_AT] = before
      s[REFUSED_REGISTER] = rd
      s[REFUSED_DRAIN] = this.#dcache.conflict
      s[REFUSED_NEXT] = 0
    }
    if (issue !== before) {
      this.counts[counterIndex.stallsMemory] += issue - before
      this.#front.refetched(before + TO_WRITEBACK, Math.min(issue, before + 5))
    }
    s[MEMORY_IDLE] = issue + 4
    if (rd !== 0) s[FIRST_REGISTER + rd] = issue + ((packed & timingBits.slow) !== 0 ? 3 : 2)
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
      word: (packed & timingBits.word) !== 0,
      high: (packed & timingBits.high) !== 0,
      signed: (packed & timingBits.signed) !== 0,
    }
    const low = records[at + RS1]
    const upper = records[at + RS1 + 1]
    const cycles =
      kind === timingKind.multiply
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
        continue
      }
      // Answer in the cache's last stage, one cycle to take it, one to act on it.
      now = this.#dcache.walkerRead(now, Math.floor(address / 64) | 0) + 2
      if (pointer) this.#pteCache.put(address)
    }
    s[WALKER_FREE] = now
    return now
  }

  #rebase(): void {
    const s = this.#s
    const cycles = s[ISSUED]
    this.#base[0] += cycles
    s[ISSUED] = 0
    s[DIVIDER_FREE] -= cycles
    s[DIVIDER_RESULT] -= cycles
    s[MEMORY_IDLE] -= cycles
    s[DEVICE_FREE] -= cycles
    s[WALKER_FREE] -= cycles
    s[REFUSED_AT] = -1
    for (let register = 0; register < 32; register++) s[FIRST_REGISTER + register] -= cycles
    this.#front.rebase(cycles)
    this.#dcache.rebase(cycles)
  }
}
