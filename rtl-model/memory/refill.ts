import type { RegionAllocator } from '../core/state.ts'
import { counterIndex } from '../pipeline/counters.ts'
import type { PipelineConfig } from '../pipeline/timing-config.ts'
import { LineTags, lineMark } from './line-tags.ts'

/** What is behind the first-level caches: the way to memory and back, and the second-level cache where there is one. */
export class Refill {
  readonly #config: PipelineConfig
  readonly #counts: Float64Array
  readonly #l2: LineTags | undefined
  /** Takes a line from the data cache, because the second-level cache no longer holds it. */
  evicted: (line: number) => void = () => {}

  constructor(allocator: RegionAllocator, config: PipelineConfig, counts: Float64Array) {
    this.#config = config
    this.#counts = counts
    if (config.l2) this.#l2 = new LineTags(allocator, config.l2.sets, config.l2.ways)
  }

  /** Cycles from the request for a line to its last 8 bytes. */
  cycles(line: number, fetch: boolean): number {
    const { memoryLatency, bus, l2 } = this.#config
    const toMemory = memoryLatency + (fetch ? bus.fetchRefill : bus.dataRefill)
    if (this.#l2 === undefined || l2 === undefined) return toMemory
    const found = this.#l2.find(line)
    if (found >= 0) {
      this.#counts[counterIndex.l2Hits]++
      if (!fetch) this.#l2.mark(found, lineMark.shared)
      return fetch ? l2.fetchHit : l2.dataHit
    }
    this.#counts[counterIndex.l2Misses]++
    const at = this.#l2.place(line)
    const marks = this.#l2.marks(at)
    if ((marks & lineMark.shared) !== 0) this.evicted(this.#l2.lineAt(at))
    this.#l2.put(at, line)
    if (!fetch) this.#l2.mark(at, lineMark.shared)
    this.#l2.draw()
    return (
      toMemory +
      (fetch ? l2.fetchMiss : l2.dataMiss) +
      ((marks & lineMark.dirty) !== 0 ? l2.dirtyVictim : 0) +
      ((marks & lineMark.shared) !== 0 ? l2.probe : 0)
    )
  }

  /** The data cache gives back a line that has been written. */
  writeback(line: number): void {
    const at = this.#l2?.find(line) ?? -1
    if (at < 0) return
    this.#l2?.mark(at, lineMark.dirty)
    this.#l2?.unmark(at, lineMark.shared)
  }
}
