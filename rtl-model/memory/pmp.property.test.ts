import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Privilege } from '../core/retirement.ts'
import { RegionAllocator } from '../core/state.ts'
import type { AccessKind } from './access.ts'
import { createPmp } from './pmp.ts'

const ALL_ONES = (1n << 54n) - 1n

/** The section read literally: every byte against every entry. */
class NaivePmp {
  readonly addresses: bigint[]
  readonly configs: number[]
  readonly granularity: bigint

  constructor(entries: number, granularity: number) {
    this.addresses = Array(entries).fill(0n)
    this.configs = Array(entries).fill(0)
    this.granularity = BigInt(granularity)
  }

  mode(i: number): number {
    return (this.configs[i] >> 3) & 3
  }

  writeAddress(i: number, value: bigint): void {
    if (i >= this.configs.length || this.configs[i] >= 0x80) return
    if (i + 1 < this.configs.length && this.configs[i + 1] >= 0x80 && this.mode(i + 1) === 1) return
    this.addresses[i] = value % (1n << 54n)
  }

  writeConfig(i: number, value: number): void {
    if (i >= this.configs.length || this.configs[i] >= 0x80) return
    let rights = value & 7
    if (rights === 2 || rights === 6) rights -= 2
    let mode = (value >> 3) & 3
    if (mode === 2 && this.granularity > 4n) mode = 3
    this.configs[i] = (value >= 0x80 ? 0x80 : 0) + mode * 8 + rights
  }

  readAddress(i: number): bigint {
    const grain = this.granularity / 4n
    if (i >= this.configs.length) return 0n
    const rest = this.addresses[i] - (this.addresses[i] % grain)
    if (this.mode(i) !== 3 || grain < 2n) return rest
    const low = grain / 2n
    return this.addresses[i] - (this.addresses[i] % low) + low - 1n
  }

  matchesByte(i: number, pa: bigint): boolean {
    const grains = (address: bigint): bigint => (address * 4n) / this.granularity
    if (this.mode(i) === 0) return false
    if (this.mode(i) === 1) {
      const grain = pa / this.granularity
      return grain < grains(this.addresses[i]) && (i === 0 || grain >= grains(this.addresses[i - 1]))
    }
    if (this.mode(i) === 2) return pa / 4n === this.addresses[i]
    const ones = this.readAddress(i).toString(2).padStart(54, '0').match(/1*$/)?.[0].length ?? 0
    const bytes = 8n << BigInt(ones)
    return pa / bytes === (this.addresses[i] * 4n) / bytes
  }

  /** The first entry that matches the byte, or -1. */
  decider(pa: bigint): number {
    return this.configs.findIndex((_, i) => this.matchesByte(i, pa))
  }

  rights(i: number, privilege: Privilege): number {
    if (i < 0) return privilege === 3 || this.configs.length === 0 ? 7 : 0
    return privilege === 3 && this.configs[i] < 0x80 ? 7 : this.configs[i] & 7
  }

  allows(pa: bigint, size: number, right: number, privilege: Privilege): boolean {
    const bytes = Array.from({ length: size }, (_, i) => pa + BigInt(i))
    for (const i of this.configs.keys()) {
      const matched = bytes.filter((byte) => this.matchesByte(i, byte)).length
      if (matched === size) return (this.rights(i, privilege) & right) !== 0
      if (matched > 0) return false
    }
    return (this.rights(-1, privilege) & right) !== 0
  }
}

const bases = [0n, 0x8000_0000n, 1n << 54n, (1n << 56n) - 512n]
const near = (range: number) =>
  fc.tuple(fc.constantFrom(...bases), fc.integer({ min: 0, max: range })).map(([base, offset]) => base + BigInt(offset))
const addressValue = fc.oneof(
  { weight: 4, arbitrary: near(511).map((pa) => pa >> 2n) },
  { weight: 2, arbitrary: fc.tuple(near(511), fc.nat(8)).map(([pa, k]) => (pa >> 2n) | ((1n << BigInt(k)) - 1n)) },
  { weight: 1, arbitrary: fc.nat(54).map((k) => ALL_ONES >> BigInt(k)) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
)
const configByte = fc
  .tuple(fc.nat(127), fc.integer({ min: 0, max: 5 }))
  .map(([low, lock]) => (lock === 0 ? low | 0x80 : low))
const write = fc.oneof(
  fc.record({ entry: fc.nat(17), address: addressValue }),
  fc.record({ register: fc.constantFrom(0, 2, 4), bytes: fc.array(configByte, { minLength: 8, maxLength: 8 }) }),
)
const access = fc.record({
  pa: fc.oneof({ weight: 9, arbitrary: near(520) }, { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 1n << 56n }) }),
  size: fc.constantFrom(1, 2, 4, 8),
  kind: fc.constantFrom<AccessKind>('load', 'store', 'fetch'),
  privilege: fc.constantFrom<Privilege>(0, 1, 3),
})
const kindRight: Record<AccessKind, number> = { load: 1, store: 2, fetch: 4 }

test('any writes and accesses agree with the section read byte by byte', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 8, 16, 64),
      fc.constantFrom(4, 8, 16, 64),
      fc.array(write, { minLength: 4, maxLength: 24 }),
      fc.array(access, { minLength: 12, maxLength: 12 }),
      (count, granularity, writes, accesses) => {
        const buffer = new ArrayBuffer(8192)
        const config = { pmpEntries: count, pmpGranularity: granularity }
        const written = createPmp(new RegionAllocator(buffer), config)
        const naive = new NaivePmp(count, granularity)
        for (const step of writes) {
          if ('entry' in step) {
            const took = written.writeAddress(step.entry, step.address)
            naive.writeAddress(step.entry, step.address)
            if (took && step.entry < count) expect(naive.addresses[step.entry]).toBe(step.address & ALL_ONES)
          } else {
            written.writeConfig(
              step.register,
              step.bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
            )
            for (const [i, byte] of step.bytes.entries()) naive.writeConfig(step.register * 4 + i, byte)
          }
        }
        // A copy of the buffer is a copy of the unit.
        const pmp = createPmp(new RegionAllocator(buffer.slice(0)), config)
        written.reset()
        for (let i = 0; i < 18; i++) expect(pmp.readAddress(i)).toBe(naive.readAddress(i))
        for (const register of [0, 2, 4]) {
          for (let i = 0; i < 8; i++)
            expect((pmp.readConfig(register) >> BigInt(8 * i)) & 0xffn).toBe(
              BigInt(naive.configs[register * 4 + i] ?? 0),
            )
        }
        for (const { pa, size, kind, privilege } of accesses) {
          expect(pmp.allows(pa, size, kind, privilege)).toBe(naive.allows(pa, size, kindRight[kind], privilege))
          const block = pa & ~63n
          const deciders = new Set(Array.from({ length: 16 }, (_, i) => naive.decider(block + BigInt(4 * i))))
          const { uniform, rights } = pmp.pageRights(block, privilege, 64)
          expect(uniform).toBe(deciders.size === 1)
          if (uniform) expect(rights).toBe(naive.rights([...deciders][0], privilege))
        }
      },
    ),
    { numRuns: 400 },
  )
})
