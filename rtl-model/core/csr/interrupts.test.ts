import { describe, expect, test } from 'vitest'
import { csrAddress } from './addresses.ts'
import { csrFixture } from './fixture.ts'

const SSIP = 1n << 1n
const STIP = 1n << 5n
const SEIP = 1n << 9n
const { mip, mie, mideleg, sip, sie, mvip } = csrAddress

describe('3.1.9 mip', () => {
  test('shows lines and written bits; software cannot write MSIP, MTIP, MEIP', () => {
    const { csr, hart } = csrFixture()
    hart.interruptLines = 0x888
    csr.write(mip, 0n, 3)
    expect(csr.read(mip, 3)).toBe(0x888n)
    hart.interruptLines = 0
    csr.write(mip, 0xfffn, 3)
    expect(csr.read(mip, 3)).toBe(0x222n)
  })

  test('SEIP reads as written bit or line, but is modified as the written bit', () => {
    const { csr, hart } = csrFixture()
    hart.interruptLines = Number(SEIP)
    expect(csr.read(mip, 3)).toBe(SEIP)
    expect(csr.readForModify(mip)).toBe(0n)
    // csrrs of SSIP, then the line falls: no interrupt may be left behind.
    csr.write(mip, csr.readForModify(mip) | SSIP, 3)
    hart.interruptLines = 0
    expect(csr.read(mip, 3)).toBe(SSIP)
    // And a written SEIP survives a csrrc of another bit.
    csr.write(mip, SEIP | SSIP, 3)
    csr.write(mip, csr.readForModify(mip) & ~SSIP, 3)
    expect(csr.read(mip, 3)).toBe(SEIP)
  })

  test('every other CSR is modified as it is read', () => {
    const { csr } = csrFixture()
    for (const row of csr.all()) if (row.name !== 'mip') expect(csr.readForModify(row.csr)).toBe(row.read())
  })

  test('a write logs mip, and mvip with SSIP and STIP of before', () => {
    const { csr, hart } = csrFixture()
    csr.write(mip, STIP, 3)
    hart.interruptLines = 0x80
    expect(csr.write(mip, SEIP | SSIP, 3)).toEqual([
      { csr: mvip, value: SEIP | STIP },
      { csr: mip, value: SEIP | SSIP | 0x80n },
    ])
  })
})

describe('4.1.3 sip and sie', () => {
  test('show and write what is delegated: SSIP of sip, all three of sie', () => {
    const { csr } = csrFixture()
    csr.write(mip, 0x222n, 3)
    csr.write(mie, 0xaaan, 3)
    csr.write(mideleg, SSIP | SEIP, 3)
    expect(csr.read(sip, 1)).toBe(SSIP | SEIP)
    expect(csr.read(sie, 1)).toBe(SSIP | SEIP)
    expect(csr.write(sip, 0n, 1)).toEqual([
      { csr: mvip, value: 0x222n },
      { csr: mip, value: STIP | SEIP },
    ])
    expect(csr.write(sie, SEIP | STIP, 1)).toEqual([
      { csr: sie, value: SEIP },
      { csr: mie, value: 0xaa8n },
    ])
    csr.write(mideleg, 0n, 3)
    csr.write(sip, SSIP, 1)
    expect(csr.read(mip, 3)).toBe(STIP | SEIP)
  })
})
