import type { RegionAllocator } from '../core/state.ts'
import { LineTags, type TagsLayout } from '../memory/line-tags.ts'
import type { Refill } from '../memory/refill.ts'
import { counterIndex } from './counters.ts'
import { FILL_END, FILL_LINE, LINE, LINE_OFFSET, PACKET_HIGH, PACKET_LOW } from './front-state.ts'
import { QUEUE } from './pipeline-state.ts'
import type { PipelineConfig } from './timing-config.ts'

/** The lines that fetch takes its packets from: tags of the instruction cache, and one refill at a time. */
export class FetchLines {
  /** The state of the front end. */
  readonly #state: Int32Array
  readonly #tags: LineTags
  readonly #refill: Refill
  readonly #counts: Float64Array

  constructor(
    allocator: RegionAllocator,
    config: PipelineConfig,
    parts: { state: Int32Array; refill: Refill; counts: Float64Array },
  ) {
    this.#state = parts.state
    this.#tags = new LineTags(allocator, config.icacheSets, config.icacheWays)
    for (let refills = 0; refills < config.bootRefills; refills++) this.#tags.draw()
    this.#refill = parts.refill
    this.#counts = parts.counts
  }

  /** Where the tags are in the buffer. */
  get layout(): TagsLayout {
    return this.#tags.layout
  }

  /** Whether a line, by number, is in the cache or on its way into it. */
  has(line: number): boolean {
    return this.#tags.find(line) >= 0
  }

  /** Asks for a line in cycle `now`: `FILL_END` says when it has come. */
  request(now: number, line: number): void {
    const s = this.#state
    this.#counts[counterIndex.icacheMisses]++
    s[FILL_END] = now + this.#refill.cycles(line, true)
    s[FILL_LINE] = line
    this.#tags.draw()
    this.#tags.put(this.#tags.place(line), line)
  }

  /** fence.i empties the cache. */
  clear(): void {
    this.#tags.clear()
    this.#state[LINE] = -1
    this.#state[FILL_LINE] = -1
  }

  /**
   * Whether a packet that was fetched for nothing can come in a cycle, by its virtual address: only what is in the page of the last
   * one has a translation that is known. With `asks`, its line is asked for where it is not there.
   */
  comes(low: number, high: number, cycle: number, asks: boolean): boolean {
    const s = this.#state
    const distance = low ^ s[PACKET_LOW]
    if ((distance & ~63) === 0 && high === s[PACKET_HIGH]) return true
    const offset = s[LINE_OFFSET]
    if (offset !== 0 && (distance & ~0xfff) !== 0) return false
    const line = (((low >>> 6) | (high << 26)) + offset) | 0
    if (line === s[LINE] || this.has(line)) return true
    if (asks && s[FILL_END] < cycle - 1) this.request(cycle, line)
    return false
  }

  /** Packets fetched one after the other, the first in cycle `first`, until the pipeline asks for something else in `end`. */
  runAhead(packet: number, first: number, end: number): void {
    const count = Math.min(end - first + 1, QUEUE)
    for (let index = 0; index < count; index++) {
      if (!this.comes((packet + 4 * index) | 0, this.#state[PACKET_HIGH], first + index, true)) return
    }
  }
}
