import type { Region, RegionAllocator } from '../core/state.ts'
import type { Device, InterruptLines } from './device.ts'
import { PLIC } from './memory-map.ts'

/** Sources are numbered 1 to 31; 0 means none. */
const SOURCES = 32
const PRIORITY_MASK = 0xf
const CONTEXTS = 2
/** The bit of `mip` that each context drives: MEIP for context 0, SEIP for context 1. */
const LINE_OF_CONTEXT = [11, 9]

// The map of the specification (RISC-V PLIC 1.0.0, chapter 3).
const PENDING = 0x1000
const ENABLE = 0x2000
const ENABLE_STRIDE = 0x80
const CONTEXT = 0x20_0000
const CONTEXT_STRIDE = 0x1000
const THRESHOLD_REGISTER = 0
const CLAIM_REGISTER = 4

// Words of the region: the priority of each source, then bit sets of sources, then those of each context.
const LEVEL_WORD = SOURCES
const PENDING_WORD = SOURCES + 1
const CLAIMED_WORD = SOURCES + 2
const ENABLE_WORD = SOURCES + 3
const THRESHOLD_WORD = ENABLE_WORD + CONTEXTS
const WORDS = THRESHOLD_WORD + CONTEXTS

/**
 * Platform-level interrupt controller (RISC-V PLIC specification 1.0.0) with 31 level-triggered sources and the M and S
 * contexts of hart 0. Map, sizes and widths are those of Spike: 4 bits of priority, words and doublewords only.
 *
 * Where Spike simplifies, this follows the specification: a claim clears the pending bit and ignores the threshold
 * (chapter 8), a pending request survives the fall of its source, every context that enables a source sees it, and a
 * new priority counts at once.
 */
export class Plic implements Device {
  readonly name = 'plic'
  readonly base = PLIC.base
  readonly size = PLIC.size
  readonly #region: Region
  readonly #lines: InterruptLines

  constructor(allocator: RegionAllocator, lines: InterruptLines) {
    this.#region = allocator.allocate(WORDS * 4)
    this.#lines = lines
  }

  /** Sets the level of the wire from `source` (1 to 31). */
  setSource(source: number, level: boolean): void {
    if (source < 1 || source >= SOURCES) throw new RangeError(`the PLIC has no source ${source}`)
    const words = this.#region.u32
    const bit = 1 << source
    if (level) {
      words[LEVEL_WORD] |= bit
      this.#forward(bit)
    } else words[LEVEL_WORD] &= ~bit
    this.#update()
  }

  load(offset: number, size: number): bigint | undefined {
    if (size === 4) {
      const value = this.#loadWord(offset)
      return value === undefined ? undefined : BigInt(value)
    }
    if (size !== 8) return undefined
    const low = this.#loadWord(offset)
    const high = low === undefined ? undefined : this.#loadWord(offset + 4)
    return high === undefined ? undefined : (BigInt(high) << 32n) | BigInt(low!)
  }

  store(offset: number, size: number, value: bigint): boolean {
    const low = Number(value & 0xffff_ffffn)
    if (size === 4) return this.#storeWord(offset, low)
    return size === 8 && this.#storeWord(offset, low) && this.#storeWord(offset + 4, Number(value >> 32n))
  }

  #loadWord(offset: number): number | undefined {
    const words = this.#region.u32
    if (offset < PENDING) return offset / 4 < SOURCES ? words[offset / 4] : 0
    if (offset < ENABLE) return offset === PENDING ? words[PENDING_WORD] : 0
    const { context, register } = place(offset)
    if (context >= CONTEXTS) return undefined
    if (offset < CONTEXT) return register === 0 ? words[ENABLE_WORD + context] : 0
    if (register === THRESHOLD_REGISTER) return words[THRESHOLD_WORD + context]
    return register === CLAIM_REGISTER ? this.#claim(context) : 0
  }

  #storeWord(offset: number, value: number): boolean {
    const words = this.#region.u32
    if (offset < ENABLE) {
      if (offset > 0 && offset / 4 < SOURCES) words[offset / 4] = value & PRIORITY_MASK
    } else {
      const { context, register } = place(offset)
      if (context >= CONTEXTS) return false
      if (offset < CONTEXT) {
        if (register === 0) words[ENABLE_WORD + context] = value & ~1
      } else if (register === THRESHOLD_REGISTER) words[THRESHOLD_WORD + context] = value & PRIORITY_MASK
      else if (register === CLAIM_REGISTER) this.#complete(context, value)
      else return false
    }
    this.#update()
    return true
  }

  /** The gateway (chapter 1): a request passes where the wire is up and the last one of its source is completed. */
  #forward(sources: number): void {
    const words = this.#region.u32
    words[PENDING_WORD] |= sources & words[LEVEL_WORD] & ~words[CLAIMED_WORD]
  }

  /** The pending and enabled source of highest priority, of equal ones the lowest; 0 if there is none (chapter 4). */
  #best(context: number): number {
    const words = this.#region.u32
    const candidates = words[PENDING_WORD] & words[ENABLE_WORD + context]
    let best = 0
    let bestPriority = 0
    for (let source = 1; source < SOURCES; source++) {
      if ((candidates >>> source) & 1 && words[source] > bestPriority) {
        best = source
        bestPriority = words[source]
      }
    }
    return best
  }

  #claim(context: number): number {
    const words = this.#region.u32
    const source = this.#best(context)
    if (source !== 0) {
      words[PENDING_WORD] &= ~(1 << source)
      words[CLAIMED_WORD] |= 1 << source
      this.#update()
    }
    return source
  }

  #complete(context: number, source: number): void {
    const words = this.#region.u32
    if (source >= SOURCES) return
    const bit = 1 << source
    if ((words[ENABLE_WORD + context] & bit) === 0) return
    words[CLAIMED_WORD] &= ~bit
    this.#forward(bit)
  }

  #update(): void {
    const words = this.#region.u32
    for (let context = 0; context < CONTEXTS; context++)
      this.#lines.set(LINE_OF_CONTEXT[context], words[this.#best(context)] > words[THRESHOLD_WORD + context])
  }
}

/** Which context an offset from `ENABLE` on belongs to, and where in that context's registers it is. */
function place(offset: number): { context: number; register: number } {
  const [start, stride] = offset < CONTEXT ? [ENABLE, ENABLE_STRIDE] : [CONTEXT, CONTEXT_STRIDE]
  return { context: Math.floor((offset - start) / stride), register: (offset - start) % stride }
}
