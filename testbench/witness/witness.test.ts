import { describe, expect, test } from 'vitest'
import { SATP } from '../../monitor/spec/fixture.ts'
import type { Made } from './fixture.ts'
import { HOST_PC, LENT, populated, RAM, registers, Watched } from './fixture.ts'

const { host, running, fork, holder, other, template, places } = populated()

const kinds = ['load', 'store', 'fetch', 'walk'] as const
type Kind = (typeof kinds)[number]

/** A record that touches an address in one of the four ways. */
const touching = (kind: Kind, pa: bigint, by: 0 | 1): Made =>
  kind === 'store'
    ? { by, store: [pa, 1n] }
    : { by, ...{ load: { load: pa }, fetch: { fetchPa: pa }, walk: { walk: pa } }[kind] }

describe('a trespass is seen', () => {
  const all: readonly Kind[] = kinds
  const none: readonly Kind[] = []
  /** What each domain may do with pages of each owner. */
  const hostMay = { host: ['load', 'store', 'fetch'], tables: ['load', 'walk'] } as Record<string, readonly Kind[]>
  const forkMay = {
    [`enclave ${fork}`]: all,
    [`template ${template}`]: ['load', 'fetch'],
    'share 7': ['load', 'store'],
  } as Record<string, readonly Kind[]>

  for (const [owner, pa] of Object.entries(places)) {
    test.each(kinds)(`of the host, and of an enclave, on a page of ${owner}, by %s`, (kind) => {
      const byHost = new Watched(host).run({}, touching(kind, pa + 0xff8n, 1)).trespasses
      const expected = { kind, pa: pa + 0xff8n, owner, order: 1n, pc: HOST_PC }
      expect(byHost).toEqual((hostMay[owner] ?? none).includes(kind) ? [] : [{ ...expected, domain: 'host' }])
      const byFork = new Watched(running).run({ by: 0 }, touching(kind, pa + 0xff8n, 0)).trespasses
      expect(byFork).toEqual((forkMay[owner] ?? none).includes(kind) ? [] : [{ ...expected, domain: fork }])
    })
  }

  test('not where the host has lent a page: an enclave reads and writes it', () => {
    const watched = new Watched(running).run(...kinds.map((kind) => touching(kind, LENT, 0)))
    expect(watched.trespasses.map(({ kind }) => kind)).toEqual(['fetch', 'walk'])
  })

  test('not on a relay region of its own', () => {
    const state = { ...host, running: holder }
    const watched = new Watched(state).run(...kinds.map((kind) => touching(kind, places['relay 0'], 0)))
    expect(watched.trespasses.map(({ kind }) => kind)).toEqual(['fetch', 'walk'])
  })

  test('where there is no memory, of an enclave and not of the host', () => {
    for (const pa of [RAM.pa - 8n, RAM.pa + RAM.size, 1n << 40n]) {
      expect(new Watched(host).run({ load: pa }).trespasses).toEqual([])
      expect(new Watched(running).run({ by: 0, load: pa }).trespasses).toMatchObject([{ owner: undefined, pa }])
    }
  })

  test('not of the monitor, nor of an access that trapped', () => {
    const pa = places[`enclave ${other}`]
    const trap = { cause: 13 }
    const watched = new Watched(host).run({ load: pa, trap }, { by: 3, load: pa }, { by: 3, store: [pa, 0n] })
    expect(watched.trespasses).toEqual([])
  })

  test('of each walk of an instruction that trapped', () => {
    const watched = new Watched(host).run({ walk: places.pool, trap: { cause: 13 } })
    expect(watched.trespasses).toMatchObject([{ kind: 'walk', owner: 'pool' }])
  })
})

describe('address spaces', () => {
  test('a domain that changes its own is told of, and the host is then in the new one', () => {
    const watched = new Watched(host).run({ satp: SATP + 1n })
    expect(watched.spaces).toEqual([{ domain: 'host', satp: SATP + 1n, order: 0n, pc: HOST_PC }])
    expect(watched.witness.standpoint.satp).toBe(SATP + 1n)
    expect(new Watched(running).run({ by: 0, satp: 1n }).spaces).toMatchObject([{ domain: fork, satp: 1n }])
  })

  test('the monitor changes them without a word', () => {
    const watched = new Watched(host).run({ trap: { cause: 9 } }, { by: 3, satp: 1n }, { by: 3, satp: SATP })
    expect(watched.spaces).toEqual([])
    expect(watched.witness.standpoint.satp).toBe(SATP)
  })
})

describe('domains', () => {
  test('the host where no enclave runs, otherwise the enclave', () => {
    expect(new Watched(host).witness.domain).toBe('host')
    expect(new Watched(running).witness.domain).toBe(fork)
  })

  test('the host that goes on where an enclave ran has got round the monitor, once', () => {
    const watched = new Watched(running).run({ by: 0 }, { by: 1 }, { by: 1, load: places[`enclave ${fork}`] })
    expect(watched.bypasses).toEqual([{ eid: fork, order: 1n, pc: HOST_PC }])
    expect(watched.witness.domain).toBe('host')
    expect(watched.trespasses).toMatchObject([{ domain: 'host', kind: 'load' }])
  })

  test('every trap of a domain is told, also one that its own handler gets', () => {
    const watched = new Watched(running).run({ by: 0, trap: { cause: 12 } }, { by: 3, trap: { cause: 5 } })
    expect(watched.traps).toEqual([[fork, 12, false]])
    expect(new Watched(host).run({ trap: { cause: 5, interrupt: true } }, {}).traps).toEqual([['host', 5, true]])
  })
})

describe('memory and registers', () => {
  test('are what was stored, and what was put there from outside', () => {
    const watched = new Watched(host, registers)
    watched.witness.poked(places.host, Uint8Array.of(1, 2, 3))
    watched.run({ store: [places.host + 8n, 0x1122_3344_5566_7788n] })
    const bytes = [1, 2, 3, 0, 0, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11]
    expect([...watched.witness.memory.read(places.host, 16)!]).toEqual(bytes)
  })

  test('registers at a trap are those of before it, with what was written since, in whichever batch', () => {
    const watched = new Watched(host, registers).run({ x: [5, 1n] }, { x: [0, 99n] })
    watched.run({ x: [6, (1n << 64n) - 1n] }, { x: [5, 7n] }, { trap: { cause: 9 } }, { by: 3, x: [5, 8n] })
    watched.run({ by: 3, x: [7, 9n] })
    watched.witness.settle({ privilege: 1, pc: HOST_PC + 4n })
    const at = registers
      .with(5, 8n)
      .with(6, (1n << 64n) - 1n)
      .with(7, 9n)
    expect(watched.visits[0].standing.registers).toEqual(at)
    expect(watched.visits[0].problems).toMatchObject([
      { kind: 'registers', text: 'x5 0x8, not 0x7; x7 0x9, not 0x700000007' },
    ])
  })

  test('registers put there from outside count from then on', () => {
    const watched = new Watched(host, registers)
    watched.witness.placed(registers.with(9, 5n))
    watched.run({ trap: { cause: 9 } }, { by: 3 })
    watched.witness.settle({ privilege: 1, pc: HOST_PC + 4n })
    expect(watched.visits[0].standing.registers[9]).toBe(5n)
  })

  test('after a restart nothing is left of what was', () => {
    const watched = new Watched(host, registers).run({ store: [places.host, 1n] }, { trap: { cause: 9 } }, { by: 3 })
    const standpoint = { state: running, roots: new Map(), satp: 0n, given: new Map() }
    watched.witness.restart({ standpoint, pages: new Map(), registers, satp: 0n })
    watched.witness.settle({ privilege: 1, pc: 0n })
    expect(watched.visits).toEqual([])
    expect(watched.witness.domain).toBe(fork)
    expect(watched.witness.memory.read(places.host, 1)).toEqual(Uint8Array.of(0))
  })
})

describe('instructions that memory held before the last fence.i', () => {
  const [NOP, ONE, FENCE] = [0x13, 0x0010_0e93, 0x0000_100f]
  const at = places.host
  const here = { fetchPa: at, pc: HOST_PC - (HOST_PC % 64n) }
  const holding = (bits: number): Made => ({ store: [at, BigInt(bits)] })
  const fence: Made = { bits: FENCE }
  const run = (...records: readonly Made[]) => new Watched(host).run(...records).old

  test('are seen, with who executed them', () => {
    const records = [holding(ONE), fence, { ...here, bits: NOP }]
    expect(run(...records)).toEqual([{ domain: 'host', pa: at, pc: here.pc, order: 2n }])
    expect(run(...records, { ...here, bits: ONE })).toHaveLength(1)
  })

  test('are seen behind a fence of the monitor', () => {
    const watched = new Watched(host, registers).run(holding(ONE), { trap: { cause: 9 } }, { by: 3, bits: FENCE })
    expect(watched.run({ ...here, bits: NOP }).old).toHaveLength(1)
  })

  test.each<[string, Made[]]>([
    ['what memory holds', [holding(ONE), fence, { ...here, bits: ONE }]],
    ['what was there before any fence', [holding(ONE), { ...here, bits: NOP }]],
    ['what was written since', [fence, holding(ONE), { ...here, bits: NOP }]],
    [
      'what was there before a fence that trapped',
      [holding(ONE), { ...fence, trap: { cause: 2 } }, { ...here, bits: NOP }],
    ],
    ['a compressed instruction, whatever comes behind it', [holding(1), fence, { ...here, bits: 0xdead_0001 }]],
    [
      'half an instruction, whose other half could not be fetched',
      [holding(ONE), fence, { ...here, bits: 3, trap: { cause: 12 } }],
    ],
    [
      'an instruction on two pages, of which one is known',
      [
        { store: [at + 0xff8n, BigInt(NOP) << 48n] },
        fence,
        { fetchPa: at + 0xff8n, pc: here.pc - 2n, bits: 0xffff_0013 },
      ],
    ],
  ])('are not %s', (_, records) => {
    expect(run(...records)).toEqual([])
  })
})
