import { RING_RECORDS } from '../core/recorder.ts'
import { counterIndex, counterNames } from './counters.ts'

/** Why an instruction waits in decode, by what it waits for. */
export const stallCauses = [
  'fetch',
  'icache-miss',
  'itlb-miss',
  'misprediction',
  'refetch',
  'operand',
  'multiply-divide',
  'dcache-miss',
  'store-conflict',
  'dcache-busy',
  'dtlb-miss',
  'device',
  'fence',
] as const

export type StallCause = (typeof stallCauses)[number]

export interface Stall {
  cause: StallCause
  /** First cycle, and the one behind the last. */
  from: number
  to: number
}

/**
 * When a record was in which stage, in cycles; each stage ends where the next begins. Execute, memory and write-back follow
 * `issue` by one, two and three cycles; write-back is in the cycle of the retirement.
 */
export interface StageTimes {
  /** The address is chosen; first decoded; leaves decode for good. */
  fetch: number
  decode: number
  issue: number
  /** Left decode before, but was refused in the memory stage and fetched again; undefined for most. */
  firstIssue: number | undefined
  /** In order; they do not overlap. */
  stalls: Stall[]
  /** When each entry that walks read for this record was known, in the order of `Retirement.walk`. */
  walkReads: number[]
  /** What the timing counted for this record, by `counterIndex`. */
  counts: Float64Array
}

/** What the trace of stages sees of the pipeline, in cycles since reset. */
export interface PipelineView {
  issued: number
  /** When the packet of the last instruction arrived, when the next can, and how many there have been. */
  arrival: number
  next: number
  packets: number
  /** First issue of the last access, where the data cache refused it; -1 otherwise. */
  refused: number
}

/** Follows the timing from record to record, by what changes in the pipeline and its counts. */
export class StageTrace {
  /** By place in the ring. */
  readonly times: StageTimes[] = []
  readonly #counts: Float64Array
  readonly #before = new Float64Array(counterNames.length)
  #view: PipelineView = { issued: 0, arrival: 0, next: 0, packets: 0, refused: -1 }
  #fetch: number | undefined
  #walkReads: number[] = []
  /** What the last instruction did to what follows it. */
  #behind: 'misprediction' | 'refetch' | undefined

  constructor(counts: Float64Array) {
    this.#counts = counts
  }

  begin(view: PipelineView): void {
    this.#view = view
    this.#walkReads = []
    this.#before.set(this.#counts)
  }

  /** The walker has an entry in that cycle. */
  walkRead(cycle: number): void {
    this.#walkReads.push(cycle)
  }

  /** @param empties whether the record is a trap or an instruction that empties the pipeline */
  end(index: number, view: PipelineView, empties: boolean, isTrap: boolean): void {
    const before = this.#view
    const counts = this.#counts.map((count, counter) => count - this.#before[counter])
    const of = (name: keyof typeof counterIndex): number => counts[counterIndex[name]]
    const { issued: issue, arrival } = view
    const earliest = before.issued + 1

    // Each wait follows the one before: what follows was fetched, its operands, then what it needs of memory.
    const stalls: Stall[] = []
    let at = earliest
    const wait = (cycles: number, cause: StallCause): void => {
      if (cycles > 0) stalls.push({ cause, from: at, to: at + cycles })
      at += Math.max(0, cycles)
    }
    wait(of('stallsFetch'), this.#fetchCause(of))
    wait(of('stallsHazard'), 'operand')
    const firstIssue = of('dtlbMisses') > 0 ? at : view.refused >= 0 ? view.refused : undefined
    const rest = issue - at - of('stallsMemory') - of('stallsMulDiv')
    wait(rest, of('dtlbMisses') > 0 ? 'dtlb-miss' : of('deviceAccesses') > 0 ? 'device' : isTrap ? 'refetch' : 'fence')
    wait(of('stallsMulDiv'), 'multiply-divide')
    wait(
      of('stallsMemory'),
      of('dcacheMisses') > 0 ? 'dcache-miss' : of('storeConflicts') > 0 ? 'store-conflict' : 'dcache-busy',
    )

    this.#fetch ??= Math.max(0, before.arrival - 2)
    if (view.packets !== before.packets) this.#fetch = Math.max(this.#fetch, Math.min(before.next, arrival) - 2)
    const decode = Math.min(earliest + of('stallsFetch'), firstIssue ?? issue)
    const fetch = Math.min(this.#fetch, decode - 1)
    this.times[index % RING_RECORDS] = { fetch, decode, issue, firstIssue, stalls, walkReads: this.#walkReads, counts }
    if (of('branchMispredictions') + of('targetMispredictions') > 0) this.#behind = 'misprediction'
    else this.#behind = empties ? 'refetch' : undefined
  }

  #fetchCause(of: (name: keyof typeof counterIndex) => number): StallCause {
    if (of('itlbMisses') > 0) return 'itlb-miss'
    if (of('icacheMisses') > 0) return 'icache-miss'
    return this.#behind ?? 'fetch'
  }
}
