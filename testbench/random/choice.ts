import fc from 'fast-check'

/** Uniform numbers of 32 bits: what a random item is made of. They shrink towards 0. */
export const bits32 = fc.noBias(fc.nat(0xffff_ffff))

/** One of a list, by a random number. */
export function pick<T>(list: readonly T[], choice: number): T {
  return list[choice % list.length]
}

/** One of a list of values with weights, by a random number. */
export function weighted<T>(list: readonly (readonly [weight: number, value: T])[], choice: number): T {
  const total = list.reduce((sum, [weight]) => sum + weight, 0)
  let at = choice % total
  for (const [weight, value] of list) {
    if (at < weight) return value
    at -= weight
  }
  throw new RangeError('no weights')
}

/** 64 bits of two numbers. */
export function wide(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
}

/** Another number of 32 bits that depends on every bit of `choice`: a second choice from the same one. */
export function another(choice: number, salt: number): number {
  let mixed = Math.imul(choice ^ (choice >>> 16) ^ Math.imul(salt + 1, 0x9e37_79b1), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** What programs are for: anything at all, or only what any two correct cores must agree on. */
export type Flavour = 'wild' | 'portable'
