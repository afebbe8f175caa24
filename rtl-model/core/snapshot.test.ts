import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLINT } from '../devices/memory-map.ts'
import { code, csr, engines, getCsr, RAM, setCsr, testConfig, testMachine, translate } from '../engine/fixture.ts'
import { Pages } from './pages.ts'
import { type Snapshot, Snapshots } from './snapshot.ts'
import { PAGE_BYTES } from './state.ts'

const DATA = RAM + 0x2000n

/** Stores a0 to a pseudo-random doubleword of 64 pages, for ever. */
const scatter = [
  code('mul', { rd: 10, rs1: 10, rs2: 11 }),
  code('addi', { rd: 10, rs1: 10, immediate: 77 }),
  code('srli', { rd: 12, rs1: 10, immediate: 40 }),
  code('and', { rd: 12, rs1: 12, rs2: 13 }),
  code('add', { rd: 12, rs1: 12, rs2: 14 }),
  code('sd', { rs1: 12, rs2: 10 }),
  code('jal', { rd: 0, immediate: -24 }),
]

describe.each(engines)('snapshots of a machine run by the $name engine', ({ createEngine }) => {
  function scatterer() {
    const machine = testMachine(createEngine, scatter)
    const { x } = machine.core.hart
    x[10] = 1n
    x[11] = 0x5851_f42d_4c95_7f2dn
    x[13] = 0x3_fff8n
    x[14] = DATA
    return { ...machine, snapshots: new Snapshots(machine.core) }
  }

  /** All that a snapshot promises, copied whole. */
  function fullCopy({ bus, memory, stateAllocator, exitCode }: ReturnType<typeof scatterer>['core']) {
    const bytes = new Uint8Array(memory.buffer)
    return { state: bytes.slice(0, stateAllocator.end), ram: bytes.slice(bus.ramOffset), exitCode }
  }

  function expectSame(found: ReturnType<typeof fullCopy>, wanted: ReturnType<typeof fullCopy>): void {
    expect(Buffer.compare(found.state, wanted.state)).toBe(0)
    expect(Buffer.compare(found.ram, wanted.ram)).toBe(0)
    expect(found.exitCode).toBe(wanted.exitCode)
  }

  test('a tree of them: each restores what a full copy has, whatever ran and was written in between', () => {
    const operation = fc.oneof(
      fc.record({ run: fc.integer({ min: 1, max: 120 }) }),
      fc.record({
        write: fc.integer({ min: 0, max: testConfig.ramBytes - 3 * PAGE_BYTES }),
        length: fc.nat(2 * PAGE_BYTES),
      }),
      fc.constant('take' as const),
      fc.record({ restore: fc.nat() }),
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 25 }), (operations) => {
        const { core, engine, snapshots } = scatterer()
        const taken: { snapshot: Snapshot; copy: ReturnType<typeof fullCopy> }[] = []
        const take = () => taken.push({ snapshot: snapshots.take(), copy: fullCopy(core) })
        take()
        for (const operation of operations) {
          if (operation === 'take') {
            take()
          } else if ('run' in operation) {
            engine.run(operation.run)
          } else if ('write' in operation) {
            // Above the program.
            core.bus.write(RAM + 0x100n + BigInt(operation.write), new Uint8Array(operation.length).fill(0xa5))
          } else {
            const { snapshot, copy } = taken[operation.restore % taken.length]
            snapshots.restore(snapshot)
            expectSame(fullCopy(core), copy)
          }
        }
        for (const { snapshot, copy } of taken) {
          snapshots.restore(snapshot)
          expectSame(fullCopy(core), copy)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('what follows is the same each time', () => {
    const { core, engine, snapshots, records } = scatterer()
    engine.run(100)
    const snapshot = snapshots.take()
    records.length = 0
    engine.run(500)
    const [once, copy] = [records.splice(0), fullCopy(core)]
    snapshots.restore(snapshot)
    engine.run(500)
    expect(records).toEqual(once)
    expect(records[0].order).toBe(100n)
    expectSame(fullCopy(core), copy)
  })

  test('taking one changes nothing', () => {
    const { core, engine, snapshots } = scatterer()
    engine.run(100)
    const before = fullCopy(core)
    snapshots.take()
    expectSame(fullCopy(core), before)
  })

  test('pages that were not written since are shared with the snapshot before', () => {
    const { core, snapshots } = scatterer()
    core.bus.store(DATA, 8, 1n)
    core.bus.store(DATA + 0x1000n, 8, 1n)
    const one = snapshots.take()
    core.bus.store(DATA, 8, 2n)
    const two = snapshots.take()
    expect(two.pages.differing(new Pages())).toEqual([0, 2, 3])
    expect(two.pages.get(3)).toBe(one.pages.get(3))
    expect(two.pages.get(0)).toBe(one.pages.get(0))
    expect(two.pages.get(2)).not.toBe(one.pages.get(2))
  })

  test('the fast path marks a page again after a snapshot, and after a restore', () => {
    const store = code('sd', { rs1: 14, rs2: 10 })
    const machine = testMachine(createEngine, [store, store, code('jal', { rd: 0, immediate: -8 })])
    const { core, engine } = machine
    const snapshots = new Snapshots(core)
    core.hart.x[14] = DATA
    const write = (value: bigint) => {
      core.hart.x[10] = value
      engine.run(6)
    }
    write(1n)
    const one = snapshots.take()
    write(2n)
    const two = snapshots.take()
    write(3n)
    for (const [snapshot, value] of [
      [two, 2n],
      [one, 1n],
      [two, 2n],
      [one, 1n],
    ] as const) {
      snapshots.restore(snapshot)
      expect(core.bus.load(DATA, 8)).toBe(value)
      write(4n)
    }
  })

  test('code that was stored over is the old code again, in memory and in the instruction cache', () => {
    const machine = testMachine(createEngine, [
      code('addi', { rd: 10, rs1: 10, immediate: 1 }),
      code('sw', { rs1: 11, rs2: 12 }),
      code('fence.i'),
      code('jal', { rd: 0, immediate: -12 }),
    ])
    const { core, engine } = machine
    core.hart.x[11] = RAM
    core.hart.x[12] = BigInt(code('addi', { rd: 10, rs1: 10, immediate: 100 }))
    const snapshots = new Snapshots(core)
    const start = snapshots.take()
    engine.run(1)
    const cached = snapshots.take()
    engine.run(4)
    expect(core.hart.x[10]).toBe(101n)
    for (const snapshot of [cached, start, cached]) {
      snapshots.restore(snapshot)
      const left = snapshot === start ? 5 : 4
      core.hart.x[12] = BigInt(code('addi', { rd: 10, rs1: 10, immediate: 200 }))
      engine.run(left)
      expect(core.hart.x[10]).toBe(201n)
    }
  })

  test('an extension that was switched off is on again', () => {
    const machine = testMachine(createEngine, [
      code('addi', {}),
      code('csrrc', { rs1: 11, immediate: csr('misa') }),
      code('mul', { rd: 10, rs1: 11, rs2: 11 }),
    ])
    const { core, engine, records } = machine
    core.hart.x[11] = 1n << 12n
    const snapshots = new Snapshots(core)
    engine.run(1)
    const snapshot = snapshots.take()
    engine.run(2)
    expect(records.at(-1)?.trap?.cause).toBe(2)
    snapshots.restore(snapshot)
    core.hart.pc = RAM + 8n
    engine.run(1)
    expect(records.at(-1)).toMatchObject({ instruction: code('mul', { rd: 10, rs1: 11, rs2: 11 }), rd: 10 })
    expect(core.hart.x[10]).toBe(1n << 24n)
  })

  test('a TLB entry that was stale is stale again', () => {
    const load = code('ld', { rd: 10, rs1: 11 })
    const machine = testMachine(createEngine, [load, load, code('sfence.vma'), load])
    const { core, engine } = machine
    const map = (pa: bigint) =>
      translate(core, [
        { va: RAM, pa: RAM, flags: 0xcb },
        { va: 0x4000_0000n, pa, flags: 0xc7 },
      ])
    core.bus.store(DATA, 8, 1n)
    core.bus.store(DATA + 0x1000n, 8, 2n)
    map(DATA)
    core.hart.x[11] = 0x4000_0000n
    engine.run(1)
    map(DATA + 0x1000n)
    const snapshots = new Snapshots(core)
    const snapshot = snapshots.take()
    for (let time = 0; time < 2; time++) {
      engine.run(1)
      expect(core.hart.x[10]).toBe(1n)
      engine.run(2)
      expect(core.hart.x[10]).toBe(2n)
      snapshots.restore(snapshot)
    }
  })

  test('the timer interrupt comes at the same clock again', () => {
    const machine = testMachine(createEngine, [code('jal', { rd: 0, immediate: 0 })], { cyclesPerTick: 10 })
    const { core, engine, records } = machine
    setCsr(core, 'mie', 1n << 7n)
    setCsr(core, 'mstatus', 1n << 3n)
    setCsr(core, 'mtvec', RAM)
    core.bus.store(CLINT.base + 0x4000n, 8, 5n)
    const snapshots = new Snapshots(core)
    engine.run(20)
    const snapshot = snapshots.take()
    for (let time = 0; time < 2; time++) {
      records.length = 0
      engine.run(40)
      expect(records.filter(({ trap }) => trap).map(({ cycle }) => cycle)).toEqual([50n])
      snapshots.restore(snapshot)
      expect(getCsr(core, 'mcycle')).toBe(20n)
    }
  })

  test('a program that had ended runs again; one that had ended before has ended', () => {
    const { core, engine, snapshots } = scatterer()
    const before = snapshots.take()
    core.stop(3)
    const ended = snapshots.take()
    snapshots.restore(before)
    expect(core.exitCode).toBeUndefined()
    expect(engine.run(5)).toBe(5)
    snapshots.restore(ended)
    expect(core.exitCode).toBe(3)
    expect(engine.run(5)).toBe(0)
  })
})
