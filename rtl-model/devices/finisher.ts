import type { Region, RegionAllocator } from '../core/state.ts'
import type { Device } from './device.ts'
import { FINISHER } from './memory-map.ts'

const FAIL = 0x3333
const PASS = 0x5555
const RESET = 0x7777

/** What the region's word holds when software has not finished; otherwise the exit code + 1. */
const RUNNING = 0

/**
 * SiFive test finisher, as in QEMU's `virt`: a word stored to its first register ends the run or resets the machine.
 * Low half 0x5555: exit with code 0. 0x3333: exit with the code in the high half. 0x7777: reset.
 * Everything else is ignored, and loads give 0.
 */
export class Finisher implements Device {
  readonly name = 'finisher'
  readonly base = FINISHER.base
  readonly size = FINISHER.size
  readonly #region: Region
  readonly #exit: (code: number) => void
  readonly #reset: () => void

  constructor(allocator: RegionAllocator, exit: (code: number) => void, reset: () => void) {
    this.#region = allocator.allocate(4)
    this.#exit = exit
    this.#reset = reset
  }

  /** The exit code that software gave last, or undefined while it has given none. */
  get exitCode(): number | undefined {
    const word = this.#region.u32[0]
    return word === RUNNING ? undefined : word - 1
  }

  load(): bigint {
    return 0n
  }

  store(offset: number, _size: number, value: bigint): boolean {
    if (offset !== 0) return true
    const code = Number((value >> 16n) & 0xffffn)
    switch (Number(value & 0xffffn)) {
      case PASS:
        this.#finish(0)
        break
      case FAIL:
        // Firmware that fails without giving a code must not count as a success.
        this.#finish(code === 0 ? 1 : code)
        break
      case RESET:
        this.#reset()
        break
    }
    return true
  }

  #finish(code: number): void {
    this.#region.u32[0] = code + 1
    this.#exit(code)
  }
}
