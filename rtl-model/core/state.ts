/**
 * The machine's whole state as one buffer: what the units own, then what only makes the model fast, then RAM.
 *
 * A unit allocates its part when the core is built and keeps no state anywhere else; so a snapshot is a copy of pages.
 * The buffer is a WebAssembly memory, because the generated engine works on the same bytes.
 */

/** Bytes of a page of the buffer: the unit of copying. */
export const PAGE_BYTES = 4096

/** A part of the buffer, with views that start at its first byte. */
export interface Region {
  /** First byte, counted from the start of the buffer. */
  offset: number
  bytes: number
  u8: Uint8Array
  u32: Uint32Array
  u64: BigUint64Array
}

/**
 * Hands out regions of a buffer from its start. Regions are aligned to 64 bytes, so that no unit shares a host cache line
 * with another.
 */
export class RegionAllocator {
  #next: number
  readonly #limit: number
  readonly buffer: ArrayBuffer

  constructor(buffer: ArrayBuffer, start = 0, limit = buffer.byteLength) {
    this.buffer = buffer
    this.#next = start
    this.#limit = limit
  }

  /** First byte that is not handed out yet. */
  get end(): number {
    return this.#next
  }

  /** `bytes` zeroed bytes, starting at a multiple of `alignment` (a power of two, at least 8). */
  allocate(bytes: number, alignment = 64): Region {
    const offset = Math.ceil(this.#next / alignment) * alignment
    this.#next = offset + Math.ceil(bytes / 8) * 8
    if (this.#next > this.#limit) throw new RangeError(`no room for ${bytes} more bytes of state`)
    return regionAt(this.buffer, offset, bytes)
  }
}

function regionAt(buffer: ArrayBuffer, offset: number, bytes: number): Region {
  const words = Math.ceil(bytes / 8)
  return {
    offset,
    bytes,
    u8: new Uint8Array(buffer, offset, bytes),
    u32: new Uint32Array(buffer, offset, words * 2),
    u64: new BigUint64Array(buffer, offset, words),
  }
}
