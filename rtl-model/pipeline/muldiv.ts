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
  dividendLow: number,
  dividendUpper: number,
  divisorLow: number,
  divisorUpper: number,
): number {
  const dividendNegative = signed && (word ? dividendLow : dividendUpper) < 0
  const divisorNegative = signed && (word ? divisorLow : divisorUpper) < 0
  const byZero = divisorLow === 0 && (word || divisorUpper === 0)
  const inputs = dividendNegative || divisorNegative ? 1 : 0
  const negative = high ? dividendNegative : dividendNegative !== divisorNegative && !byZero
  let quotient = 65
  if (config.dividerEarlyOut && !byZero) {
    const dividendTop = topBit(dividendLow, word ? 0 : dividendUpper, dividendNegative, word)
    const divisorTop = topBit(divisorLow, word ? 0 : divisorUpper, divisorNegative, word)
    const difference = (dividendTop - divisorTop) & 63
    if (difference !== 63) quotient = 3 + difference
  }
  return inputs + quotient + (negative ? 1 : 0)
}

/** Number of the highest bit set of the operand's magnitude; 0 of zero. */
function topBit(low: number, upper: number, negative: boolean, word: boolean): number {
  const magnitudeLow = negative ? -low | 0 : low
  const magnitudeUpper = negative && !word ? (~upper + (low === 0 ? 1 : 0)) | 0 : upper
  if (magnitudeUpper !== 0) return 63 - Math.clz32(magnitudeUpper)
  return magnitudeLow === 0 ? 0 : 31 - Math.clz32(magnitudeLow)
}
