import type { CoreConfig } from '../core/config.ts'
import { PAGE_BYTES, type Region, type RegionAllocator } from '../core/state.ts'
import type { Device } from '../devices/device.ts'

/** Told of each store that touches the word it watches, after it was made. */
export interface Watch {
  readonly pa: bigint
  /** Bytes from `pa`. */
  readonly size: number
  written(value: bigint): void
}

/** Bytes of the boot ROM at `ROM_BASE`, the place where Spike and QEMU have theirs. */
export const ROM_BASE = 0x1000n
export const ROM_BYTES = 0xf000

/**
 * Physical memory: RAM and boot ROM in the buffer, and the devices between them. An address that none of them answers is an
 * access fault, and so is a store to the ROM.
 *
 * RAM pages are marked when written, so that a snapshot copies, and a restore copies back, only those.
 */
export class Bus {
  readonly ramBase: bigint
  readonly ramBytes: bigint
  /** Offset of RAM in the buffer; a multiple of the page size. */
  readonly ramOffset: number
  readonly rom: Region
  readonly devices: Device[] = []
  /** One byte a RAM page: 1 where it was written since the last `takeWritten`. */
  readonly #written: Uint8Array
  #writtenPages: number[] = []
  readonly #watches: Watch[] = []
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #view: DataView

  constructor(allocator: RegionAllocator, config: CoreConfig, ramOffset: number) {
    this.ramBase = config.ramBase
    this.ramBytes = BigInt(config.ramBytes)
    this.ramOffset = ramOffset
    this.rom = allocator.allocate(ROM_BYTES)
    this.#written = new Uint8Array(config.ramBytes / PAGE_BYTES)
    this.#bytes = new Uint8Array(allocator.buffer)
    this.#words = new Uint32Array(allocator.buffer)
    this.#view = new DataView(allocator.buffer)
  }

  /** Offset in the buffer of a RAM or ROM byte at `pa` whose `size` bytes all lie there; -1 anywhere else. */
  memoryOffset(pa: bigint, size: number): number {
    const inRam = pa - this.ramBase
    if (inRam >= 0n && inRam + BigInt(size) <= this.ramBytes) return this.ramOffset + Number(inRam)
    const inRom = pa - ROM_BASE
    if (inRom >= 0n && inRom + BigInt(size) <= ROM_BYTES) return this.rom.offset + Number(inRom)
    return -1
  }

  /** `size` bytes (1, 2, 4 or 8) at `pa`, zero-extended; undefined for an access fault. */
  load(pa: bigint, size: number): bigint | undefined {
    const offset = this.memoryOffset(pa, size)
    if (offset >= 0) return this.#read(offset, size)
    const device = this.#deviceAt(pa, size)
    return device?.load(Number(pa - device.base), size)
  }

  /** Stores the low `size` bytes of `value`; false for an access fault. */
  store(pa: bigint, size: number, value: bigint): boolean {
    const inRam = pa - this.ramBase
    if (inRam >= 0n && inRam + BigInt(size) <= this.ramBytes) {
      this.#markWritten(Number(inRam), size)
      this.#write(this.ramOffset + Number(inRam), size, value)
      for (const watch of this.#watches) {
        if (pa < watch.pa + BigInt(watch.size) && watch.pa < pa + BigInt(size)) {
          watch.written(this.#read(this.memoryOffset(watch.pa, watch.size), watch.size))
        }
      }
      return true
    }
    const device = this.#deviceAt(pa, size)
    return device?.store(Number(pa - device.base), size, value) ?? false
  }

  /** Puts bytes into RAM or ROM from outside, as a loader does; they must fit. */
  write(pa: bigint, bytes: Uint8Array): void {
    const offset = this.memoryOffset(pa, bytes.length)
    if (offset < 0) throw new RangeError(`no memory at 0x${pa.toString(16)} for ${bytes.length} bytes`)
    if (offset >= this.ramOffset && bytes.length > 0) this.#markWritten(offset - this.ramOffset, bytes.length)
    this.#bytes.set(bytes, offset)
  }

  /** A copy of `length` bytes of RAM or ROM; they must exist. */
  read(pa: bigint, length: number): Uint8Array {
    const offset = this.memoryOffset(pa, length)
    if (offset < 0) throw new RangeError(`no memory at 0x${pa.toString(16)} for ${length} bytes`)
    return this.#bytes.slice(offset, offset + length)
  }

  /** Copies the line of `length` bytes of RAM or ROM at `pa`, which must exist, to `at` in a region; whether it was another. */
  copyLine(pa: bigint, region: Region, at: number, length: number): boolean {
    const from = this.memoryOffset(pa, length) / 4
    const to = (region.offset + at) / 4
    const words = this.#words
    let isOther = false
    for (let word = 0; word < length / 4; word++) {
      if (words[to + word] === words[from + word]) continue
      words[to + word] = words[from + word]
      isOther = true
    }
    return isOther
  }

  watch(watch: Watch): void {
    this.#watches.push(watch)
  }

  /** Whether stores to the RAM page at `pa` must come through `store`, because a word in it is watched. */
  watchesPage(pa: bigint): boolean {
    return this.#watches.some((watch) => watch.pa / BigInt(PAGE_BYTES) === pa / BigInt(PAGE_BYTES))
  }

  /** Numbers of the RAM pages written since the last call. */
  takeWritten(): number[] {
    const pages = this.#writtenPages
    for (const page of pages) this.#written[page] = 0
    this.#writtenPages = []
    return pages
  }

  #markWritten(offset: number, size: number): void {
    const last = Math.floor((offset + size - 1) / PAGE_BYTES)
    for (let page = Math.floor(offset / PAGE_BYTES); page <= last; page++) {
      if (this.#written[page] !== 0) continue
      this.#written[page] = 1
      this.#writtenPages.push(page)
    }
  }

  #deviceAt(pa: bigint, size: number): Device | undefined {
    return this.devices.find(({ base, size: bytes }) => pa >= base && pa + BigInt(size) <= base + bytes)
  }

  #read(offset: number, size: number): bigint {
    if (size === 8) return this.#view.getBigUint64(offset, true)
    if (size === 4) return BigInt(this.#view.getUint32(offset, true))
    if (size === 2) return BigInt(this.#view.getUint16(offset, true))
    return BigInt(this.#bytes[offset])
  }

  #write(offset: number, size: number, value: bigint): void {
    if (size === 8) this.#view.setBigUint64(offset, BigInt.asUintN(64, value), true)
    else if (size === 4) this.#view.setUint32(offset, Number(BigInt.asUintN(32, value)), true)
    else if (size === 2) this.#view.setUint16(offset, Number(value & 0xffffn), true)
    else this.#bytes[offset] = Number(value & 0xffn)
  }
}
