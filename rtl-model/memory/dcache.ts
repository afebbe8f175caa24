import type { RegionAllocator } from '../core/state.ts'
import { counterIndex } from '../pipeline/counters.ts'
import type { PipelineConfig } from '../pipeline/timing-config.ts'
import { LineTags, lineMark, type TagsLayout } from './line-tags.ts'
import type { Refill } from './refill.ts'
import { StoreBuffer } from './store-buffer.ts'

/** Cycles from an instruction's issue until the cache takes its address, and until it answers. */
const TO_ARRAY = 1
const TO_ANSWER = 3
/** From the issue of an instruction that is refused to its next issue: it is fetched again when the answer is due. */
const RETRY = 5
const NO_LINE = -1

/**
 * The data cache as the pipeline feels it: write-back, allocating on loads and stores, one miss at a time. Times are the
 * cycles in which an instruction leaves the decode stage.
 */
export class DataCache {
  readonly stores: StoreBuffer
  /** Of the last load: the first cycle in which the store it overlapped could go, or -1 where it overlapped none. */
  conflict = -1
  protected readonly tags: LineTags
  readonly #refill: Refill
  readonly #counts: Float64Array
  readonly #writeback: number

  constructor(allocator: RegionAllocator, config: PipelineConfig, refill: Refill, counts: Float64Array) {
    this.tags = new LineTags(allocator, config.dcacheSets, config.dcacheWays)
    this.stores = new StoreBuffer(allocator)
    this.#refill = refill
    this.#counts = counts
    this.#writeback = config.bus.writeback
    refill.evicted = (line) => {
      const at = this.tags.find(line)
      if (at >= 0) this.tags.put(at, NO_LINE)
    }
  }

  /** Where its tags are in the buffer. */
  get layout(): TagsLayout {
    return this.tags.layout
  }

  rebase(cycles: number): void {
    this.stores.rebase(cycles)
  }

  /** A load issued at `now`: when it is issued for the time that it succeeds. */
  load(now: number, address: number, size: number, line: number): number {
    let issue = now
    this.conflict = -1
    if (this.stores.read(address, size, issue + TO_ARRAY)) {
      this.conflict = this.stores.nextDrain
      this.#counts[counterIndex.storeConflicts]++
      issue += RETRY
      this.stores.drain(issue + TO_ARRAY)
    }
    return this.tags.find(line) >= 0 ? issue : this.#miss(issue, line)
  }

  /** A store, likewise. */
  store(now: number, address: number, size: number, line: number): number {
    let at = this.tags.find(line)
    let issue = now
    if (at < 0) {
      issue = this.#miss(issue, line)
      at = this.tags.find(line)
    }
    this.tags.mark(at, lineMark.dirty)
    this.stores.push(address, size, issue + TO_ARRAY, issue + TO_ANSWER, false)
    return issue
  }

  /** A read and write in one; `writes` is false for an SC that fails. */
  readWrite(now: number, address: number, size: number, line: number, writes: boolean): number {
    const issue = this.load(now, address, size, line)
    if (writes) {
      this.tags.mark(this.tags.find(line), lineMark.dirty)
      this.stores.push(address, size, issue + TO_ARRAY, issue + TO_ANSWER + 1, true)
    }
    return issue
  }

  /** A read by the page-table walker that takes the address in cycle `now`: the cycle of its answer. */
  walkerRead(now: number, line: number): number {
    if (this.tags.find(line) >= 0) return now + 2
    return this.bring(now + 2, line) + 3
  }

  #miss(issue: number, line: number): number {
    return this.bring(issue + TO_ANSWER, line)
  }

  /** Brings a line in that was missed in cycle `missed`: the cycle of its last bytes, in which the pipeline goes on. */
  protected bring(missed: number, line: number): number {
    this.#counts[counterIndex.dcacheMisses]++
    let request = missed
    const at = this.tags.place(line)
    if ((this.tags.marks(at) & lineMark.dirty) !== 0) {
      // The old line goes out first; then the access is tried, and missed, again.
      this.#counts[counterIndex.dcacheWritebacks]++
      this.#refill.writeback(this.tags.lineAt(at))
      request += this.#writeback + 4
    }
    const done = request + this.#refill.cycles(line, false)
    this.tags.put(at, line)
    this.tags.draw()
    return done
  }
}

export function createDataCache(
  allocator: RegionAllocator,
  config: PipelineConfig,
  refill: Refill,
  counts: Float64Array,
): DataCache {
  return new DataCache(allocator, config, refill, counts)
}
