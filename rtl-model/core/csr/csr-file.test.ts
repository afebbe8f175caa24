import { describe, expect, test } from 'vitest'
import type { Privilege } from '../retirement.ts'
import { csrAddress } from './addresses.ts'
import { csrFixture } from './fixture.ts'

const ONES = 2n ** 64n - 1n
const PRIVILEGES: Privilege[] = [0, 1, 3]

/** What Spike 55b4658, run as rv64imac_zicsr_zifencei_zicntr with M, S, U, reads back after `value` over `before`. */
type ReadBack = (value: bigint, before: bigint) => bigint

const anything: ReadBack = (value) => value
const masked =
  (mask: bigint): ReadBack =>
  (value) =>
    value & mask
const always =
  (value: bigint): ReadBack =>
  () =>
    value

function mstatus(value: bigint): bigint {
  const mpp = (value >> 11n) & 3n
  const plain = (value & 0x7e_61aan) | (mpp === 2n ? 0n : mpp << 11n) | 0xa_0000_0000n
  return ((value >> 13n) & 3n) === 3n ? plain | (1n << 63n) : plain
}

function sstatus(value: bigint): bigint {
  const plain = (value & 0xc_6122n) | 0x2_0000_0000n
  return ((value >> 13n) & 3n) === 3n ? plain | (1n << 63n) : plain
}

function satp(value: bigint, before: bigint): bigint {
  const mode = value >> 60n
  return mode === 0n || mode === 8n ? value : before
}

const readBacks: Record<string, ReadBack> = {
  sstatus,
  sie: always(0n),
  stvec: masked(~2n),
  scounteren: masked(7n),
  senvcfg: always(0n),
  sscratch: anything,
  sepc: masked(~1n),
  scause: anything,
  stval: anything,
  sip: always(0n),
  satp,
  mstatus,
  misa: (value) => 0x8000_0000_0014_0100n | (value & 0x1005n),
  medeleg: masked(0x8_b3fen),
  mideleg: masked(0x222n),
  mie: masked(0xaaan),
  mtvec: masked(~2n),
  mcounteren: masked(7n),
  menvcfg: always(0n),
  mcountinhibit: masked(5n),
  mscratch: anything,
  mepc: masked(~1n),
  mcause: anything,
  mtval: anything,
  mip: masked(0x222n),
  mcycle: anything,
  minstret: anything,
}
for (let n = 3; n <= 31; n++) {
  readBacks[`mhpmcounter${n}`] = always(0n)
  readBacks[`mhpmevent${n}`] = always(0n)
}
for (let n = 0; n < 64; n++) readBacks[`pmpaddr${n}`] = n < 16 ? masked(2n ** 54n - 1n) : always(0n)
for (let n = 0; n < 16; n += 2) readBacks[`pmpcfg${n}`] = n < 4 ? masked(0x9f9f_9f9f_9f9f_9f9fn) : always(0n)

const constants: Record<string, bigint> = {
  cycle: 0n,
  time: 0n,
  instret: 0n,
  mvendorid: 0n,
  marchid: 5n,
  mimpid: 0n,
  mhartid: 0n,
  mconfigptr: 0n,
}

const patterns = [0n, ONES, 0x5555_5555_5555_5555n, 0xaaaa_aaaa_aaaa_aaaan]
for (let bit = 0n; bit < 64n; bit++) patterns.push(1n << bit, ONES ^ (1n << bit))
for (let mode = 0n; mode < 16n; mode++) patterns.push((mode << 60n) | 0x123_4567_89ab_cdefn)

describe('WARL, every row', () => {
  const { csr } = csrFixture()

  test('the table names every row', () => {
    const names = csr.all().map((row) => row.name)
    expect([...names].sort()).toEqual([...Object.keys(readBacks), ...Object.keys(constants)].sort())
    for (const row of csr.all()) expect(row.warl).not.toBe('')
  })

  test.each(csr.all())('$name: $warl', ({ csr: address, name }) => {
    const { csr } = csrFixture()
    // Counters are compared as the next instruction sees them, which the tests of counters do.
    if (name === 'mcycle' || name === 'minstret') csr.write(csrAddress.mcountinhibit, 5n, 3)
    let before = csr.read(address, 3)!
    for (const value of patterns) {
      const writes = csr.write(address, value, 3)
      const after = csr.read(address, 3)!
      if (name in constants) {
        expect(writes).toBeUndefined()
        expect(after).toBe(constants[name])
      } else {
        expect(after, `${value.toString(16)} over ${before.toString(16)}`).toBe(
          BigInt.asUintN(64, readBacks[name](value, before)),
        )
        for (const write of writes!)
          expect(write.value).toBe(csr.name(write.csr) === 'mvip' ? write.value : csr.read(write.csr, 3))
      }
      before = after
    }
  })
})

describe('reset values', () => {
  test.each([
    ['mstatus', 0xa_0000_0000n],
    ['sstatus', 0x2_0000_0000n],
    ['misa', 0x8000_0000_0014_1105n],
  ] as const)('%s', (name, value) => {
    const { csr } = csrFixture()
    csr.write(csrAddress[name], 0n, 3)
    csr.reset()
    expect(csr.read(csrAddress[name], 3)).toBe(value)
  })

  test('all others are 0', () => {
    const { csr } = csrFixture()
    const marked = new Set(['mstatus', 'sstatus', 'misa', 'marchid'])
    for (const row of csr.all()) if (!marked.has(row.name)) expect(row.read(), row.name).toBe(0n)
  })
})

describe('2.1 address ranges', () => {
  test('the address decides the least privilege and whether a write is legal', () => {
    const { csr } = csrFixture()
    csr.write(csrAddress.mcounteren, 7n, 3)
    csr.write(csrAddress.scounteren, 7n, 3)
    for (const { csr: address, name } of csr.all())
      for (const privilege of PRIVILEGES) {
        const enough = privilege >= ((address >> 8) & 3)
        expect(csr.read(address, privilege) !== undefined, `read ${name} in ${privilege}`).toBe(enough)
        const writable = enough && address >> 10 !== 3
        expect(csr.write(address, 0n, privilege) !== undefined, `write ${name} in ${privilege}`).toBe(writable)
        csr.write(csrAddress.mcounteren, 7n, 3)
        csr.write(csrAddress.scounteren, 7n, 3)
      }
  })

  test.each([
    ['fcsr', 0x003],
    ['hpmcounter3, without Zihpm', 0xc03],
    ['cycleh, of RV32', 0xc80],
    ['pmpcfg1, of RV32', 0x3a1],
    ['mseccfg, without Smepmp', 0x747],
    ['mtval2, without H', 0x34b],
    ['mvip, without Smaia', 0x309],
    ['hstatus', 0x600],
    ['tselect', 0x7a0],
    ['dcsr', 0x7b0],
    ['stimecmp, without Sstc', 0x14d],
  ])('%s is absent', (_, address) => {
    const { csr } = csrFixture()
    expect(csr.read(address, 3)).toBeUndefined()
    expect(csr.write(address, 0n, 3)).toBeUndefined()
  })
})

describe('names', () => {
  test('are those of the Spike log, families numbered', () => {
    const { csr } = csrFixture()
    expect([0x300, 0x3a2, 0x3bf, 0xb1f, 0x33f, 0x309].map((address) => csr.name(address))).toEqual([
      'mstatus',
      'pmpcfg2',
      'pmpaddr15',
      'mhpmcounter31',
      'mhpmevent31',
      'mvip',
    ])
    expect(csr.name(0x003)).toBeUndefined()
  })
})

describe('what a write logs', () => {
  test('sstatus logs mstatus', () => {
    const { csr } = csrFixture()
    expect(csr.write(csrAddress.sstatus, 2n, 1)).toEqual([{ csr: 0x300, value: 0xa_0000_0002n }])
  })

  test('a constant logs nothing, an event selector its 0', () => {
    const { csr } = csrFixture()
    expect(csr.write(0xb03, 7n, 3)).toEqual([])
    expect(csr.write(0x323, 7n, 3)).toEqual([{ csr: 0x323, value: 0n }])
  })

  test('satp with an unsupported MODE keeps and logs the old value', () => {
    const { csr } = csrFixture()
    csr.write(csrAddress.satp, 0x8000_0000_0008_0001n, 3)
    const { translationEpoch } = csr
    expect(csr.write(csrAddress.satp, 0x9000_0000_0008_0002n, 3)).toEqual([
      { csr: 0x180, value: 0x8000_0000_0008_0001n },
    ])
    expect(csr.translationEpoch).toBe(translationEpoch)
  })
})

describe('3.1.1 misa', () => {
  const WITHOUT_C = 0x1001n

  test('clearing C is ignored, and logs nothing, while the pc is not aligned to 4 bytes', () => {
    const { csr, hart } = csrFixture()
    hart.pc = 0x8000_0002n
    expect(csr.write(csrAddress.misa, WITHOUT_C, 3)).toEqual([])
    expect(csr.compressed).toBe(true)
    hart.pc = 0x8000_0004n
    expect(csr.write(csrAddress.misa, WITHOUT_C, 3)).toEqual([{ csr: 0x301, value: 0x8000_0000_0014_1101n }])
    expect(csr.compressed).toBe(false)
  })

  test('a change, and only a change, tells the decoder', () => {
    const { csr } = csrFixture()
    const { decodeEpoch } = csr
    csr.write(csrAddress.misa, 0x1005n, 3)
    expect(csr.decodeEpoch).toBe(decodeEpoch)
    csr.write(csrAddress.misa, 0x0005n, 3)
    expect(csr.decodeEpoch).toBe(decodeEpoch + 1)
  })

  test('without C, misaligned instructions can be delegated', () => {
    const { csr } = csrFixture()
    csr.write(csrAddress.misa, WITHOUT_C, 3)
    csr.write(csrAddress.medeleg, ONES, 3)
    expect(csr.read(csrAddress.medeleg, 3)).toBe(0x8_b3ffn)
  })
})

describe('3.1.14 mepc and sepc (T05)', () => {
  test.each(['mepc', 'sepc'] as const)('%s never shows bit 0, and hides bit 1 while C is off', (name) => {
    const { csr } = csrFixture()
    expect(csr.write(csrAddress[name], 0x8000_0003n, 3)).toEqual([{ csr: csrAddress[name], value: 0x8000_0002n }])
    csr.write(csrAddress.misa, 0n, 3)
    expect(csr.read(csrAddress[name], 3)).toBe(0x8000_0000n)
    csr.write(csrAddress.misa, 4n, 3)
    expect(csr.read(csrAddress[name], 3)).toBe(0x8000_0002n)
  })
})

describe('3.1.6.5 TVM (T01a)', () => {
  test('takes satp from S, for reads and writes, and leaves it to M', () => {
    const { csr } = csrFixture()
    expect(csr.read(csrAddress.satp, 1)).toBe(0n)
    csr.write(csrAddress.mstatus, 1n << 20n, 3)
    expect(csr.read(csrAddress.satp, 1)).toBeUndefined()
    expect(csr.write(csrAddress.satp, 0n, 1)).toBeUndefined()
    expect(csr.read(csrAddress.satp, 3)).toBe(0n)
    expect(csr.read(csrAddress.sscratch, 1)).toBe(0n)
  })
})

describe('4.1.11 satp', () => {
  test.each([
    [0, 0x8000_0fff_ffff_ffffn],
    [9, 0x801f_ffff_ffff_ffffn],
    [16, 0x8fff_ffff_ffff_ffffn],
  ])('has %d bits of ASID, from the lowest', (asidBits, value) => {
    const { csr } = csrFixture({ asidBits })
    csr.write(csrAddress.satp, 0x8fff_ffff_ffff_ffffn, 3)
    expect(csr.read(csrAddress.satp, 3)).toBe(value)
  })
})

describe('3.7.1 PMP registers', () => {
  test('are absent without entries', () => {
    const { csr } = csrFixture({ pmpEntries: 0 })
    for (const address of [0x3a0, 0x3b0, 0x3ef]) {
      expect(csr.read(address, 3)).toBeUndefined()
      expect(csr.write(address, 0n, 3)).toBeUndefined()
    }
  })

  test('a locked address logs nothing; one beyond the entries logs its 0', () => {
    const { csr, pmpLocked } = csrFixture()
    pmpLocked.add(1)
    expect(csr.write(0x3b1, 5n, 3)).toEqual([])
    expect(csr.write(0x3b2, 5n, 3)).toEqual([{ csr: 0x3b2, value: 5n }])
    expect(csr.write(0x3c0, 5n, 3)).toEqual([{ csr: 0x3c0, value: 0n }])
    expect(csr.write(0x3a4, 5n, 3)).toEqual([])
  })
})

describe('translation epoch', () => {
  const cases: [string, number, bigint, boolean][] = [
    ['mstatus.MPRV', csrAddress.mstatus, 1n << 17n, true],
    ['mstatus.MPP', csrAddress.mstatus, 3n << 11n, true],
    ['mstatus.SUM', csrAddress.mstatus, 1n << 18n, true],
    ['sstatus.MXR', csrAddress.sstatus, 1n << 19n, true],
    ['mstatus.MIE', csrAddress.mstatus, 1n << 3n, false],
    ['satp', csrAddress.satp, 1n, true],
    ['the same satp', csrAddress.satp, 0n, false],
    ['pmpaddr3', 0x3b3, 1n, true],
    ['pmpcfg0', 0x3a0, 1n, true],
    ['pmpaddr20, which is not there', 0x3c4, 1n, false],
    ['mscratch', csrAddress.mscratch, 1n, false],
  ]
  test.each(cases)('%s', (_, address, value, counts) => {
    const { csr } = csrFixture()
    const { translationEpoch } = csr
    csr.write(address, value, 3)
    expect(csr.translationEpoch > translationEpoch).toBe(counts)
  })
})
