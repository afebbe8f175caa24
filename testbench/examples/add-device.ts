import type { Region, RegionAllocator } from '../../rtl-model/core/state.ts'
import type { Device } from '../../rtl-model/devices/device.ts'

/** Adds up what is stored to it: one register of 64 bits. */
export class Accumulator implements Device {
  readonly name = 'accumulator'
  readonly base = 0x1001_0000n
  readonly size = 8n
  readonly #region: Region

  /** Its state lies in the machine's buffer, so that a snapshot has it. */
  constructor(allocator: RegionAllocator) {
    this.#region = allocator.allocate(8)
  }

  load(_offset: number, size: number): bigint | undefined {
    return size === 8 ? this.#region.u64[0] : undefined
  }

  store(_offset: number, size: number, value: bigint): boolean {
    if (size !== 8) return false
    this.#region.u64[0] += value
    return true
  }
}
