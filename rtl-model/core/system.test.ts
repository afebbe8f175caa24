import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLINT, UART16550 } from '../devices/memory-map.ts'
import {
  CODE_PAGE,
  code,
  csr,
  DATA_PAGE,
  engines,
  enterMode,
  getCsr,
  RAM,
  setCsr,
  type TestMachine,
  testMachine,
  translate,
} from '../engine/fixture.ts'

const NOP = code('addi', {})
const HANDLER = RAM + 0x7_0000n
const DATA = RAM + 0x2000n
const PATTERN = 0x8877_6655_4433_2211n

describe.each(engines)('$name engine', ({ createEngine }) => {
  /** A machine that goes to HANDLER when it traps, with DATA in a1. */
  function machineWith(program: readonly number[], changes: Parameters<typeof testMachine>[2] = {}): TestMachine {
    const machine = testMachine(createEngine, program, changes)
    setCsr(machine.core, 'mtvec', HANDLER)
    machine.core.hart.x[11] = DATA
    machine.core.hart.x[12] = PATTERN
    return machine
  }

  /** Cause and value of the trap that the only instruction of a program takes. */
  function trapOf(machine: TestMachine) {
    machine.engine.run(1)
    return machine.records.at(-1)!.trap
  }

  describe('LR and SC (unprivileged specification, 13.2)', () => {
    const lr = code('lr.d', { rd: 10, rs1: 11 })
    const sc = (rd: number, rs1 = 11) => code('sc.d', { rd, rs1, rs2: 12 })

    test('SC after LR of the same address stores and gives 0; the reservation is used up', () => {
      const machine = machineWith([lr, sc(13), sc(14)])
      machine.core.bus.store(DATA, 8, 5n)
      machine.engine.run(2)
      expect(machine.core.hart.x[10]).toBe(5n)
      expect(machine.core.hart.x[13]).toBe(0n)
      expect(machine.core.bus.load(DATA, 8)).toBe(PATTERN)
      machine.core.bus.store(DATA, 8, 6n)
      machine.engine.run(1)
      expect(machine.core.hart.x[14]).toBe(1n)
      expect(machine.core.bus.load(DATA, 8)).toBe(6n)
    })

    test('SC without LR stores nothing and gives 1', () => {
      const machine = machineWith([sc(13)])
      machine.engine.run(1)
      expect(machine.core.hart.x[13]).toBe(1n)
      expect(machine.core.bus.load(DATA, 8)).toBe(0n)
    })

    test('SC elsewhere fails and ends the reservation', () => {
      const machine = machineWith([lr, sc(13, 15), sc(14)])
      machine.core.hart.x[15] = DATA + 0x1000n
      machine.engine.run(3)
      expect([machine.core.hart.x[13], machine.core.hart.x[14]]).toEqual([1n, 1n])
      expect(machine.core.bus.load(DATA, 8)).toBe(0n)
      expect(machine.core.bus.load(DATA + 0x1000n, 8)).toBe(0n)
    })

    test.each([8, 64, 4096])('reserves the aligned block of %i bytes', (reservationBytes) => {
      const block = BigInt(reservationBytes)
      for (const offset of [0n, block - 8n, -8n, block]) {
        const machine = machineWith([lr, sc(13, 15)], { reservationBytes })
        machine.core.hart.x[11] = DATA + 0x1000n + (block > 8n ? 8n : 0n)
        machine.core.hart.x[15] = DATA + 0x1000n + offset
        machine.engine.run(2)
        expect(machine.core.hart.x[13]).toBe(offset >= 0n && offset < block ? 0n : 1n)
      }
    })

    test('the block is one of physical addresses: SC by another mapping of the page succeeds', () => {
      const machine = machineWith([lr, sc(13, 15)])
      const { core } = machine
      translate(core, [
        { va: RAM, pa: RAM, flags: CODE_PAGE },
        { va: 0x4000_0000n, pa: DATA, flags: DATA_PAGE },
        { va: 0x5000_0000n, pa: DATA, flags: DATA_PAGE },
      ])
      core.hart.x[11] = 0x4000_0000n
      core.hart.x[15] = 0x5000_0000n
      machine.engine.run(2)
      expect(core.hart.x[13]).toBe(0n)
    })

    test('a later LR moves the reservation', () => {
      const machine = machineWith([lr, code('lr.w', { rd: 10, rs1: 15 }), sc(13)])
      machine.core.hart.x[15] = DATA + 0x1000n
      machine.engine.run(3)
      expect(machine.core.hart.x[13]).toBe(1n)
    })

    test('LR.W sign-extends, SC.W stores four bytes', () => {
      const machine = machineWith([code('lr.w', { rd: 10, rs1: 11 }), code('sc.w', { rd: 13, rs1: 11, rs2: 12 })])
      machine.core.bus.store(DATA, 8, 0xffff_ffff_8000_0000n)
      machine.engine.run(2)
      expect(machine.core.hart.x[10]).toBe(0xffff_ffff_8000_0000n)
      expect(machine.core.bus.load(DATA, 8)).toBe(0xffff_ffff_4433_2211n)
    })

    test('SC fails where it is told to, as it may on any core', () => {
      const machine = machineWith([lr, sc(13)])
      machine.engine.run(1)
      machine.core.failsStoreConditional = true
      machine.engine.run(1)
      expect(machine.core.hart.x[13]).toBe(1n)
      expect(machine.core.hart.reservation).toBeUndefined()
    })

    test('permissions come before the reservation: SC without one faults on a page that is read-only', () => {
      const machine = machineWith([sc(13)])
      const { core } = machine
      translate(core, [
        { va: RAM, pa: RAM, flags: CODE_PAGE },
        { va: 0x4000_0000n, pa: DATA, flags: DATA_PAGE & ~4 },
      ])
      core.hart.x[11] = 0x4000_0000n
      core.hart.x[13] = 7n
      expect(trapOf(machine)).toMatchObject({ cause: 15, tval: 0x4000_0000n })
      expect(core.hart.x[13]).toBe(7n)
    })
  })

  describe('atomic accesses that trap (unprivileged specification, 13.2 and 13.4)', () => {
    const atomics: [string, number, number][] = [
      ['lr.w', 4, 4],
      ['lr.d', 8, 4],
      ['sc.w', 4, 6],
      ['sc.d', 8, 6],
      ['amoadd.w', 4, 6],
      ['amoswap.d', 8, 6],
    ]
    const bitsOf = (name: string) => code(name, { rd: 10, rs1: 11, ...(!name.startsWith('lr') && { rs2: 12 }) })

    test.each(atomics)('%s: misaligned to its %i bytes, also where nothing is mapped', (name, size, cause) => {
      for (const offset of [1n, 2n, BigInt(size / 2)]) {
        const machine = machineWith([bitsOf(name)])
        machine.core.hart.x[10] = 7n
        machine.core.hart.x[11] = 0x5000_0000n + offset
        expect(trapOf(machine)).toMatchObject({ cause, tval: 0x5000_0000n + offset })
        expect(machine.core.hart.x[10]).toBe(7n)
      }
    })

    test.each(atomics)('%s: an access fault instead where the core does misaligned loads and stores', (...atomic) => {
      const [name, size, misaligned] = atomic
      const machine = machineWith([bitsOf(name)], { misalignedAccess: true })
      machine.core.hart.x[11] = DATA + BigInt(size / 2)
      expect(trapOf(machine)).toMatchObject({ cause: misaligned + 1, tval: DATA + BigInt(size / 2) })
    })

    test.each(atomics)('%s: an access fault on a device, also where its page was accessed before', (name, _, cause) => {
      const machine = machineWith([bitsOf(name)])
      machine.core.hart.x[11] = UART16550.base
      expect(trapOf(machine)).toMatchObject({ cause: cause + 1, tval: UART16550.base })
    })

    test.each(atomics)('%s: the boot ROM can be read and not written', (name, _, cause) => {
      const machine = machineWith([bitsOf(name)])
      machine.core.hart.x[11] = 0x1000n
      expect(trapOf(machine)?.cause).toBe(name.startsWith('lr') ? undefined : cause + 1)
    })

    test('an AMO asks as a store, also where the page was loaded from before', () => {
      const machine = machineWith([code('ld', { rd: 10, rs1: 11 }), code('amoadd.d', { rd: 10, rs1: 11, rs2: 12 })])
      const { core } = machine
      translate(core, [
        { va: RAM, pa: RAM, flags: CODE_PAGE },
        { va: 0x4000_0000n, pa: DATA, flags: DATA_PAGE & ~4 },
      ])
      core.bus.store(DATA, 8, 5n)
      core.hart.x[11] = 0x4000_0000n
      machine.engine.run(1)
      expect(trapOf(machine)).toMatchObject({ cause: 15, tval: 0x4000_0000n })
      expect(core.hart.x[10]).toBe(5n)
      expect(core.bus.load(DATA, 8)).toBe(5n)
    })
  })

  describe('AMO (unprivileged specification, 13.4)', () => {
    const s = (value: bigint, bits: number) => BigInt.asIntN(bits, value)
    const operations: Record<string, (a: bigint, b: bigint, bits: number) => bigint> = {
      amoswap: (_, b) => b,
      amoadd: (a, b) => a + b,
      amoxor: (a, b) => a ^ b,
      amoand: (a, b) => a & b,
      amoor: (a, b) => a | b,
      amomin: (a, b, bits) => (s(a, bits) < s(b, bits) ? a : b),
      amomax: (a, b, bits) => (s(a, bits) > s(b, bits) ? a : b),
      amominu: (a, b) => (a < b ? a : b),
      amomaxu: (a, b) => (a > b ? a : b),
    }
    const edges = [0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n]
    const any64 = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }))

    test.each(Object.keys(operations))('%s: words and doubles, against plain arithmetic', (name) => {
      const bits = {
        4: code(`${name}.w`, { rd: 10, rs1: 11, rs2: 12 }),
        8: code(`${name}.d`, { rd: 10, rs1: 11, rs2: 12 }),
      }
      const machine = machineWith([bits[4], bits[8]])
      const { core } = machine
      fc.assert(
        fc.property(any64, any64, fc.constantFrom(4 as const, 8 as const), (memory, rs2, size) => {
          core.bus.store(DATA, 8, memory)
          core.hart.x[12] = rs2
          core.hart.pc = size === 4 ? RAM : RAM + 4n
          machine.engine.run(1)
          const width = 8 * size
          const [a, b] = [BigInt.asUintN(width, memory), BigInt.asUintN(width, rs2)]
          const low = BigInt.asUintN(width, operations[name](a, b, width))
          expect(core.bus.load(DATA, 8)).toBe(size === 4 ? (memory & ~0xffff_ffffn) | low : low)
          expect(core.hart.x[10]).toBe(BigInt.asUintN(64, s(a, width)))
        }),
        { numRuns: 30 },
      )
    })
  })

  describe('CSR instructions (unprivileged specification, 6.1)', () => {
    const mscratch = csr('mscratch')
    test.each([
      ['csrrw', { rs1: 12 }, PATTERN],
      ['csrrs', { rs1: 12 }, PATTERN | 0xffn],
      ['csrrc', { rs1: 12 }, 0xffn & ~PATTERN],
      ['csrrwi', { rs1: 12 }, 12n],
      ['csrrsi', { rs1: 12 }, 0xffn],
      ['csrrci', { rs1: 12 }, 0xf3n],
      ['csrrs', { rs1: 0 }, 0xffn],
      ['csrrw', { rs1: 0 }, 0n],
    ])('%s with %o', (name, operands, after) => {
      const machine = machineWith([code(name, { rd: 10, ...operands, immediate: mscratch })])
      setCsr(machine.core, 'mscratch', 0xffn)
      machine.engine.run(1)
      expect(machine.core.hart.x[10]).toBe(0xffn)
      expect(getCsr(machine.core, 'mscratch')).toBe(after)
    })

    test('the register that is read may be the one that is written', () => {
      const machine = machineWith([code('csrrw', { rd: 12, rs1: 12, immediate: mscratch })])
      setCsr(machine.core, 'mscratch', 5n)
      machine.engine.run(1)
      expect([machine.core.hart.x[12], getCsr(machine.core, 'mscratch')]).toEqual([5n, PATTERN])
    })

    const readOnly = csr('mhartid')
    test.each([
      ['csrrs', { rs1: 0 }, true],
      ['csrrc', { rs1: 0 }, true],
      ['csrrsi', { rs1: 0 }, true],
      ['csrrci', { rs1: 0 }, true],
      ['csrrs', { rs1: 13 }, false],
      ['csrrc', { rs1: 13 }, false],
      ['csrrsi', { rs1: 1 }, false],
      ['csrrw', { rs1: 0 }, false],
      ['csrrwi', { rs1: 0 }, false],
    ])(
      '%s with %o reads a read-only CSR: %s (a source that is 0 only by value is a write)',
      (name, operands, legal) => {
        const bits = code(name, { rd: 10, ...operands, immediate: readOnly })
        const machine = machineWith([bits])
        machine.core.hart.x[10] = 7n
        const trap = trapOf(machine)
        expect(trap).toEqual(legal ? undefined : { interrupt: false, cause: 2, tval: BigInt(bits) })
        expect(machine.core.hart.x[10]).toBe(legal ? 0n : 7n)
      },
    )

    test('a CSR of a higher mode, and one that is not there: illegal, with the bits', () => {
      for (const [immediate, privilege] of [
        [csr('mstatus'), 1],
        [csr('sstatus'), 0],
        [0x5ff, 3],
      ] as const) {
        const bits = code('csrrs', { rd: 10, immediate })
        const machine = machineWith([bits])
        enterMode(machine.core, privilege)
        expect(trapOf(machine)).toEqual({ interrupt: false, cause: 2, tval: BigInt(bits) })
      }
    })
  })

  describe('counters (privileged specification, 3.1.10)', () => {
    test.each(['mcycle', 'minstret'] as const)('%s: the next instruction reads what was written', (name) => {
      const machine = machineWith([
        ...[NOP, NOP, NOP],
        code('csrrw', { rd: 10, rs1: 12, immediate: csr(name) }),
        code('csrrs', { rd: 13, immediate: csr(name) }),
        NOP,
        code('csrrs', { rd: 14, immediate: csr(name) }),
      ])
      machine.engine.run(7)
      const { x } = machine.core.hart
      expect([x[10], x[13], x[14]]).toEqual([3n, PATTERN, PATTERN + 2n])
    })

    test('a trap counts as a cycle and not as an instruction', () => {
      const machine = machineWith([NOP, code('ecall')])
      const read = (rd: number, name: 'mcycle' | 'minstret') => BigInt(code('csrrs', { rd, immediate: csr(name) }))
      machine.core.bus.store(HANDLER, 4, read(10, 'mcycle'))
      machine.core.bus.store(HANDLER + 4n, 4, read(13, 'minstret'))
      machine.engine.run(4)
      expect([machine.core.hart.x[10], machine.core.hart.x[13]]).toEqual([2n, 2n])
    })

    test('instret and cycle count on after thousands of instructions', () => {
      const machine = machineWith([NOP, code('jal', { rd: 0, immediate: -4 })])
      machine.engine.run(5000)
      expect([getCsr(machine.core, 'mcycle'), getCsr(machine.core, 'minstret')]).toEqual([5000n, 5000n])
    })
  })

  describe('WFI (privileged specification, 3.3.3)', () => {
    const MTIMECMP = CLINT.base + 0x4000n
    const waiting = (mie: bigint, mstatus: bigint, mtimecmp: bigint) => {
      const machine = machineWith([NOP, code('wfi'), NOP, NOP], { cyclesPerTick: 10 })
      machine.core.bus.store(MTIMECMP, 8, mtimecmp)
      setCsr(machine.core, 'mie', mie)
      setCsr(machine.core, 'mstatus', mstatus)
      return machine
    }

    test('goes on at the time of the timer interrupt, which is then taken before the next instruction', () => {
      const machine = waiting(1n << 7n, 1n << 3n, 1000n)
      machine.engine.run(3)
      expect(machine.records.slice(1)).toMatchObject([
        { pc: RAM + 4n, cycle: 1n, nextPc: RAM + 8n },
        { pc: RAM + 8n, cycle: 10_001n, trap: { interrupt: true, cause: 7 } },
      ])
      expect(getCsr(machine.core, 'mepc')).toBe(RAM + 8n)
    })

    test('goes on likewise where interrupts are off, and none is taken', () => {
      const machine = waiting(1n << 7n, 0n, 1000n)
      machine.engine.run(3)
      expect(machine.records[2]).toMatchObject({ pc: RAM + 8n, cycle: 10_001n, nextPc: RAM + 12n })
      expect(machine.core.csr.mip & (1n << 7n)).toBe(1n << 7n)
    })

    test.each([
      ['the timer interrupt is not enabled', 0n, 1000n],
      ['the timer interrupt is pending', 1n << 7n, 0n],
      ['the timer never comes', 1n << 7n, (1n << 64n) - 1n],
    ])('does not wait where %s', (_, mie, mtimecmp) => {
      const machine = waiting(mie, 0n, mtimecmp)
      machine.engine.run(3)
      expect(machine.records[2]).toMatchObject({ pc: RAM + 8n, cycle: 2n })
    })

    test('does not wait while a log says when interrupts come', () => {
      const machine = waiting(1n << 7n, 0n, 1000n)
      machine.core.takesInterrupts = false
      machine.engine.run(3)
      expect(machine.records[2]).toMatchObject({ cycle: 2n })
    })

    test.each([
      ['in U', 0 as const, 0n],
      ['in S with TW', 1 as const, 1n << 21n],
    ])('%s is illegal', (_, privilege, mstatus) => {
      const machine = machineWith([code('wfi')])
      setCsr(machine.core, 'mstatus', mstatus)
      enterMode(machine.core, privilege)
      expect(trapOf(machine)).toEqual({ interrupt: false, cause: 2, tval: BigInt(code('wfi')) })
    })
  })

  describe('calls, breakpoints and returns (privileged specification, 3.3)', () => {
    test.each([
      [0, 8],
      [1, 9],
      [3, 11],
    ] as const)('ecall in mode %i has cause %i, and mepc is its own address', (privilege, cause) => {
      const machine = machineWith([NOP, code('ecall')])
      enterMode(machine.core, privilege)
      machine.engine.run(2)
      expect(machine.records[1].trap).toEqual({ interrupt: false, cause, tval: 0n })
      expect(getCsr(machine.core, 'mepc')).toBe(RAM + 4n)
    })

    test.each(['ebreak', 'c.ebreak'])('%s has its address as value', (name) => {
      const machine = machineWith([code('c.nop'), code(name)])
      machine.engine.run(2)
      expect(machine.records[1].trap).toEqual({ interrupt: false, cause: 3, tval: RAM + 2n })
    })

    test('mret goes to mepc in the mode of MPP, where the next fetch is translated', () => {
      const machine = machineWith([code('mret')])
      const { core } = machine
      core.bus.store(DATA, 4, BigInt(NOP))
      translate(core, [{ va: 0x4000_0000n, pa: DATA, flags: CODE_PAGE }])
      enterMode(core, 3)
      setCsr(core, 'mepc', 0x4000_0000n)
      setCsr(core, 'mstatus', 1n << 11n)
      machine.engine.run(2)
      expect(machine.records[1]).toMatchObject({ pc: 0x4000_0000n, privilege: 1, instruction: NOP })
    })

    test.each([
      ['mret', 1, 0n],
      ['sret', 0, 0n],
      ['sret', 1, 1n << 22n],
      ['sfence.vma', 0, 0n],
      ['sfence.vma', 1, 1n << 20n],
    ] as const)('%s in mode %i with mstatus %s is illegal', (name, privilege, mstatus) => {
      const machine = machineWith([code(name)])
      setCsr(machine.core, 'mstatus', mstatus)
      enterMode(machine.core, privilege)
      expect(trapOf(machine)).toEqual({ interrupt: false, cause: 2, tval: BigInt(code(name)) })
    })
  })

  describe('sfence.vma (privileged specification, 4.2.1)', () => {
    const VA = 0x4000_0000n
    const load = code('ld', { rd: 10, rs1: 11 })
    /** What a load gives before and after a fence, when the page was mapped elsewhere in between. */
    function remapped(fence: number) {
      const machine = machineWith([load, load, load, fence, load])
      const { core } = machine
      const mapping = (pa: bigint) => [
        { va: RAM, pa: RAM, flags: CODE_PAGE },
        { va: VA, pa, flags: DATA_PAGE },
      ]
      core.bus.store(DATA, 8, 1n)
      core.bus.store(DATA + 0x1000n, 8, 2n)
      translate(core, mapping(DATA))
      core.hart.x[11] = VA
      machine.engine.run(2)
      translate(core, mapping(DATA + 0x1000n))
      core.hart.x[13] = VA + 0x1000n
      core.hart.x[14] = 5n
      machine.engine.run(3)
      return machine.records.filter(({ rd }) => rd === 10).map(({ rdValue }) => rdValue)
    }

    test.each([
      ['of everything', {}, 2n],
      ['of the page', { rs1: 11 }, 2n],
      ['of another page', { rs1: 13 }, 1n],
      ['of another address space', { rs2: 14 }, 1n],
    ])('a changed entry counts only after a fence: %s', (_, operands, after) => {
      expect(remapped(code('sfence.vma', operands))).toEqual([1n, 1n, 1n, after])
    })
  })
})
