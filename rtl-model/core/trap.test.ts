import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csrAddress } from './csr/addresses.ts'
import { type CsrFixture, csrFixture } from './csr/fixture.ts'
import type { Privilege } from './retirement.ts'
import { createTraps, exceptionCode, interruptNumber, type Traps } from './trap.ts'

const TVM = 1n << 20n
const TW = 1n << 21n
const TSR = 1n << 22n
const MPRV = 1n << 17n

function machine(): CsrFixture & { traps: Traps } {
  const fixture = csrFixture()
  return { ...fixture, traps: createTraps(fixture.hart, fixture.csr) }
}

/** The stacks of `mstatus` written as words of the specification say, without bit arithmetic (3.1.6.1). */
interface Status {
  privilege: Privilege
  mie: boolean
  mpie: boolean
  mpp: Privilege
  sie: boolean
  spie: boolean
  spp: 0 | 1
  mprv: boolean
}

function statusOf({ hart, csr }: CsrFixture): Status {
  const digits = csr.mstatus.toString(2).padStart(64, '0')
  const bit = (n: number) => digits[63 - n] === '1'
  return {
    privilege: hart.privilege,
    mie: bit(3),
    mpie: bit(7),
    mpp: Number.parseInt(digits.slice(51, 53), 2) as Privilege,
    sie: bit(1),
    spie: bit(5),
    spp: bit(8) ? 1 : 0,
    mprv: bit(17),
  }
}

function trapped(s: Status, to: 1 | 3): Status {
  return to === 3
    ? { ...s, privilege: 3, mpp: s.privilege, mpie: s.mie, mie: false }
    : { ...s, privilege: 1, spp: s.privilege as 0 | 1, spie: s.sie, sie: false }
}

function returned(s: Status, from: 1 | 3): Status {
  return from === 3
    ? { ...s, privilege: s.mpp, mpp: 0, mie: s.mpie, mpie: true, mprv: s.mpp === 3 && s.mprv }
    : { ...s, privilege: s.spp, spp: 0, sie: s.spie, spie: true, mprv: false }
}

const privileges = fc.constantFrom<Privilege>(0, 1, 3)
const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const event = fc.oneof(
  fc.record({ kind: fc.constant('trap' as const), cause: fc.integer({ min: 0, max: 15 }), interrupt: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('mret' as const, 'sret' as const) }),
)

describe('3.1.6.1 privilege and interrupt-enable stack', () => {
  test('any sequence of traps and returns stacks as the specification says', () => {
    fc.assert(
      fc.property(privileges, word, word, fc.array(event, { maxLength: 12 }), (privilege, mstatus, deleg, events) => {
        const m = machine()
        m.csr.write(csrAddress.medeleg, deleg, 3)
        m.csr.write(csrAddress.mideleg, deleg, 3)
        m.csr.write(csrAddress.mstatus, mstatus & ~TSR, 3)
        m.hart.privilege = privilege
        for (const event of events) {
          const before = statusOf(m)
          const others = m.csr.mstatus & ~0x2_19aan
          if (event.kind === 'trap') {
            const delegated = m.csr.read(event.interrupt ? csrAddress.mideleg : csrAddress.medeleg, 3)!
            const to = before.privilege < 3 && (delegated & (1n << BigInt(event.cause))) !== 0n ? 1 : 3
            m.traps.enter(event.cause, event.interrupt, 0n)
            expect(statusOf(m)).toEqual(trapped(before, to))
          } else {
            const from = event.kind === 'mret' ? 3 : 1
            const writes = m.traps[event.kind]()
            expect(writes !== undefined).toBe(before.privilege >= from)
            if (writes === undefined) expect(statusOf(m)).toEqual(before)
            else {
              expect(statusOf(m)).toEqual(returned(before, from))
              expect(writes).toEqual([{ csr: 0x300, value: m.csr.mstatus }])
            }
          }
          expect(m.csr.mstatus & ~0x2_19aan).toBe(others)
        }
      }),
    )
  })

  test('a handler that only returns gives back pc, privilege and interrupt enable', () => {
    fc.assert(
      fc.property(privileges, fc.boolean(), fc.integer({ min: 0, max: 15 }), word, (privilege, delegate, cause, pc) => {
        const { hart, csr, traps } = machine()
        if (delegate) csr.write(csrAddress.medeleg, 1n << BigInt(cause), 3)
        csr.write(csrAddress.mstatus, 0b1010n, 3)
        hart.privilege = privilege
        hart.pc = pc & ~1n
        traps.enter(cause, false, 0n)
        const from = hart.privilege
        expect(from === 3 ? traps.mret() : traps.sret()).toBeDefined()
        expect([hart.pc, hart.privilege]).toEqual([pc & ~1n, privilege])
        expect(csr.mstatus & 0b1010n).toBe(0b1010n)
      }),
    )
  })
})

describe('3.1.8 delegation (T07)', () => {
  test('only traps from S and U, only with the bit of the right register, go to S', () => {
    for (const privilege of [0, 1, 3] as Privilege[])
      for (const interrupt of [false, true])
        for (let cause = 0; cause < 20; cause++)
          for (const exceptions of [true, false]) {
            const { hart, csr, traps } = machine()
            csr.write(exceptions ? csrAddress.medeleg : csrAddress.mideleg, 2n ** 64n - 1n, 3)
            hart.privilege = privilege
            traps.enter(cause, interrupt, 0n)
            const delegable = exceptions ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 19] : [1, 5, 9]
            const toS = privilege < 3 && interrupt !== exceptions && delegable.includes(cause)
            expect(hart.privilege, `${cause} ${interrupt} from ${privilege}`).toBe(toS ? 1 : 3)
          }
  })

  test('fills the registers of the mode that handles the trap, and no others', () => {
    const { hart, csr, traps } = machine()
    csr.write(csrAddress.medeleg, 1n << 13n, 3)
    csr.write(csrAddress.mtvec, 0x8000_1000n, 3)
    csr.write(csrAddress.stvec, 0x8000_2000n, 3)
    hart.privilege = 0
    hart.pc = 0x4000_0002n
    traps.enter(exceptionCode.loadPage, false, 0xdead_0000n)
    const names = ['sepc', 'scause', 'stval', 'mepc', 'mcause', 'mtval'] as const
    expect(names.map((name) => csr.get(name))).toEqual([0x4000_0002n, 13n, 0xdead_0000n, 0n, 0n, 0n])
    expect(hart.pc).toBe(0x8000_2000n)
    traps.enter(exceptionCode.illegalInstruction, false, 0x1234n)
    expect(names.map((name) => csr.get(name))).toEqual([0x4000_0002n, 13n, 0xdead_0000n, 0x8000_2000n, 2n, 0x1234n])
    expect(hart.pc).toBe(0x8000_1000n)
  })

  test('an interrupt sets the top bit of the cause', () => {
    const { csr, traps } = machine()
    traps.enter(interruptNumber.machineTimer, true, 0n)
    expect(csr.get('mcause')).toBe((1n << 63n) | 7n)
  })
})

describe('3.1.7 mtvec and stvec (T06)', () => {
  test.each([
    ['mtvec', 0x8000_1001n, 3],
    ['stvec', 0xffff_ffc0_0000_1001n, 1],
  ] as const)('%s: vectored mode moves interrupts by 4 × cause, not exceptions', (name, value, to) => {
    for (const interrupt of [true, false])
      for (const cause of [1, 5, 9]) {
        const { hart, csr, traps } = machine()
        csr.write(csrAddress[name], value, 3)
        if (to === 1) for (const deleg of [csrAddress.medeleg, csrAddress.mideleg]) csr.write(deleg, 0x222n, 3)
        hart.privilege = 0
        traps.enter(cause, interrupt, 0n)
        expect(hart.privilege).toBe(to)
        expect(hart.pc).toBe(value - 1n + (interrupt ? 4n * BigInt(cause) : 0n))
      }
  })

  test('direct mode goes to the base for both', () => {
    for (const interrupt of [true, false]) {
      const { hart, csr, traps } = machine()
      csr.write(csrAddress.mtvec, 0x8000_1004n, 3)
      traps.enter(7, interrupt, 0n)
      expect(hart.pc).toBe(0x8000_1004n)
    }
  })
})

describe('3.1.9 which interrupt is taken', () => {
  /** By the text: of those that are pending, enabled and let through, the first of the fixed order; M before S. */
  function expected(m: CsrFixture): number | undefined {
    const has = (mask: bigint, n: number) => (mask & (1n << BigInt(n))) !== 0n
    const status = statusOf(m)
    const takenBy = (to: Privilege, enabled: boolean) => status.privilege < to || (status.privilege === to && enabled)
    const candidates = [11, 3, 7, 9, 1, 5].filter((n) => has(m.csr.mip, n) && has(m.csr.mie, n))
    const toM = candidates.filter((n) => !has(m.csr.get('mideleg'), n))
    const toS = candidates.filter((n) => has(m.csr.get('mideleg'), n))
    if (takenBy(3, status.mie) && toM.length > 0) return toM[0]
    return takenBy(1, status.sie) ? toS[0] : undefined
  }

  test('agrees with a naive reading for any registers, mode and lines', () => {
    const lines = fc.subarray([3, 7, 9, 11]).map((bits) => bits.reduce((mask, bit) => mask | (1 << bit), 0))
    fc.assert(
      fc.property(privileges, word, word, word, word, lines, (privilege, mstatus, mip, mie, mideleg, lines) => {
        const m = machine()
        m.csr.write(csrAddress.mstatus, mstatus, 3)
        m.csr.write(csrAddress.mip, mip, 3)
        m.csr.write(csrAddress.mie, mie, 3)
        m.csr.write(csrAddress.mideleg, mideleg, 3)
        m.hart.interruptLines = lines
        m.hart.privilege = privilege
        expect(m.traps.pendingInterrupt()).toBe(expected(m))
      }),
      { numRuns: 500 },
    )
  })

  test('the order is MEI, MSI, MTI, SEI, SSI, STI', () => {
    const { hart, csr, traps } = machine()
    csr.write(csrAddress.mie, 0xaaan, 3)
    csr.write(csrAddress.mip, 0x222n, 3)
    hart.interruptLines = 0x888
    hart.privilege = 0
    const order: number[] = []
    for (let n = traps.pendingInterrupt(); n !== undefined; n = traps.pendingInterrupt()) {
      order.push(n)
      csr.write(csrAddress.mie, csr.mie & ~(1n << BigInt(n)), 3)
    }
    expect(order).toEqual([11, 3, 7, 9, 1, 5])
  })
})

describe('3.1.6.3 MPRV (T03)', () => {
  test('a return to S or U clears it, a return to M keeps it', () => {
    for (const mpp of [0n, 1n, 3n]) {
      const { csr, traps } = machine()
      csr.write(csrAddress.mstatus, MPRV | (mpp << 11n), 3)
      traps.mret()
      expect((csr.mstatus & MPRV) !== 0n).toBe(mpp === 3n)
    }
  })

  test('SRET in M clears it, and so does not lend M’s rights to U', () => {
    const { hart, csr, traps } = machine()
    csr.write(csrAddress.mstatus, MPRV | (3n << 11n), 3)
    traps.sret()
    expect(hart.privilege).toBe(0)
    expect(csr.mstatus & MPRV).toBe(0n)
    expect(traps.effectivePrivilege()).toBe(0)
  })

  test('loads and stores run as MPP while it is 1, as the mode of the hart while it is 0', () => {
    const { hart, csr, traps } = machine()
    csr.write(csrAddress.mstatus, 1n << 11n, 3)
    expect(traps.effectivePrivilege()).toBe(3)
    csr.write(csrAddress.mstatus, MPRV | (1n << 11n), 3)
    expect(traps.effectivePrivilege()).toBe(1)
    csr.write(csrAddress.mstatus, MPRV, 3)
    expect(traps.effectivePrivilege()).toBe(0)
    csr.write(csrAddress.mstatus, 0n, 3)
    hart.privilege = 1
    expect(traps.effectivePrivilege()).toBe(1)
  })
})

describe('3.1.6.5 TVM, TW, TSR (T01a)', () => {
  const legal: [string, bigint, (traps: Traps) => boolean][] = [
    ['SFENCE.VMA by TVM', TVM, (traps) => traps.fenceVmaLegal()],
    ['WFI by TW', TW, (traps) => traps.wfiLegal()],
    ['SRET by TSR', TSR, (traps) => traps.sret() !== undefined],
  ]
  test.each(legal)('%s: U never, S while the bit is 0, M always', (_, bit, isLegal) => {
    for (const mstatus of [0n, bit, (TVM | TW | TSR) ^ bit, TVM | TW | TSR])
      for (const privilege of [0, 1, 3] as Privilege[]) {
        const { hart, csr, traps } = machine()
        csr.write(csrAddress.mstatus, mstatus, 3)
        hart.privilege = privilege
        const expected = { 0: false, 1: (mstatus & bit) === 0n, 3: true }[privilege]
        expect(isLegal(traps)).toBe(expected)
      }
  })

  test('an illegal return changes nothing', () => {
    const { hart, csr, traps } = machine()
    hart.privilege = 1
    hart.pc = 0x8000_0000n
    const before = csr.mstatus
    expect(traps.mret()).toBeUndefined()
    expect([hart.pc, hart.privilege, csr.mstatus]).toEqual([0x8000_0000n, 1, before])
  })
})

describe('3.1.14 return addresses (T05)', () => {
  test.each(['mret', 'sret'] as const)('%s goes to an aligned address, whatever was written', (kind) => {
    const { hart, csr, traps } = machine()
    const epc = kind === 'mret' ? csrAddress.mepc : csrAddress.sepc
    csr.write(epc, 0x8000_0007n, 3)
    traps[kind]()
    expect(hart.pc).toBe(0x8000_0006n)
    hart.privilege = 3
    csr.write(csrAddress.misa, 0n, 3)
    csr.write(epc, 0x8000_0007n, 3)
    hart.pc = 0n
    traps[kind]()
    expect(hart.pc).toBe(csr.compressed ? 0x8000_0006n : 0x8000_0004n)
  })
})

describe('translation epoch', () => {
  test.each(['enter', 'mret', 'sret'] as const)('%s counts, for the mode may have changed', (kind) => {
    const { csr, traps } = machine()
    const { translationEpoch } = csr
    if (kind === 'enter') traps.enter(2, false, 0n)
    else traps[kind]()
    expect(csr.translationEpoch).toBeGreaterThan(translationEpoch)
  })
})
