import type { TimingConfig } from './timing-config.ts'

/** Operands as halves of 64 bits. */
export interface MulDivOperation {
  /** The 32-bit form. */
  word: boolean
  /** The high half of a product, or a remainder. */
  high: boolean
  /** Of a division, whether the operands are signed. */
  signed: boolean
}

type Parameters = Pick<TimingConfig, 'multiplierBits' | 'multiplierEarlyOut' | 'dividerEarlyOut'>

/**
 * Cycles that the iterative unit computes: from the one after it took the operands to the one before it shows the result.
 * `rs1` is what it takes apart, `multiplierBits` at a time; with early out it stops when the rest is zero.
 */
export function multiplyCycles(
  config: Parameters,
  { word, high }: MulDivOperation,
  low: number,
  upper: number,
): number {
  const whole = (word ? 32 : 64) / config.multiplierBits
  if (!config.multiplierEarlyOut || high) return whole
  const significant = word || upper === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(upper)
  const steps = Math.ceil(significant / config.multiplierBits)
  // A step that finds the rest zero ends it; the first step of the 64-bit form does not look.
  return Math.min(whole, Math.max(steps + 1, word ? 1 : 2))
}

/** The same of a division: a bit of the quotient a cycle, and one to turn each negative operand or result. */
export function divideCycles(
  config: Parameters,
  { word, high, signed }: MulDivOperation,
  dividend: { low: number; upper: number },
  divisor: { low: number; upper: number },
): number {
  const dividendNegative = signed && (word ? dividend.low : dividend.upper) < 0
  const divisorNegative = signed && (word ? divisor.low : divisor.upper) < 0
  const byZero = divisor.low === 0 && (word || divisor.upper === 0)
  const inputs = dividendNegative || divisorNegative ? 1 : 0
  const negative = high ? dividendNegative : dividendNegative !== divisorNegative && !byZero
  return inputs + quotientCycles() + (negative ? 1 : 0)

  function quotientCycles(): number {
    if (!config.dividerEarlyOut || byZero) return 65
    const difference = (topBit(dividend, word, dividendNegative) - topBit(divisor, word, divisorNegative)) & 63
    return difference === 63 ? 65 : 3 + difference
  }
}

/** Number of the highest bit set of the operand's magnitude; 0 of zero. */
function topBit({ low, upper }: { low: number; upper: number }, word: boolean, negative: boolean): number {
  let magnitudeLow = low
  let magnitudeUpper = word ? 0 : upper
  if (negative) {
    magnitudeLow = -low | 0
    magnitudeUpper = word ? 0 : (~upper + (low === 0 ? 1 : 0)) | 0
  }
  if (magnitudeUpper !== 0) return 63 - Math.clz32(magnitudeUpper)
  return magnitudeLow === 0 ? 0 : 31 - Math.clz32(magnitudeLow)
}
