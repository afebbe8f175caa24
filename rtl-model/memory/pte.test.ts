import { describe, expect, test } from 'vitest'
import type { AccessKind } from './access.ts'
import { levelBytes, pteBits, ptePpn, sv39Rules } from './pte.ts'

const { V, R, W, X, U, G, A, D } = pteBits

describe('what a page-table entry may look like (privileged specification, 4.3.1 and 4.3.2)', () => {
  test('an entry that is not valid, or writable without being readable, is refused', () => {
    for (let flags = 0; flags < 256; flags++) {
      const reserved = [W, W | X].includes(flags & (R | W | X))
      expect(sv39Rules.isWellFormed(BigInt(flags))).toBe((flags & V) !== 0 && !reserved)
    }
  })

  test('bits 63 to 54 are reserved, and RSW is not (V04)', () => {
    for (let bit = 8n; bit < 64n; bit++)
      expect(sv39Rules.isWellFormed(BigInt(V | R) | (1n << bit)), `bit ${bit}`).toBe(bit < 54n)
  })

  test('an entry with R or X is a leaf', () => {
    for (const flags of [R, X, R | W, R | X, R | W | X]) expect(sv39Rules.isLeaf(BigInt(V | flags))).toBe(true)
    expect(sv39Rules.isLeaf(BigInt(V | U | G | A | D) | (~0n << 8n))).toBe(false)
  })

  test('D, A and U are reserved in an entry that points to a table, G is not (V03)', () => {
    expect(sv39Rules.isLegalPointer(BigInt(V))).toBe(true)
    expect(sv39Rules.isLegalPointer(BigInt(V | G))).toBe(true)
    for (const flags of [D, A, U, D | A | U]) expect(sv39Rules.isLegalPointer(BigInt(V | flags))).toBe(false)
  })

  test('the page of a superpage leaf is aligned to its size (V01)', () => {
    for (const level of [0, 1, 2]) {
      for (let bit = 0; bit < 44; bit++) {
        const pte = (1n << BigInt(10 + bit)) | BigInt(V | R | A)
        expect(sv39Rules.isAligned(pte, level), `level ${level}, bit ${bit} of the page number`).toBe(bit >= 9 * level)
      }
    }
  })

  test('the page number is bits 53 to 10', () => {
    expect(ptePpn(~0n & ((1n << 64n) - 1n))).toBe((1n << 44n) - 1n)
    expect(ptePpn(0x2000_0000n << 10n)).toBe(0x2000_0000n)
  })

  test('a leaf maps 4 KiB, 2 MiB or 1 GiB', () => {
    expect([0, 1, 2].map(levelBytes)).toEqual([2 ** 12, 2 ** 21, 2 ** 30])
  })
})

test('a leaf permits what its bits, the privilege, SUM and MXR allow, and needs A and D set (4.3.1, Svade)', () => {
  // The section as a list of what is required, each a sentence of its own.
  function required(flags: string, kind: AccessKind, privilege: 'U' | 'S', sum: boolean, mxr: boolean): boolean {
    if (privilege === 'U' && !flags.includes('u')) return false
    if (privilege === 'S' && flags.includes('u') && kind === 'fetch') return false
    if (privilege === 'S' && flags.includes('u') && !sum) return false
    if (!flags.includes('a')) return false
    if (kind === 'store') return flags.includes('w') && flags.includes('d')
    if (kind === 'fetch') return flags.includes('x')
    return flags.includes('r') || (mxr && flags.includes('x'))
  }
  const letters = Object.entries(pteBits)
  for (let flags = 0; flags < 256; flags++) {
    const text = letters.map(([name, bit]) => ((flags & bit) !== 0 ? name.toLowerCase() : '')).join('')
    for (const kind of ['fetch', 'load', 'store'] as const) {
      for (const privilege of [0, 1] as const) {
        for (const sum of [false, true]) {
          for (const mxr of [false, true]) {
            const name = `${kind} by ${privilege}, SUM ${sum}, MXR ${mxr}, ${text}`
            const expected = required(text, kind, privilege === 0 ? 'U' : 'S', sum, mxr)
            expect(sv39Rules.permits(flags, kind, privilege, sum, mxr), name).toBe(expected)
          }
        }
      }
    }
  }
})
