/** First value of a register of `nextLfsr`. */
export const LFSR_SEED = 1

/** The next value of a 16-bit linear-feedback shift register of longest period: taps 16, 14, 13 and 11, shifted upwards. */
export function nextLfsr(value: number): number {
  const bit = (value >>> 15) ^ (value >>> 13) ^ (value >>> 12) ^ (value >>> 10)
  return ((value << 1) | (bit & 1)) & 0xffff
}
