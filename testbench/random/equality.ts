/** What two machines did, compared. */

export function sameLists(a: readonly object[], b: readonly object[]): boolean {
  return a.length === b.length && a.every((item, index) => sameFields(item, b[index]))
}

/** Whether two objects have the same fields with the same values. */
export function sameFields(a: object | undefined, b: object | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const [left, right] = [Object.entries(a), Object.entries(b)]
  return left.length === right.length && left.every(([key, value]) => value === b[key as keyof typeof b])
}

/** Index of the first byte that differs; -1 where none does. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b) === 0 ? -1 : a.findIndex((byte, index) => byte !== b[index])
}
