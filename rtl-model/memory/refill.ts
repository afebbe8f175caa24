import type { RegionAllocator } from '../core/state.ts'
import type { PipelineConfig } from '../pipeline/timing-config.ts'
import { counterIndex } from '../pipeline/counters.ts'
import { LineTags } from './line-tags.ts'

/** What is behind the first-level caches: the way to memory and back, and the second-level cache where there is one. */
export class Refill {
  readonly #config: PipelineConfig
  readonly #counts: Float64Array
  readonly #l2: LineTags | undefined

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
    if (this.#l2.find(line) >= 0) {
      this.#counts[counterIndex.l2Hits]++
      return fetch ? l2.fetchHit : l2.dataHit
    }
    this.#counts[counterIndex.l2Misses]++
    const at = this.#l2.place(line)
    const dirty = this.#l2.isDirty(at)
    this.#l2.put(at, line)
    this.#l2.draw()
    return toMemory + l2.miss + (dirty ? l2.dirtyVictim : 0)
  }

  /** A first-level cache gives back a line that has been written. */
  writeback(line: number): void {
    const at = this.#l2?.find(line) ?? -1
    if (at >= 0) this.#l2?.setDirty(at)
  }
}
