import { describe, expect, test } from 'vitest'
import { CLINT } from '../devices/memory-map.ts'
import {
  CODE_PAGE,
  code,
  csr,
  DATA_PAGE,
  engines,
  getCsr,
  RAM,
  setCsr,
  testMachine,
  translate,
} from '../engine/fixture.ts'
import { csrAddress } from './csr/addresses.ts'
import { Recorder, RING_RECORDS } from './recorder.ts'
import type { Retirement } from './retirement.ts'
import { RegionAllocator } from './state.ts'

const DATA = RAM + 0x2000n
const nothing = { rs1: 0, rs1Value: 0n, rs2: 0, rs2Value: 0n, rd: 0, rdValue: 0n, csrWrites: [], memory: [], walk: [] }

/** The first record of a program at the start of RAM in M-mode, complete. */
const first = (instruction: number, fields: Partial<Retirement>): Retirement => ({
  ...nothing,
  order: 0n,
  cycle: 0n,
  pc: RAM,
  ...(instruction !== 0 && { fetchPa: RAM }),
  nextPc: RAM + 4n,
  instruction,
  privilege: 3,
  ...fields,
})

describe.each(engines)('what the $name engine records', ({ createEngine }) => {
  /**
   * The record of an instruction that ran three times, so that it is there from the slow and the fast path; `prepare` sets
   * registers and memory before each.
   */
  function recordsOf(instruction: number, prepare: (machine: ReturnType<typeof testMachine>) => void) {
    const machine = testMachine(createEngine, [instruction], { misalignedAccess: true })
    for (let time = 0; time < 3; time++) {
      machine.core.hart.pc = RAM
      prepare(machine)
      machine.engine.run(1)
    }
    return machine.records.map((record) => ({ ...record, order: 0n, cycle: 0n }))
  }

  const examples: { name: string; instruction: number; registers: [number, bigint][]; fields: Partial<Retirement> }[] =
    [
      {
        name: 'an instruction on registers: sources, destination and their values',
        instruction: code('sub', { rd: 10, rs1: 11, rs2: 12 }),
        registers: [
          [11, 5n],
          [12, 7n],
        ],
        fields: { rs1: 11, rs1Value: 5n, rs2: 12, rs2Value: 7n, rd: 10, rdValue: (1n << 64n) - 2n },
      },
      {
        name: 'a destination that is also a source: the value before and after',
        instruction: code('addi', { rd: 11, rs1: 11, immediate: 1 }),
        registers: [[11, 5n]],
        fields: { rs1: 11, rs1Value: 5n, rd: 11, rdValue: 6n },
      },
      {
        name: 'x0 as destination: none',
        instruction: code('add', { rd: 0, rs1: 11, rs2: 12 }),
        registers: [
          [11, 5n],
          [12, 7n],
        ],
        fields: { rs1: 11, rs1Value: 5n, rs2: 12, rs2Value: 7n },
      },
      {
        name: 'a compressed instruction: 16 bits, and the sources that it implies',
        instruction: code('c.addi16sp', { rd: 2, rs1: 2, immediate: -64 }),
        registers: [[2, 100n]],
        fields: { nextPc: RAM + 2n, rs1: 2, rs1Value: 100n, rd: 2, rdValue: 36n },
      },
      {
        name: 'a branch that is taken',
        instruction: code('beq', { rs1: 11, rs2: 12, immediate: 64 }),
        registers: [
          [11, 5n],
          [12, 5n],
        ],
        fields: { nextPc: RAM + 64n, rs1: 11, rs1Value: 5n, rs2: 12, rs2Value: 5n },
      },
      {
        name: 'a call',
        instruction: code('jalr', { rd: 1, rs1: 11, immediate: 9 }),
        registers: [[11, RAM + 0x100n]],
        fields: { nextPc: RAM + 0x108n, rs1: 11, rs1Value: RAM + 0x100n, rd: 1, rdValue: RAM + 4n },
      },
    ]

  test.each(examples)('$name', ({ instruction, registers, fields }) => {
    const expected = first(instruction, fields)
    const records = recordsOf(instruction, ({ core }) => {
      for (const [register, value] of registers) core.hart.x[register] = value
    })
    for (const record of records) expect(record).toEqual(expected)
  })

  test('every register, as source and as destination', () => {
    for (let register = 1; register < 32; register++) {
      const instruction = code('addi', { rd: register, rs1: register, immediate: 1 })
      const fields = { rs1: register, rs1Value: 8n, rd: register, rdValue: 9n }
      for (const record of recordsOf(instruction, ({ core }) => core.hart.x.fill(8n, 1)))
        expect(record).toEqual(first(instruction, fields))
    }
  })

  const PATTERN = 0x8877_6655_a4b3_c2d1n

  test.each([
    ['lb', 1, 0xd1n, 0xffff_ffff_ffff_ffd1n],
    ['lbu', 1, 0xd1n, 0xd1n],
    ['lh', 2, 0xc2d1n, 0xffff_ffff_ffff_c2d1n],
    ['lhu', 2, 0xc2d1n, 0xc2d1n],
    ['lw', 4, 0xa4b3_c2d1n, 0xffff_ffff_a4b3_c2d1n],
    ['lwu', 4, 0xa4b3_c2d1n, 0xa4b3_c2d1n],
    ['ld', 8, PATTERN, PATTERN],
  ])('%s: the bytes read, and the register as extended', (name, size, value, rdValue) => {
    const instruction = code(name, { rd: 10, rs1: 11, immediate: -8 })
    const records = recordsOf(instruction, ({ core }) => {
      core.bus.store(DATA, 8, PATTERN)
      core.hart.x[11] = DATA + 8n
    })
    const memory = [{ kind: 'load' as const, va: DATA, pa: DATA, size, value }]
    for (const record of records)
      expect(record).toEqual(first(instruction, { rs1: 11, rs1Value: DATA + 8n, rd: 10, rdValue, memory }))
  })

  test('a load into x0: the access, and no destination', () => {
    const instruction = code('lw', { rd: 0, rs1: 11 })
    const records = recordsOf(instruction, ({ core }) => {
      core.bus.store(DATA, 8, PATTERN)
      core.hart.x[11] = DATA
    })
    const memory = [{ kind: 'load' as const, va: DATA, pa: DATA, size: 4, value: 0xa4b3_c2d1n }]
    for (const record of records) expect(record).toEqual(first(instruction, { rs1: 11, rs1Value: DATA, memory }))
  })

  test.each([
    ['sb', 1, 0xd1n],
    ['sh', 2, 0xc2d1n],
    ['sw', 4, 0xa4b3_c2d1n],
    ['sd', 8, PATTERN],
  ])('%s: the bytes that it writes', (name, size, value) => {
    const instruction = code(name, { rs1: 11, rs2: 12, immediate: 8 })
    const records = recordsOf(instruction, ({ core }) => {
      core.hart.x[11] = DATA
      core.hart.x[12] = PATTERN
    })
    const memory = [{ kind: 'store' as const, va: DATA + 8n, pa: DATA + 8n, size, value }]
    for (const record of records)
      expect(record).toEqual(first(instruction, { rs1: 11, rs1Value: DATA, rs2: 12, rs2Value: PATTERN, memory }))
  })

  test.each([
    ['amoadd.w', 4, 0xffff_fffen, 0xffff_ffff_ffff_fffen, 3n, 1n],
    ['amoadd.d', 8, 0x8000_0000_0000_0000n, 0x8000_0000_0000_0000n, 0x8000_0000_0000_0001n, 1n],
  ])('%s: what it read and what it wrote, in that order', (name, size, before, rdValue, rs2Value, after) => {
    const instruction = code(name, { rd: 10, rs1: 11, rs2: 12 })
    const records = recordsOf(instruction, ({ core }) => {
      core.bus.store(DATA, size, before)
      core.hart.x[11] = DATA
      core.hart.x[12] = rs2Value
    })
    const place = { va: DATA, pa: DATA, size }
    const fields = { rs1: 11, rs1Value: DATA, rs2: 12, rs2Value, rd: 10, rdValue }
    const memory = [
      { kind: 'load' as const, ...place, value: before },
      { kind: 'store' as const, ...place, value: after },
    ]
    for (const record of records) expect(record).toEqual(first(instruction, { ...fields, memory }))
  })

  test('LR: a load; SC: a store where it succeeds, no access where it fails', () => {
    const program = [code('lr.w', { rd: 10, rs1: 11 }), ...[0, 0].map(() => code('sc.w', { rd: 13, rs1: 11, rs2: 12 }))]
    const machine = testMachine(createEngine, program)
    machine.core.bus.store(DATA, 4, 0x8000_0000n)
    machine.core.hart.x[11] = DATA
    machine.core.hart.x[12] = PATTERN
    machine.engine.run(3)
    const place = { va: DATA, pa: DATA, size: 4 }
    const [lr, done, failed] = machine.records
    expect(lr).toEqual(
      first(program[0], {
        rs1: 11,
        rs1Value: DATA,
        rd: 10,
        rdValue: 0xffff_ffff_8000_0000n,
        memory: [{ kind: 'load', ...place, value: 0x8000_0000n }],
      }),
    )
    const sources = { rs1: 11, rs1Value: DATA, rs2: 12, rs2Value: PATTERN, rd: 13 }
    expect(done).toMatchObject({
      ...sources,
      rdValue: 0n,
      memory: [{ kind: 'store', ...place, value: 0xa4b3_c2d1n }],
    })
    expect(failed).toMatchObject({ ...sources, rdValue: 1n, memory: [] })
  })

  test('a misaligned access: one access; where it crosses a page, also where the bytes on the second page are', () => {
    const program = [code('lw', { rd: 10, rs1: 11 }), code('sd', { rs1: 12, rs2: 13 }), code('ld', { rd: 14, rs1: 12 })]
    const machine = testMachine(createEngine, program, { misalignedAccess: true })
    const { core } = machine
    const pages = [
      { va: RAM, pa: RAM, flags: CODE_PAGE },
      { va: 0x4000_0000n, pa: DATA, flags: DATA_PAGE },
      { va: 0x4000_1000n, pa: DATA + 0x5000n, flags: DATA_PAGE },
    ]
    translate(core, pages)
    core.bus.store(DATA, 8, PATTERN)
    core.hart.x[11] = 0x4000_0001n
    core.hart.x[12] = 0x4000_0ffdn
    core.hart.x[13] = PATTERN
    machine.engine.run(3)
    expect(machine.records.map(({ memory }) => memory)).toEqual([
      [{ kind: 'load', va: 0x4000_0001n, pa: DATA + 1n, size: 4, value: 0x55a4_b3c2n }],
      [crossing('store')],
      [crossing('load')],
    ])
    function crossing(kind: string) {
      const pa = DATA + 0xffdn
      return { kind, va: 0x4000_0ffdn, pa, secondPa: DATA + 0x5000n, size: 8, value: PATTERN }
    }
  })

  test('page-table walks: each entry read, for the fetch and then for the data; a TLB hit reads none', () => {
    const load = code('ld', { rd: 10, rs1: 11 })
    const machine = testMachine(createEngine, [load, load])
    const { core } = machine
    translate(core, [
      { va: RAM, pa: RAM, flags: CODE_PAGE },
      { va: 0x4000_0000n, pa: DATA, flags: DATA_PAGE },
    ])
    core.hart.x[11] = 0x4000_0008n
    machine.engine.run(2)
    const [walked, hit] = machine.records
    const root = (getCsr(core, 'satp') & ((1n << 44n) - 1n)) << 12n
    const code2 = root + 8n * (RAM >> 30n)
    const data2 = root + 8n
    const at = (pa: bigint, level: number) => ({ pa, pte: core.bus.load(pa, 8), level })
    const table = (pa: bigint) => (core.bus.load(pa, 8)! >> 10n) << 12n
    const code1 = table(code2)
    const data1 = table(data2)
    expect(walked.walk).toEqual([
      at(code2, 2),
      at(code1, 1),
      at(table(code1), 0),
      at(data2, 2),
      at(data1, 1),
      at(table(data1), 0),
    ])
    expect(walked).toMatchObject({ privilege: 1, memory: [{ va: 0x4000_0008n, pa: DATA + 8n }] })
    expect(hit.walk).toEqual([])
  })

  test('a walk that ends in a page fault, with the trap that it causes', () => {
    const instruction = code('ld', { rd: 10, rs1: 11 })
    const machine = testMachine(createEngine, [instruction])
    const { core } = machine
    translate(core, [{ va: RAM, pa: RAM, flags: CODE_PAGE }])
    core.hart.x[11] = 0x4000_0000n
    core.hart.x[10] = 1n
    setCsr(core, 'mtvec', RAM + 0x100n)
    machine.engine.run(1)
    const [{ walk, ...record }] = machine.records
    expect(walk).toHaveLength(4)
    expect(walk[3]).toMatchObject({ pte: 0n, level: 2 })
    expect({ ...record, walk: [] }).toEqual(
      first(instruction, {
        privilege: 1,
        nextPc: RAM + 0x100n,
        rs1: 11,
        rs1Value: 0x4000_0000n,
        trap: { interrupt: false, cause: 13, tval: 0x4000_0000n },
      }),
    )
  })

  test('a trap: its cause and value, the sources, and no destination, access or CSR', () => {
    const instruction = code('sd', { rs1: 11, rs2: 12 })
    const records = recordsOf(instruction, ({ core }) => {
      setCsr(core, 'mtvec', RAM + 0x100n)
      core.hart.x[11] = 0x5000_0000n
      core.hart.x[12] = 6n
    })
    const trap = { interrupt: false, cause: 7, tval: 0x5000_0000n }
    const sources = { rs1: 11, rs1Value: 0x5000_0000n, rs2: 12, rs2Value: 6n }
    for (const record of records) expect(record).toEqual(first(instruction, { nextPc: RAM + 0x100n, ...sources, trap }))
  })

  test('an instruction that no row matches: its bits, and no operands', () => {
    const bits = 0xffff_ffff
    const records = recordsOf(bits, ({ core }) => {
      setCsr(core, 'mtvec', RAM + 0x100n)
      core.hart.x.fill(7n, 1)
    })
    const trap = { interrupt: false, cause: 2, tval: BigInt(bits) }
    for (const record of records) expect(record).toEqual(first(bits, { nextPc: RAM + 0x100n, trap }))
  })

  test('a fetch that traps: no instruction', () => {
    const machine = testMachine(createEngine, [])
    setCsr(machine.core, 'mtvec', RAM + 0x100n)
    machine.core.hart.x.fill(7n, 1)
    machine.core.hart.pc = 0x5000_0000n
    machine.engine.run(1)
    const trap = { interrupt: false, cause: 1, tval: 0x5000_0000n }
    expect(machine.records).toEqual([first(0, { pc: 0x5000_0000n, nextPc: RAM + 0x100n, trap })])
  })

  test('an interrupt: a record of its own, without an instruction', () => {
    const machine = testMachine(createEngine, [code('addi', { rd: 1, rs1: 2, immediate: 1 })])
    const { core } = machine
    core.hart.x[2] = 7n
    machine.engine.run(1)
    setCsr(core, 'mtvec', RAM + 0x101n)
    setCsr(core, 'mie', 1n << 3n)
    setCsr(core, 'mstatus', 1n << 3n)
    core.bus.store(CLINT.base, 4, 1n)
    machine.engine.run(1)
    const trap = { interrupt: true, cause: 3, tval: 0n }
    expect(machine.records[1]).toEqual(
      first(0, { order: 1n, cycle: 1n, pc: RAM + 4n, nextPc: RAM + 0x100n + 12n, trap }),
    )
  })

  test('a CSR instruction: the value read, and what was written as it reads back', () => {
    const instruction = code('csrrs', { rd: 10, rs1: 11, immediate: csr('mtvec') })
    const records = recordsOf(instruction, ({ core }) => {
      setCsr(core, 'mtvec', 0x100n)
      core.hart.x[11] = 0x203n
    })
    for (const record of records) {
      expect(record).toEqual(
        first(instruction, {
          rs1: 11,
          rs1Value: 0x203n,
          rd: 10,
          rdValue: 0x100n,
          csrWrites: [{ csr: csrAddress.mtvec, value: 0x301n }],
        }),
      )
    }
  })

  test('a CSR instruction with an immediate: no source register', () => {
    const instruction = code('csrrwi', { rd: 0, rs1: 9, immediate: csr('mscratch') })
    const records = recordsOf(instruction, ({ core }) => core.hart.x.fill(7n, 1))
    const csrWrites = [{ csr: csrAddress.mscratch, value: 9n }]
    for (const record of records) expect(record).toEqual(first(instruction, { csrWrites }))
  })

  test('MRET: what it leaves in mstatus, and the mode in which it ran', () => {
    const machine = testMachine(createEngine, [code('mret')])
    setCsr(machine.core, 'mepc', RAM + 0x100n)
    machine.engine.run(1)
    const csrWrites = [{ csr: csrAddress.mstatus, value: getCsr(machine.core, 'mstatus') }]
    expect(machine.records).toEqual([first(code('mret'), { nextPc: RAM + 0x100n, csrWrites })])
    expect(machine.core.hart.privilege).toBe(0)
  })

  test('mcycle before the record, which counts from reset', () => {
    const machine = testMachine(createEngine, [code('addi', {}), code('jal', { rd: 0, immediate: -4 })])
    machine.engine.run(2500)
    expect(machine.records.map(({ cycle }) => Number(cycle))).toEqual(Array.from({ length: 2500 }, (_, i) => i))
  })

  test('compressed instructions before the one that switches C off: with their registers', () => {
    const program = [
      code('c.mv', { rd: 10, rs2: 11 }),
      code('c.add', { rd: 12, rs1: 12, rs2: 11 }),
      code('csrrc', { rd: 0, rs1: 13, immediate: csr('misa') }),
    ]
    const machine = testMachine(createEngine, program)
    machine.core.hart.x[11] = 5n
    machine.core.hart.x[12] = 6n
    machine.core.hart.x[13] = 4n
    machine.engine.run(3)
    expect(machine.core.csr.compressed).toBe(false)
    expect(machine.records[0]).toMatchObject({ rs2: 11, rs2Value: 5n, rd: 10, rdValue: 5n })
    expect(machine.records[1]).toMatchObject({ rs1: 12, rs1Value: 6n, rs2: 11, rs2Value: 5n, rd: 12, rdValue: 11n })
  })

  test('an instruction that is off when it traps, and on when the record is read: no operands', () => {
    const program = [
      code('mul', { rd: 10, rs1: 11, rs2: 12 }),
      code('csrrs', { rd: 0, rs1: 13, immediate: csr('misa') }),
    ]
    const machine = testMachine(createEngine, program)
    const { core } = machine
    setCsr(core, 'misa', getCsr(core, 'misa') & ~(1n << 12n))
    setCsr(core, 'mtvec', RAM + 4n)
    core.hart.x.fill(7n, 11, 13)
    core.hart.x[13] = 1n << 12n
    machine.engine.run(2)
    expect(core.hasExtension('M')).toBe(true)
    const trap = { interrupt: false, cause: 2, tval: BigInt(program[0]) }
    expect(machine.records[0]).toEqual(first(program[0], { trap }))
  })
})

describe('the ring', () => {
  const recorder = () => {
    const made = new Recorder(new RegionAllocator(new ArrayBuffer(128 * 1024)), () => undefined)
    const step = (pc: bigint, make: (recorder: Recorder) => void = () => {}) => {
      made.begin(pc, 0, 3, pc)
      make(made)
      made.end()
    }
    return { made, step }
  }

  test('numbers records without gaps over batches, also those that nobody saw', () => {
    const { made, step } = recorder()
    step(2n)
    made.discard()
    const orders: bigint[] = []
    made.observers.push((batch) => orders.push(...[0, 1].map((index) => batch.at(index).order)))
    for (let time = 0; time < 2; time++) {
      step(4n)
      step(6n)
      made.flush(8n)
    }
    expect(orders).toEqual([1n, 2n, 3n, 4n])
    expect(made.length).toBe(0)
  })

  test('a record has nothing of the one that had its place before', () => {
    const { made, step } = recorder()
    step(2n, () => {
      made.walk({ pa: 8n, pte: 9n, level: 0 }, true)
      made.csr([{ csr: 0x300, value: 1n }])
      made.access('load', 1n, 2n, 8, 3n, 4n)
      made.access('store', 1n, 2n, 8, 3n)
      made.result(5, 3n)
    })
    made.discard()
    step(4n)
    expect(made.at(0)).toEqual(first(0, { order: 1n, cycle: 4n, pc: 4n, nextPc: 0n }))
    expect(made.csrWrites(0)).toEqual([])
    expect(made.isTrap(0)).toBe(false)
  })

  test('an observer sees which records are traps and what CSRs they wrote without making objects of them', () => {
    const { made, step } = recorder()
    step(2n, () => made.trap(13, false, 1n))
    step(4n, () => made.csr([{ csr: 0x300, value: 1n }]))
    step(6n, () => made.csr([]))
    expect([0, 1, 2].map((index) => made.isTrap(index))).toEqual([true, false, false])
    expect([0, 1, 2].map((index) => made.csrWrites(index))).toEqual([[], [{ csr: 0x300, value: 1n }], []])
  })

  test('has room for a full batch, and no observer is called for an empty one', () => {
    const { made, step } = recorder()
    let calls = 0
    made.observers.push(() => calls++)
    made.flush(0n)
    expect(calls).toBe(0)
    for (let index = 0; index < RING_RECORDS; index++) step(BigInt(index), () => made.result(31, BigInt(index)))
    expect(made.at(RING_RECORDS - 1)).toMatchObject({ rd: 31, rdValue: BigInt(RING_RECORDS - 1) })
    expect(made.at(0)).toMatchObject({ rd: 31, rdValue: 0n, nextPc: 1n })
    made.flush(0n)
    expect(calls).toBe(1)
  })
})
