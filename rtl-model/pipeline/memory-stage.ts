import { type Recorder, recordFlags } from '../core/recorder.ts'
import type { RegionAllocator } from '../core/state.ts'
import type { createDataCache, DataCache } from '../memory/dcache.ts'
import { PteCache } from '../memory/pte-cache.ts'
import type { Refill } from '../memory/refill.ts'
import { counterIndex } from './counters.ts'
import { PA, SIZE_SHIFT, VA } from './pipeline-state.ts'
import type { Scoreboard } from './scoreboard.ts'
import type { PipelineConfig } from './timing-config.ts'
import {
  ACQUIRE,
  KIND_LOAD,
  KIND_LOAD_RESERVED,
  KIND_STORE,
  RD_SHIFT,
  RELEASE,
  RS1_SHIFT,
  RS2_SHIFT,
  SLOW,
} from './timing-decode.ts'

// Words of the state. Those that the generated loop works on as well are exported.
/** 1 where the next access waits for those before it. */
export const FENCED = 0
/** From this cycle on, every access so far has been answered. */
export const IDLE = 1
const DEVICE_FREE = 2
const WALKER_FREE = 3
/** A load that was refused because it overlapped a store: its number, first issue (-1 where it is long past), register. */
const REFUSED = 4
export const REFUSED_AT = 5
const REFUSED_REGISTER = 6
/** Cycle in which that store goes into the array. */
const REFUSED_DRAIN = 7
/** First issue, before it was thrown away, of the read that followed the refused one. */
const REFUSED_NEXT = 8
const WORDS = 9

/** A cycle that nothing waits for. */
const LONG_AGO = -0x4000_0000

/** Accesses to memory: fences, the data cache, devices, and the page-table walker. Times are cycles of issue. */
export class MemoryStage {
  /** First issue of the last access, where the cache refused it; -1 otherwise. */
  refused = -1
  /** Is told when the walker has each entry that it reads. */
  walkRead: (cycle: number) => void = () => {}
  /** The state, by the words above. */
  readonly state: Int32Array
  readonly dcache: DataCache
  readonly #config: PipelineConfig
  readonly #recorder: Recorder
  readonly #records: Int32Array
  readonly #scoreboard: Scoreboard
  readonly #counts: Float64Array
  readonly #pteCache: PteCache

  constructor(
    allocator: RegionAllocator,
    config: PipelineConfig,
    parts: {
      recorder: Recorder
      records: Int32Array
      scoreboard: Scoreboard
      refill: Refill
      counts: Float64Array
      createDataCache: typeof createDataCache
    },
  ) {
    const { u8 } = allocator.allocate(WORDS * 4)
    this.state = new Int32Array(u8.buffer, u8.byteOffset, WORDS)
    this.state[REFUSED_AT] = -1
    this.#config = config
    this.#recorder = parts.recorder
    this.#records = parts.records
    this.#scoreboard = parts.scoreboard
    this.#counts = parts.counts
    this.dcache = parts.createDataCache(allocator, config, parts.refill, parts.counts)
    this.#pteCache = new PteCache(allocator, config.pteCacheEntries)
  }

  /** From this cycle on, every access so far has been answered. */
  get idle(): number {
    return this.state[IDLE]
  }

  /** FENCE: the next access waits for those before it. */
  fence(): void {
    this.state[FENCED] = 1
  }

  /** SFENCE.VMA without an address: the walker forgets its pointers. */
  forgetPointers(): void {
    this.#pteCache.clear()
  }

  /** When an access can be issued after fences: from then on its translation, or the cache, may refuse it. */
  earliest(packed: number, issue: number): number {
    const s = this.state
    const waits = (s[FENCED] !== 0 || (packed & RELEASE) !== 0) && s[IDLE] > issue
    s[FENCED] = (packed & ACQUIRE) !== 0 ? 1 : 0
    return waits ? s[IDLE] : issue
  }

  /**
   * The access of the record whose words begin at `at`: the issue for the time that it succeeds.
   * @param number of the record, modulo 2^31
   */
  access(at: number, number: number, kind: number, packed: number, flags: number, earliest: number): number {
    const s = this.state
    const records = this.#records
    const rd = (packed >>> RD_SHIFT) & 31
    let issue = earliest
    this.refused = -1
    const address = records[at + VA]
    const size = 1 << ((flags >>> SIZE_SHIFT) & 3)
    const low = records[at + PA]
    const high = records[at + PA + 1]
    const isMemory = high !== 0 || low < 0
    const touches = (flags & (recordFlags.load | recordFlags.store)) !== 0
    if (!isMemory && touches) return this.#device(kind, rd, issue)
    const line = (low >>> 6) | (high << 26)
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
        this.#counts[counterIndex.loads]++
        issue = this.dcache.load(issue, address, size, line)
        break
      case KIND_STORE:
        this.#counts[counterIndex.stores]++
        issue = this.dcache.store(issue, address, size, line)
        break
      default:
        // An SC that fails says nothing of where it would have stored.
        if (touches) {
          const writes = (flags & recordFlags.store) !== 0
          issue = this.dcache.readWrite(issue, address, size, line, writes)
        }
    }
    if (kind !== KIND_STORE && this.dcache.conflict >= 0) {
      s[REFUSED] = number
      s[REFUSED_AT] = before
      s[REFUSED_REGISTER] = rd
      s[REFUSED_DRAIN] = this.dcache.conflict
      s[REFUSED_NEXT] = 0
    }
    if (issue !== before) {
      this.#counts[counterIndex.stallsMemory] += issue - before
      this.refused = before
    }
    s[IDLE] = issue + 4
    this.#scoreboard.result(rd, issue + ((packed & SLOW) !== 0 ? 3 : 2))
    return issue
  }

  /** A walk that the TLB asks for in cycle `asked`, for the record at `index`: the cycle in which it has its answer. */
  walk(asked: number, index: number, fetch: boolean): number {
    const s = this.state
    const { walks } = this.#recorder
    this.#counts[fetch ? counterIndex.itlbMisses : counterIndex.dtlbMisses]++
    let now = Math.max(asked, s[WALKER_FREE]) + 1
    for (let walk = this.#recorder.walkAt(index); walk < walks.length && walks[walk].index === index; walk++) {
      const { address, pointer } = walks[walk]
      if (walks[walk].fetch !== fetch) continue
      if (pointer && this.#pteCache.find(address)) {
        this.#counts[counterIndex.pteCacheHits]++
        now += 1
        this.walkRead(now)
        continue
      }
      // Answer in the cache's last stage, one cycle to take it, one to act on it.
      now = this.dcache.walkerRead(now, Math.floor(address / 64) | 0) + 2
      this.walkRead(now)
      if (pointer) this.#pteCache.put(address)
    }
    s[WALKER_FREE] = now
    return now
  }

  /** Moves all times by `-cycles`. */
  rebase(cycles: number): void {
    const s = this.state
    for (const word of [IDLE, DEVICE_FREE, WALKER_FREE]) s[word] = Math.max(LONG_AGO, s[word] - cycles)
    s[REFUSED_AT] = -1
    this.dcache.rebase(cycles)
  }

  #device(kind: number, rd: number, earliest: number): number {
    const s = this.state
    const { device } = this.#config.bus
    this.#counts[counterIndex.deviceAccesses]++
    const issue = Math.max(earliest, s[DEVICE_FREE])
    s[DEVICE_FREE] = issue + (kind === KIND_STORE ? device - 2 : device)
    s[IDLE] = issue + device
    this.#scoreboard.result(rd, issue + device)
    return issue
  }

  /**
   * Behind a refused load the next two instructions have been on their way. If both read the array, they kept the store
   * from it; it then goes in the very cycle in which the cache would have become free again, which costs one more.
   */
  #readsBehindRefused(number: number, issue: number, depends: boolean): number {
    const s = this.state
    const behind = number - s[REFUSED]
    if (behind > 2) s[REFUSED_AT] = -1
    if (behind < 1 || s[REFUSED_AT] < 0) return issue
    const at = s[REFUSED_AT]
    const first = Math.max(at + behind, depends ? at + 2 : 0, behind === 2 ? s[REFUSED_NEXT] + 1 : 0)
    if (behind === 1) s[REFUSED_NEXT] = first
    if (first > at + 2) return issue
    if (s[REFUSED_DRAIN] === first + 1) s[REFUSED_DRAIN]++
    if (s[REFUSED_DRAIN] !== at + 4) return issue
    s[REFUSED_AT] = -1
    return issue + 1
  }
}
