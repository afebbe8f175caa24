import { describe, expect, test } from 'vitest'
import { UART16550 } from '../devices/memory-map.ts'
import {
  CODE_PAGE,
  code,
  csr,
  DATA_PAGE,
  engines,
  enterMode,
  getCsr,
  RAM,
  RAM_END,
  setCsr,
  type TestMachine,
  testMachine,
  translate,
} from '../engine/fixture.ts'
import { Core } from './core.ts'
import { csrFamily } from './csr/addresses.ts'

const NOP = code('addi', {})
const HANDLER = RAM + 0x7_0000n
const DATA = RAM + 0x2000n
const PATTERN = 0x8877_6655_4433_2211n

/** A machine that goes to HANDLER when it traps. */
function machineWith(
  createEngine: Parameters<typeof testMachine>[0],
  program: readonly number[],
  changes: Parameters<typeof testMachine>[2] = {},
): TestMachine {
  const machine = testMachine(createEngine, program, changes)
  setCsr(machine.core, 'mtvec', HANDLER)
  return machine
}

const traps = ({ records }: TestMachine) => records.flatMap(({ trap }) => (trap ? [[trap.cause, trap.tval]] : []))

describe.each(engines)('$name engine', ({ createEngine }) => {
  describe('fetch of a 32-bit instruction in two parts (privileged specification, 3.1.16 and 4.3.2)', () => {
    const INCREMENT = code('addi', { rd: 10, rs1: 10, immediate: 1 })
    const put = ({ bus }: Core, pa: bigint, bits: number) => {
      bus.store(pa, 2, BigInt(bits & 0xffff))
      bus.store(pa + 2n, 2, BigInt(bits >>> 16))
    }

    test.each([
      ['two lines', 62n],
      ['two pages', 4094n],
    ])('in %s: runs, also when it is run again', (_, offset) => {
      const machine = machineWith(createEngine, [])
      put(machine.core, RAM + offset, INCREMENT)
      put(machine.core, RAM + offset + 4n, code('jal', { rd: 0, immediate: -4 }))
      machine.core.hart.pc = RAM + offset
      machine.engine.run(20)
      expect(machine.core.hart.x[10]).toBe(10n)
      expect(machine.records[18]).toMatchObject({ pc: RAM + offset, instruction: INCREMENT, rd: 10, rdValue: 10n })
    })

    test.each([
      [1, 1],
      [1, 2],
      [1, 4],
      [2, 1],
    ])('in two lines that compete for a cache of %i sets and %i ways', (icacheSets, icacheWays) => {
      const machine = machineWith(createEngine, [], { icacheSets, icacheWays })
      // Each line: an instruction over its end, a jump back into it, another instruction, and on to the next line's end.
      for (let line = 0; line < 8; line++) {
        const at = RAM + BigInt(64 * line)
        put(machine.core, at + 62n, code('addi', { rd: 10, rs1: 10, immediate: 1 << line }))
        put(machine.core, at + 66n, code('jal', { rd: 0, immediate: -58 }))
        put(machine.core, at + 8n, code('addi', { rd: 11, rs1: 11, immediate: 1 << line }))
        put(machine.core, at + 12n, code('jal', { rd: 0, immediate: line < 7 ? 64 + 50 : 50 - 7 * 64 }))
      }
      machine.core.hart.pc = RAM + 62n
      machine.engine.run(4 * 8 * 10)
      expect(machine.core.hart.x[10]).toBe(10n * 255n)
      expect(machine.core.hart.x[11]).toBe(10n * 255n)
      expect(traps(machine)).toEqual([])
    })

    test('from two physical pages that are not neighbours', () => {
      const machine = machineWith(createEngine, [])
      const { core } = machine
      core.bus.store(RAM + 0x1ffen, 2, BigInt(INCREMENT & 0xffff))
      core.bus.store(RAM + 0x5000n, 2, BigInt(INCREMENT >>> 16))
      translate(core, [
        { va: 0x4000_0000n, pa: RAM + 0x1000n, flags: CODE_PAGE },
        { va: 0x4000_1000n, pa: RAM + 0x5000n, flags: CODE_PAGE },
      ])
      core.hart.pc = 0x4000_0ffen
      machine.engine.run(1)
      expect(machine.records[0]).toMatchObject({ instruction: INCREMENT, nextPc: 0x4000_1002n, rd: 10 })
    })

    test.each([
      ['first', 0x4000_0ffen, [{ va: 0x4000_1000n, pa: RAM + 0x5000n, flags: CODE_PAGE }]],
      ['second', 0x4000_1000n, [{ va: 0x4000_0000n, pa: RAM + 0x1000n, flags: CODE_PAGE }]],
    ])('a page fault on the %s part: mtval is where that part is, mepc where the instruction is', (_, tval, pages) => {
      const machine = machineWith(createEngine, [])
      const { core } = machine
      core.bus.store(RAM + 0x1ffen, 2, BigInt(INCREMENT & 0xffff))
      translate(core, pages)
      core.hart.pc = 0x4000_0ffen
      machine.engine.run(1)
      expect(traps(machine)).toEqual([[12, tval]])
      expect(getCsr(core, 'mepc')).toBe(0x4000_0ffen)
      expect(machine.records[0].instruction).toBe(0)
    })

    test('an access fault on the second part, where memory ends', () => {
      const machine = machineWith(createEngine, [])
      machine.core.bus.store(RAM_END - 2n, 2, BigInt(INCREMENT & 0xffff))
      machine.core.hart.pc = RAM_END - 2n
      machine.engine.run(1)
      expect(traps(machine)).toEqual([[1, RAM_END]])
    })

    test('an access fault on the second part, where PMP ends what may be executed, within a line', () => {
      const machine = machineWith(createEngine, [NOP])
      const { core } = machine
      // Entry 0: the first two bytes of an instruction at 0x12 of RAM end where its range ends.
      put(core, RAM + 0x12n, INCREMENT)
      core.csr.write(csrFamily.pmpaddr0, (RAM + 0x14n) >> 2n, 3)
      core.csr.write(csrFamily.pmpcfg0, 0x0fn, 3)
      enterMode(core, 0)
      core.hart.pc = RAM + 0x12n
      machine.engine.run(1)
      expect(traps(machine)).toEqual([[1, RAM + 0x14n]])
    })

    test('a compressed instruction in the last two bytes of memory runs', () => {
      const machine = machineWith(createEngine, [])
      machine.core.bus.store(RAM_END - 2n, 2, BigInt(code('c.li', { rd: 10, immediate: 5 })))
      machine.core.hart.pc = RAM_END - 2n
      machine.engine.run(2)
      expect(machine.core.hart.x[10]).toBe(5n)
      expect(traps(machine)).toEqual([[1, RAM_END]])
    })

    test('an illegal one in two lines: mtval has all its bits; an illegal 16-bit one: those 16', () => {
      const machine = machineWith(createEngine, [])
      put(machine.core, RAM + 62n, 0xffff_ffff)
      put(machine.core, RAM + 256n, 0x1234_0000)
      for (const pc of [RAM + 62n, RAM + 256n]) {
        machine.core.hart.pc = pc
        machine.engine.run(1)
      }
      expect(traps(machine)).toEqual([
        [2, 0xffff_ffffn],
        [2, 0n],
      ])
    })
  })

  describe('fetch and stale code (unprivileged specification, chapter 5)', () => {
    /** At 0x100: a loop that adds to a0; stores of a1 to it go through t0. */
    const program = [
      code('jal', { rd: 1, immediate: 0x100 }),
      code('sw', { rs1: 5, rs2: 11 }),
      code('jal', { rd: 1, immediate: 0xf8 }),
      code('fence.i'),
      code('jal', { rd: 1, immediate: 0xf0 }),
    ]
    test('instructions that were stored run after fence.i, and not before where the line is in the cache', () => {
      const machine = machineWith(createEngine, program)
      const { core } = machine
      core.bus.store(RAM + 0x100n, 4, BigInt(code('addi', { rd: 10, rs1: 10, immediate: 1 })))
      core.bus.store(RAM + 0x104n, 4, BigInt(code('jalr', { rd: 0, rs1: 1 })))
      core.hart.x[5] = RAM + 0x100n
      core.hart.x[11] = BigInt(code('addi', { rd: 10, rs1: 10, immediate: 100 }))
      machine.engine.run(11)
      const sums = machine.records.filter(({ rd }) => rd === 10).map(({ rdValue }) => rdValue)
      expect(sums).toEqual([1n, 2n, 102n])
    })

    test('the second half of an instruction in two lines may be stale while the first is not', () => {
      const machine = machineWith(createEngine, [], { icacheSets: 2, icacheWays: 1 })
      const { core } = machine
      const before = code('addi', { rd: 10, rs1: 0, immediate: 0x010 })
      const after = code('addi', { rd: 10, rs1: 0, immediate: 0x020 })
      const put = (bits: number) => {
        core.bus.store(RAM + 62n, 2, BigInt(bits & 0xffff))
        core.bus.store(RAM + 64n, 2, BigInt(bits >>> 16))
      }
      const step = (pc: bigint) => {
        core.hart.pc = pc
        machine.engine.run(1)
        return core.hart.x[10]
      }
      put(before)
      core.bus.store(RAM + 128n, 4, BigInt(NOP))
      expect(step(RAM + 62n)).toBe(0x10n)
      put(after)
      expect(step(RAM + 62n)).toBe(0x10n)
      // Takes the place of the first half's line alone.
      step(RAM + 128n)
      expect(step(RAM + 62n)).toBe(0x10n)
      // And of the second half's.
      core.bus.store(RAM + 192n, 4, BigInt(NOP))
      step(RAM + 192n)
      expect(step(RAM + 62n)).toBe(0x20n)
    })
  })

  describe('misaligned loads and stores (privileged specification, 3.1.15; unprivileged, 2.6)', () => {
    const accesses: [string, number, 'load' | 'store'][] = [
      ['lh', 2, 'load'],
      ['lhu', 2, 'load'],
      ['lw', 4, 'load'],
      ['lwu', 4, 'load'],
      ['ld', 8, 'load'],
      ['sh', 2, 'store'],
      ['sw', 4, 'store'],
      ['sd', 8, 'store'],
    ]
    const programOf = (name: string, kind: string) =>
      kind === 'load' ? [code(name, { rd: 10, rs1: 11 })] : [code(name, { rs1: 11, rs2: 12 })]

    test.each(accesses)(
      '%s of %i bytes traps where the core does none, with the address, and does nothing',
      (...access) => {
        const [name, size, kind] = access
        for (const offset of [1n, 3n, 5n, 7n, BigInt(size / 2)]) {
          const machine = machineWith(createEngine, programOf(name, kind))
          const { core } = machine
          core.hart.x[10] = 5n
          core.hart.x[11] = DATA
          machine.engine.run(1)
          core.bus.store(DATA, 8, PATTERN)
          core.hart.x[10] = 5n
          core.hart.x[11] = DATA + offset
          core.hart.x[12] = ~PATTERN
          core.hart.pc = RAM
          machine.engine.run(1)
          expect(traps(machine)).toEqual([[kind === 'load' ? 4 : 6, DATA + offset]])
          expect(core.hart.x[10]).toBe(5n)
          expect(core.bus.load(DATA, 8)).toBe(PATTERN)
        }
      },
    )

    test.each(accesses)('%s of %i bytes is done where the core does them', (name, size, kind) => {
      for (const offset of [1, 2, 3, 5, 7]) {
        const machine = machineWith(createEngine, programOf(name, kind), { misalignedAccess: true })
        const { core } = machine
        const bytes = Uint8Array.from({ length: 16 }, (_, index) => 0x91 + index)
        for (let time = 0; time < 2; time++) {
          core.bus.write(DATA, bytes)
          core.hart.x[11] = DATA + BigInt(offset)
          core.hart.x[12] = PATTERN
          core.hart.pc = RAM
          machine.engine.run(1)
          if (kind === 'load') {
            const reversed = [...bytes.slice(offset, offset + size)].reverse()
            const value = reversed.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n)
            expect(core.hart.x[10]).toBe(
              name.endsWith('u') ? value : BigInt.asUintN(64, BigInt.asIntN(8 * size, value)),
            )
          } else {
            const expected = bytes.slice()
            for (let byte = 0; byte < size; byte++) expected[offset + byte] = 0x11 * (byte + 1)
            expect(core.bus.read(DATA, 16)).toEqual(expected)
          }
        }
        expect(traps(machine)).toEqual([])
      }
    })

    const crossing = (kind: 'load' | 'store', pages: Parameters<typeof translate>[1]) => {
      const machine = machineWith(createEngine, programOf(kind === 'load' ? 'ld' : 'sd', kind), {
        misalignedAccess: true,
      })
      const { core } = machine
      core.bus.store(DATA + 0xff8n, 8, PATTERN)
      core.bus.store(DATA + 0x4000n, 8, PATTERN)
      translate(core, [{ va: RAM, pa: RAM, flags: CODE_PAGE }, ...pages])
      core.hart.x[10] = 5n
      core.hart.x[11] = 0x4000_0ffdn
      core.hart.x[12] = 0x0807_0605_0403_0201n
      machine.engine.run(1)
      return machine
    }
    const low = { va: 0x4000_0000n, pa: DATA, flags: DATA_PAGE }
    const high = { va: 0x4000_1000n, pa: DATA + 0x4000n, flags: DATA_PAGE }

    test('across two pages: bytes of both', () => {
      expect(crossing('load', [low, high]).core.hart.x[10]).toBe(0x5544_3322_1188_7766n)
      const { bus } = crossing('store', [low, high]).core
      expect(bus.load(DATA + 0xff8n, 8)).toBe(0x0302_0155_4433_2211n)
      expect(bus.load(DATA + 0x4000n, 8)).toBe(0x8877_6608_0706_0504n)
    })

    test.each([
      ['load', 13],
      ['store', 15],
    ] as const)(
      'a %s across two pages of which the second faults: mtval names it, and nothing is done',
      (kind, cause) => {
        const machine = crossing(kind, [low])
        expect(traps(machine)).toEqual([[cause, 0x4000_1000n]])
        expect(machine.core.hart.x[10]).toBe(5n)
        expect(machine.core.bus.load(DATA + 0xff8n, 8)).toBe(PATTERN)
      },
    )

    test.each([
      ['load', 13],
      ['store', 15],
    ] as const)('a %s across two pages of which the first faults: mtval is its address', (kind, cause) => {
      const machine = crossing(kind, [high])
      expect(traps(machine)).toEqual([[cause, 0x4000_0ffdn]])
      expect(machine.core.bus.load(DATA + 0x4000n, 8)).toBe(PATTERN)
    })

    test('a store to a read-only second page: nothing is stored on the first', () => {
      const machine = crossing('store', [low, { ...high, flags: DATA_PAGE & ~4 }])
      expect(traps(machine)).toEqual([[15, 0x4000_1000n]])
      expect(machine.core.bus.load(DATA + 0xff8n, 8)).toBe(PATTERN)
    })
  })

  describe('access faults of loads and stores (privileged specification, 3.1.15)', () => {
    test.each([
      ['where nothing is', 0x5000_0000n],
      ['after the end of RAM', RAM_END],
      ['beyond physical addresses', 1n << 60n],
    ])('%s', (_, address) => {
      const machine = machineWith(createEngine, [code('ld', { rd: 10, rs1: 11 }), code('sd', { rs1: 11, rs2: 10 })])
      const { core } = machine
      core.hart.x[11] = address
      machine.engine.run(1)
      core.hart.pc = RAM + 4n
      machine.engine.run(1)
      expect(traps(machine)).toEqual([
        [5, address],
        [7, address],
      ])
    })

    test('the boot ROM can be read, also again, and not written', () => {
      const machine = machineWith(createEngine, [
        code('ld', { rd: 10, rs1: 11 }),
        code('ld', { rd: 12, rs1: 11 }),
        code('sd', { rs1: 11, rs2: 0 }),
      ])
      machine.core.bus.write(0x1000n, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
      machine.core.hart.x[11] = 0x1000n
      machine.engine.run(3)
      expect(machine.core.hart.x[12]).toBe(0x0807_0605_0403_0201n)
      expect(traps(machine)).toEqual([[7, 0x1000n]])
      expect(machine.core.bus.load(0x1000n, 8)).toBe(0x0807_0605_0403_0201n)
    })

    test('a page table where there is no memory: an access fault of the access that needed it', () => {
      const machine = machineWith(createEngine, [code('ld', { rd: 10, rs1: 11 })])
      const { core } = machine
      setCsr(core, 'satp', (8n << 60n) | (UART16550.base >> 12n))
      enterMode(core, 1)
      core.hart.x[11] = 0x4000_0000n
      machine.engine.run(1)
      expect(traps(machine)).toEqual([[1, RAM]])
    })
  })

  describe('jumps to misaligned targets (unprivileged specification, 2.5)', () => {
    const jumps: [string, number, number][] = [
      ['jal', code('jal', { rd: 1, immediate: 6 }), 6],
      ['jalr', code('jalr', { rd: 1, rs1: 11, immediate: 7 }), 6],
      ['beq', code('beq', { rs1: 0, rs2: 0, immediate: 6 }), 6],
    ]
    test.each(jumps)('%s with C off traps at the jump, with the target, and leaves rd', (_, bits, offset) => {
      const machine = machineWith(createEngine, [bits])
      const { core } = machine
      setCsr(core, 'misa', getCsr(core, 'misa') & ~4n)
      core.hart.x[1] = 5n
      core.hart.x[11] = RAM
      machine.engine.run(1)
      expect(traps(machine)).toEqual([[0, RAM + BigInt(offset)]])
      expect(getCsr(core, 'mepc')).toBe(RAM)
      expect(core.hart.x[1]).toBe(5n)
      expect(machine.records[0]).toMatchObject({ rd: 0, nextPc: HANDLER })
    })

    test.each(jumps)('%s with C on goes there', (_, bits, offset) => {
      const machine = machineWith(createEngine, [bits])
      machine.core.hart.x[11] = RAM
      machine.engine.run(1)
      expect(machine.core.hart.pc).toBe(RAM + BigInt(offset))
    })

    test('a branch that is not taken does not trap, wherever it would go', () => {
      const machine = machineWith(createEngine, [code('bne', { rs1: 0, rs2: 0, immediate: 6 })])
      setCsr(machine.core, 'misa', getCsr(machine.core, 'misa') & ~4n)
      machine.engine.run(1)
      expect(machine.core.hart.pc).toBe(RAM + 4n)
    })

    test('C switched off and on again by the program: each jump by what holds then', () => {
      const toggle = (name: string) => code(name, { rs1: 12, immediate: csr('misa') })
      const jump = code('beq', { immediate: 6 })
      const machine = machineWith(createEngine, [toggle('csrrc'), jump])
      const { core } = machine
      core.bus.store(RAM + 10n, 4, BigInt(code('c.nop')))
      core.bus.store(HANDLER, 4, BigInt(toggle('csrrs')))
      core.bus.store(HANDLER + 4n, 4, BigInt(code('mret')))
      setCsr(core, 'mstatus', 3n << 11n)
      core.hart.x[12] = 4n
      machine.engine.run(6)
      expect(traps(machine)).toEqual([[0, RAM + 10n]])
      expect(core.hart.pc).toBe(RAM + 12n)
    })
  })

  describe('extensions that misa switches off (privileged specification, 3.1.1)', () => {
    test.each([
      ['A', 'amoadd.d', 1n << 0n],
      ['A', 'lr.w', 1n << 0n],
      ['C', 'c.mv', 1n << 2n],
      ['M', 'mul', 1n << 12n],
    ] as const)('%s off: %s is illegal, also where it ran before', (_, name, bit) => {
      const bits = code(name, name === 'c.mv' ? { rd: 10, rs2: 11 } : { rd: 10, rs1: 11 })
      const machine = machineWith(createEngine, [bits])
      const { core } = machine
      core.hart.x[11] = DATA
      const again = () => {
        machine.engine.run(1)
        core.hart.pc = RAM
        return machine.records.at(-1)!.trap?.cause
      }
      expect(again()).toBeUndefined()
      setCsr(core, 'misa', getCsr(core, 'misa') & ~bit)
      expect(again()).toBe(2)
      expect(machine.records.at(-1)!.trap?.tval).toBe(BigInt(bits))
      setCsr(core, 'misa', getCsr(core, 'misa') | bit)
      expect(again()).toBeUndefined()
    })
  })

  describe('HTIF (riscv-isa-sim)', () => {
    const TOHOST = RAM + 0x1000n
    test('the store to tohost that ends the program is its last instruction, also where the page was stored to before', () => {
      const machine = machineWith(createEngine, [
        code('sd', { rs1: 11, rs2: 0, immediate: 64 }),
        code('sd', { rs1: 11, rs2: 0, immediate: 72 }),
        code('sd', { rs1: 11, rs2: 12 }),
        code('addi', { rd: 13, immediate: 1 }),
      ])
      const { core } = machine
      core.attachHtif({ tohost: TOHOST, fromhost: TOHOST + 8n })
      core.hart.x[11] = TOHOST
      core.hart.x[12] = (42n << 1n) | 1n
      expect(machine.engine.run(1000)).toBe(3)
      expect(core.exitCode).toBe(42)
      expect(core.stopped).toBe(true)
      expect(core.hart.pc).toBe(RAM + 12n)
      expect(core.hart.x[13]).toBe(0n)
    })

    test('a byte sent to the console comes out, and the program goes on', () => {
      const machine = machineWith(createEngine, [code('sd', { rs1: 11, rs2: 12 }), NOP])
      machine.core.attachHtif({ tohost: TOHOST, fromhost: TOHOST + 8n })
      machine.core.hart.x[11] = TOHOST
      machine.core.hart.x[12] = (1n << 56n) | (1n << 48n) | 65n
      expect(machine.engine.run(2)).toBe(2)
      expect(machine.output).toEqual([65])
      expect(machine.core.bus.load(TOHOST, 8)).toBe(0n)
    })
  })

  test('bytes stored to the UART come out in order', () => {
    const send = code('sb', { rs1: 11, rs2: 12 })
    const machine = machineWith(createEngine, [send, code('addi', { rd: 12, rs1: 12, immediate: 1 }), send, send])
    machine.core.hart.x[11] = UART16550.base
    machine.core.hart.x[12] = 65n
    machine.engine.run(4)
    expect(machine.output).toEqual([65, 66, 66])
  })

  test('x0 stays 0, whatever writes to it', () => {
    const machine = machineWith(createEngine, [
      code('addi', { rd: 0, rs1: 11, immediate: 5 }),
      code('jal', { rd: 0, immediate: 4 }),
      code('ld', { rd: 0, rs1: 11 }),
      code('amoadd.d', { rd: 0, rs1: 11, rs2: 11 }),
      code('lr.d', { rd: 0, rs1: 11 }),
      code('csrrs', { rd: 0, rs1: 0, immediate: csr('misa') }),
      code('add', { rd: 10, rs1: 0, rs2: 0 }),
    ])
    machine.core.bus.store(DATA, 8, PATTERN)
    machine.core.hart.x[11] = DATA
    machine.core.hart.x[10] = 1n
    machine.engine.run(7)
    expect(machine.core.hart.x[0]).toBe(0n)
    expect(machine.core.hart.x[10]).toBe(0n)
    expect(traps(machine)).toEqual([])
  })
})

describe('a core after reset (privileged specification, 3.4)', () => {
  const core = (changes = {}) => testMachine(engines[0].createEngine, [], changes).core

  test('is in M-mode at the reset address, with interrupts off and no translation', () => {
    const { hart, csr } = core({ resetPc: RAM + 0x40n })
    expect(hart.pc).toBe(RAM + 0x40n)
    expect(hart.privilege).toBe(3)
    expect(csr.mstatus & 8n).toBe(0n)
    expect(csr.satp).toBe(0n)
    expect([...hart.x]).toEqual(new Array(32).fill(0n))
    expect([hart.steps, hart.clock, hart.reservation]).toEqual([0n, 0n, undefined])
  })

  test('has memory open to S and U only where the configuration says so', () => {
    expect(core({ pmpOpenAtReset: true }).pmp.allows(RAM, 8, 'store', 0)).toBe(true)
    expect(core({ pmpOpenAtReset: false }).pmp.allows(RAM, 8, 'store', 0)).toBe(false)
    expect(core({ pmpEntries: 0 }).pmp.allows(RAM, 8, 'store', 0)).toBe(true)
  })

  test('keeps no records where none are asked for', () => {
    const { config } = core()
    expect(new Core(config, { output() {} }).recorder).toBeUndefined()
  })
})

describe('units that replace others', () => {
  test.each(engines)('a row of the table and a system action, in the $name engine', ({ createEngine }) => {
    const { core: honest } = testMachine(createEngine, [])
    const { instructions, systemActions } = honest.units
    const subtract = instructions.find(({ name }) => name === 'sub')!
    const units = {
      instructions: instructions.map((row) => (row.name === 'add' ? { ...row, semantics: subtract.semantics } : row)),
      systemActions: { ...systemActions, 'fence.i': () => RAM + 0x40n },
    }
    const program = [code('add', { rd: 10, rs1: 11, rs2: 12 }), code('fence.i')]
    const machine = testMachine(createEngine, program, {}, units)
    machine.core.hart.x[11] = 7n
    machine.core.hart.x[12] = 3n
    machine.engine.run(2)
    expect(machine.core.hart.x[10]).toBe(4n)
    expect(machine.core.hart.pc).toBe(RAM + 0x40n)
  })
})
