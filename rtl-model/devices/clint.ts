import type { Region, RegionAllocator } from '../core/state.ts'
import type { Device, InterruptLines } from './device.ts'
import { CLINT } from './memory-map.ts'
import { readPart, writePart } from './register.ts'

const MSIP_BIT = 3
const MTIP_BIT = 7

const MTIMECMP = 0x4000
const MTIME = 0xbff8

/** Clock values are kept in 64 bits; a comparison that is due later never comes. */
const CLOCK_END = 1n << 64n

// Doublewords of the region.
const MSIP_WORD = 0
const MTIMECMP_WORD = 1
const OFFSET_WORD = 2

/**
 * Core-local interruptor of hart 0: software interrupt, timer comparison and time (privileged specification, 3.2.1).
 *
 * Sizes, offsets and reset values are those of Spike: everything is zero at reset, so the timer interrupt is pending
 * until software sets `mtimecmp`; the registers of harts that do not exist read as zero and ignore writes.
 */
export class Clint implements Device {
  readonly name = 'clint'
  readonly base = CLINT.base
  readonly size = CLINT.size
  readonly #region: Region
  readonly #lines: InterruptLines
  readonly #now: () => bigint
  readonly #cyclesPerTick: bigint

  /** `now` gives the hart's clock in cycles since reset; `mtime` counts once in `cyclesPerTick` of them. */
  constructor(allocator: RegionAllocator, lines: InterruptLines, now: () => bigint, cyclesPerTick = 100n) {
    this.#region = allocator.allocate(3 * 8)
    this.#lines = lines
    this.#now = now
    this.#cyclesPerTick = cyclesPerTick
  }

  /** `mtime` at this moment. What software added by writing it is the only part that is state. */
  time(): bigint {
    return BigInt.asUintN(64, this.#now() / this.#cyclesPerTick + this.#region.u64[OFFSET_WORD])
  }

  /** Drives MSIP and MTIP from the present state and time. To be called when the clock has reached `nextEvent()`. */
  update(): void {
    this.#lines.set(MSIP_BIT, this.#region.u64[MSIP_WORD] !== 0n)
    this.#lines.set(MTIP_BIT, this.time() >= this.#region.u64[MTIMECMP_WORD])
  }

  /**
   * The clock value, in cycles, at which MTIP rises next; undefined if it is up already or never rises.
   * It holds until the next store to this device.
   */
  nextEvent(): bigint | undefined {
    const ticksLeft = this.#region.u64[MTIMECMP_WORD] - this.time()
    if (ticksLeft <= 0n) return undefined
    const due = (this.#now() / this.#cyclesPerTick + ticksLeft) * this.#cyclesPerTick
    return due < CLOCK_END ? due : undefined
  }

  load(offset: number, size: number): bigint | undefined {
    if (offset < 8) return readPart(this.#region.u64[MSIP_WORD], offset, size)
    if (isPartOf(MTIMECMP, offset)) return readPart(this.#region.u64[MTIMECMP_WORD], offset - MTIMECMP, size)
    if (isPartOf(MTIME, offset)) return readPart(this.time(), offset - MTIME, size)
    return 0n
  }

  store(offset: number, size: number, value: bigint): boolean {
    const words = this.#region.u64
    if (offset === 0) words[MSIP_WORD] = value & 1n
    else if (isPartOf(MTIMECMP, offset))
      words[MTIMECMP_WORD] = writePart(words[MTIMECMP_WORD], offset - MTIMECMP, size, value)
    else if (isPartOf(MTIME, offset))
      words[OFFSET_WORD] = writePart(this.time(), offset - MTIME, size, value) - this.#now() / this.#cyclesPerTick
    this.update()
    return true
  }
}

function isPartOf(register: number, offset: number): boolean {
  return offset >= register && offset < register + 8
}
