/** What every memory-mapped device shows to the bus. */
export interface Device {
  readonly name: string
  /** First physical address and length in bytes of the range that it answers. */
  readonly base: bigint
  readonly size: bigint
  /**
   * Reads `size` bytes (1, 2, 4 or 8; naturally aligned) at `offset` from the base.
   * Zero-extended value, or undefined where the device answers with an error (an access fault).
   */
  load(offset: number, size: number): bigint | undefined
  /** Writes likewise; false where the device answers with an error. */
  store(offset: number, size: number, value: bigint): boolean
}

/** Interrupt lines into the hart: the bits of `mip` that hardware drives (privileged specification, 3.1.9). */
export interface InterruptLines {
  /** Drives bit `bit` of `mip`: 3 MSIP, 7 MTIP, 9 SEIP, 11 MEIP. */
  set(bit: number, level: boolean): void
}
