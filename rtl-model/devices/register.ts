/**
 * Access to part of a little-endian register of a device.
 * `byte` is the first byte of the part, counted from the register's own first byte; `size` is in bytes.
 */

/** The part, zero-extended. */
export function readPart(register: bigint, byte: number, size: number): bigint {
  return BigInt.asUintN(size * 8, register >> BigInt(byte * 8))
}

/** The register with that part replaced by the low bytes of `value`. */
export function writePart(register: bigint, byte: number, size: number, value: bigint): bigint {
  const shift = BigInt(byte * 8)
  const mask = ((1n << BigInt(size * 8)) - 1n) << shift
  return (register & ~mask) | ((value << shift) & mask)
}
