import type { Privilege } from './retirement.ts'
import type { Region, RegionAllocator } from './state.ts'

/** Byte offsets in the hart's region, which the generated engine uses as well. */
export const hartLayout = {
  /** x0 to x31, and a 33rd word that takes what is written to x0. */
  x: 0,
  pc: 33 * 8,
  /** Cycles since reset. */
  clock: 34 * 8,
  /** Instructions retired, traps and interrupts taken since reset: the records made. */
  steps: 35 * 8,
  privilege: 36 * 8,
  /** Bits of `mip` that devices drive. */
  interruptLines: 37 * 8,
  /** First byte of the reserved block, and 1 where the reservation is valid. */
  reservation: 38 * 8,
  reservationValid: 39 * 8,
  /** How many of the steps were traps and interrupts. */
  trapped: 40 * 8,
  bytes: 41 * 8,
} as const

/** Index of the word that takes what is written to x0. */
export const SINK = 32

/**
 * The architectural registers of the hart that are not CSRs. All of it lives in one region of the state.
 */
export class Hart {
  readonly region: Region
  /** x0 to x31; x0 stays 0 because writers use `writeX`. */
  readonly x: BigUint64Array

  constructor(allocator: RegionAllocator) {
    this.region = allocator.allocate(hartLayout.bytes)
    this.x = this.region.u64.subarray(0, 32)
  }

  writeX(rd: number, value: bigint): void {
    if (rd !== 0) this.x[rd] = value
  }

  get pc(): bigint {
    return this.region.u64[hartLayout.pc / 8]
  }
  set pc(value: bigint) {
    this.region.u64[hartLayout.pc / 8] = value
  }

  get clock(): bigint {
    return this.region.u64[hartLayout.clock / 8]
  }
  set clock(value: bigint) {
    this.region.u64[hartLayout.clock / 8] = value
  }

  /** Records made since reset: retired instructions, traps, interrupts. */
  get steps(): bigint {
    return this.region.u64[hartLayout.steps / 8]
  }
  set steps(value: bigint) {
    this.region.u64[hartLayout.steps / 8] = value
  }

  get trapped(): bigint {
    return this.region.u64[hartLayout.trapped / 8]
  }
  set trapped(value: bigint) {
    this.region.u64[hartLayout.trapped / 8] = value
  }

  /** Instructions retired since reset. */
  get retired(): bigint {
    return this.steps - this.trapped
  }

  get privilege(): Privilege {
    return this.region.u32[hartLayout.privilege / 4] as Privilege
  }
  set privilege(value: Privilege) {
    this.region.u32[hartLayout.privilege / 4] = value
  }

  /** Bits of `mip` that devices drive. */
  get interruptLines(): number {
    return this.region.u32[hartLayout.interruptLines / 4]
  }
  set interruptLines(value: number) {
    this.region.u32[hartLayout.interruptLines / 4] = value
  }

  /** Physical address of the reserved block, or undefined where there is no reservation. */
  get reservation(): bigint | undefined {
    const { u32, u64 } = this.region
    return u32[hartLayout.reservationValid / 4] === 0 ? undefined : u64[hartLayout.reservation / 8]
  }
  set reservation(block: bigint | undefined) {
    const { u32, u64 } = this.region
    u32[hartLayout.reservationValid / 4] = block === undefined ? 0 : 1
    u64[hartLayout.reservation / 8] = block ?? 0n
  }
}
