/** An address or register as reports write it. */
export function hex(value: bigint): string {
  return `0x${value.toString(16)}`
}
