import type { CoreConfig } from '../core/config.ts'
import type { Region, RegionAllocator } from '../core/state.ts'
import type { Bus } from './bus.ts'

export const LINE_BYTES = 64
const LINE_SHIFT = BigInt(Math.log2(LINE_BYTES))
const LINE_MASK = -BigInt(LINE_BYTES)

/**
 * The instruction cache, indexed and tagged by physical address. It holds what memory held when a line came in: a store does
 * not reach it, and old instructions stay until `fence.i` or until the line is replaced, as in a core whose instruction
 * cache is not coherent. The victim is picked by a linear-feedback shift register, as in Rocket.
 */
export interface InstructionCache {
  readonly lines: number
  /** The data of all lines, `LINE_BYTES` each, in order of line number. */
  readonly data: Region
  /**
   * What is in a line, as a number: another whenever the line was filled anew, never the same for two contents.
   * Whoever keeps something derived from a line compares it.
   */
  fillNumber(line: number): number
  /** Counts lines that gave way to another, for whoever keeps something derived from one. Not state. */
  readonly replacements: number
  /** Number of the line that holds `pa`, or -1. */
  lookup(pa: bigint): number
  /** Brings in the line of `pa`, which must lie in RAM or ROM; the number of the line that now holds it. */
  fill(pa: bigint): number
  /** Empties the cache (fence.i; unprivileged specification, chapter 5). */
  flush(): void
  /** Empties the lines that hold any of `size` bytes at `pa`; whether there were any. */
  drop(pa: bigint, size: number): boolean
}

export function createInstructionCache(allocator: RegionAllocator, config: CoreConfig, bus: Bus): InstructionCache {
  const { icacheSets: sets, icacheWays: ways } = config
  const lines = sets * ways
  const data = allocator.allocate(lines * LINE_BYTES)
  /** Of each line: physical line number plus 1, or 0 where it is empty. Line numbers have up to 50 bits. */
  const tags = new Float64Array(allocator.buffer, allocator.allocate(lines * 8).offset, lines)
  const fillNumbers = allocator.allocate(lines * 4).u32
  const lfsr = allocator.allocate(4).u32
  lfsr[0] = 1
  let fills = 0
  let replacements = 0

  const lineNumber = (pa: bigint): number => Number(pa >> LINE_SHIFT)
  const firstLine = (number: number): number => (number % sets) * ways

  const victim = (first: number): number => {
    for (let way = 0; way < ways; way++) if (tags[first + way] === 0) return first + way
    replacements++
    const bits = lfsr[0]
    const feedback = (bits ^ (bits >>> 2) ^ (bits >>> 3) ^ (bits >>> 5)) & 1
    lfsr[0] = (bits >>> 1) | (feedback << 15)
    return first + (lfsr[0] & (ways - 1))
  }

  return {
    lines,
    data,
    fillNumber: (line) => fillNumbers[line],
    get replacements() {
      return replacements
    },
    lookup(pa) {
      const number = lineNumber(pa)
      const first = firstLine(number)
      for (let line = first; line < first + ways; line++) if (tags[line] === number + 1) return line
      return -1
    },
    fill(pa) {
      const number = lineNumber(pa)
      const line = victim(firstLine(number))
      tags[line] = number + 1
      const isOther = bus.copyLine(pa & LINE_MASK, data, line * LINE_BYTES, LINE_BYTES)
      // What comes back as it was before a flush is still the same.
      if (isOther || fillNumbers[line] === 0) fillNumbers[line] = ++fills
      return line
    },
    flush() {
      tags.fill(0)
    },
    drop(pa, size) {
      const [from, to] = [lineNumber(pa), lineNumber(pa + BigInt(size - 1))]
      let any = false
      for (let line = 0; line < lines; line++) {
        if (tags[line] <= from || tags[line] > to + 1) continue
        tags[line] = 0
        any = true
      }
      return any
    },
  }
}
