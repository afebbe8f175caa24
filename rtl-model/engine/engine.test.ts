import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RING_RECORDS } from '../core/recorder.ts'
import { CLINT, FINISHER } from '../devices/memory-map.ts'
import { code, csr, engines, getCsr, RAM, setCsr, type TestMachine, testMachine } from './fixture.ts'

const NOP = code('addi', {})
const SPIN = code('jal', { rd: 0, immediate: 0 })
const MTIMECMP = CLINT.base + 0x4000n
const MSIP = CLINT.base
const HANDLER = RAM + 0x400n
const TIMER = { interrupt: true, cause: 7 }

/** Lets the machine take interrupts in M-mode, into a handler that spins. */
function enableInterrupts({ core }: TestMachine, mie: bigint): void {
  core.bus.store(HANDLER, 4, BigInt(SPIN))
  setCsr(core, 'mtvec', HANDLER)
  setCsr(core, 'mie', mie)
  setCsr(core, 'mstatus', 1n << 3n)
}

function run({ engine }: TestMachine, steps: number, chunk = steps): number {
  let made = 0
  while (made < steps) {
    const now = engine.run(Math.min(chunk, steps - made))
    made += now
    if (now === 0) break
  }
  return made
}

describe.each(engines)('$name engine', ({ createEngine }) => {
  describe('run makes as many steps as it is asked for', () => {
    test.each([0, 1, 2, 1000, RING_RECORDS, RING_RECORDS + 1, 3 * RING_RECORDS + 7])('%i steps', (steps) => {
      const machine = testMachine(createEngine, [SPIN])
      expect(machine.engine.run(steps)).toBe(steps)
      expect(machine.core.hart.steps).toBe(BigInt(steps))
      expect(machine.core.hart.clock).toBe(BigInt(steps))
      expect(machine.records.map(({ order }) => Number(order))).toEqual(Array.from({ length: steps }, (_, i) => i))
    })

    test('a trap is a step, as an instruction that retires is', () => {
      const machine = testMachine(createEngine, [NOP, code('ecall'), NOP])
      setCsr(machine.core, 'mtvec', RAM)
      expect(machine.engine.run(5)).toBe(5)
      expect(machine.core.hart.steps).toBe(5n)
      expect(machine.core.hart.retired).toBe(3n)
    })

    test('an interrupt is a step of one cycle', () => {
      const machine = testMachine(createEngine, [SPIN])
      enableInterrupts(machine, 1n << 3n)
      machine.core.bus.store(MSIP, 4, 1n)
      expect(machine.engine.run(1)).toBe(1)
      expect(machine.core.hart.pc).toBe(HANDLER)
      const { steps, retired, clock } = machine.core.hart
      expect({ steps, retired, clock }).toEqual({ steps: 1n, retired: 0n, clock: 1n })
    })

    test('the program ends it with the instruction that tells the test finisher, and then it makes none', () => {
      const machine = testMachine(createEngine, [NOP, code('sw', { rs1: 5, rs2: 6 }), NOP, SPIN])
      machine.core.hart.x[5] = FINISHER.base
      machine.core.hart.x[6] = 0x5555n
      expect(machine.engine.run(100)).toBe(2)
      expect(machine.core.exitCode).toBe(0)
      expect(machine.core.hart.pc).toBe(RAM + 8n)
      expect(machine.engine.run(100)).toBe(0)
      expect(machine.core.hart.steps).toBe(2n)
    })
  })

  describe('observers', () => {
    test('get every record once and in order, in batches that fit the ring, before run returns', () => {
      const machine = testMachine(createEngine, [NOP, code('jal', { rd: 0, immediate: -4 })])
      const batches: { first: bigint; length: number }[] = []
      machine.core.recorder!.observers.push(({ firstOrder, length }) => batches.push({ first: firstOrder, length }))
      for (const steps of [5, 3000, 1]) machine.engine.run(steps)
      let next = 0n
      for (const { first, length } of batches) {
        expect(first).toBe(next)
        expect(length).toBeGreaterThan(0)
        expect(length).toBeLessThanOrEqual(RING_RECORDS)
        next += BigInt(length)
      }
      expect(next).toBe(3006n)
    })

    test('are told where the hart goes after each record, also after the last of a batch', () => {
      const machine = testMachine(createEngine, [NOP, code('jal', { rd: 0, immediate: -4 })])
      for (const steps of [1, 1, RING_RECORDS + 5]) machine.engine.run(steps)
      for (const [index, { pc, nextPc }] of machine.records.entries()) {
        expect(pc).toBe(index % 2 === 0 ? RAM : RAM + 4n)
        expect(nextPc).toBe(index % 2 === 0 ? RAM + 4n : RAM)
      }
    })
  })

  describe('interrupts (privileged specification, 3.1.9)', () => {
    test('the instruction that enables a pending interrupt retires, and the next does not', () => {
      const enable = code('csrrsi', { immediate: csr('mstatus'), rs1: 8 })
      const machine = testMachine(createEngine, [NOP, enable, NOP, NOP])
      enableInterrupts(machine, 1n << 3n)
      setCsr(machine.core, 'mstatus', 0n)
      machine.core.bus.store(MSIP, 4, 1n)
      machine.engine.run(4)
      expect(machine.records.map(({ pc, trap }) => [pc - RAM, trap?.cause])).toEqual([
        [0n, undefined],
        [4n, undefined],
        [8n, 3],
        [HANDLER - RAM, undefined],
      ])
      expect(getCsr(machine.core, 'mepc')).toBe(RAM + 8n)
    })

    test('one that a store of the program raises comes before the next instruction', () => {
      const machine = testMachine(createEngine, [NOP, code('sw', { rs1: 5, rs2: 6 }), NOP, NOP])
      enableInterrupts(machine, 1n << 3n)
      machine.core.hart.x[5] = MSIP
      machine.core.hart.x[6] = 1n
      machine.engine.run(3)
      expect(machine.records[2]).toMatchObject({ pc: RAM + 8n, nextPc: HANDLER, trap: { interrupt: true, cause: 3 } })
    })

    test('none is taken while the log of another machine says when they come', () => {
      const machine = testMachine(createEngine, [NOP, NOP, NOP])
      enableInterrupts(machine, 1n << 3n)
      machine.core.bus.store(MSIP, 4, 1n)
      machine.core.takesInterrupts = false
      machine.engine.run(3)
      expect(machine.records.every(({ trap }) => trap === undefined)).toBe(true)
    })
  })

  describe('timer interrupt (privileged specification, 3.2.1)', () => {
    test('is taken at the clock at which mtime reaches mtimecmp, however the run is divided', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 30 }),
          fc.integer({ min: 1, max: 200 }),
          fc.integer({ min: 1, max: 400 }),
          (tick, cyclesPerTick, chunk) => {
            const machine = testMachine(createEngine, [SPIN], { cyclesPerTick })
            enableInterrupts(machine, 1n << 7n)
            machine.core.bus.store(MTIMECMP, 8, BigInt(tick))
            const due = tick * cyclesPerTick
            run(machine, due + 2, chunk)
            expect(machine.records[due - 1].trap).toBeUndefined()
            expect(machine.records[due]).toMatchObject({ cycle: BigInt(due), pc: RAM, trap: TIMER })
          },
        ),
        { numRuns: 20 },
      )
    })

    test('comes when it is due where the program brings it forward from a later time', () => {
      const machine = testMachine(createEngine, [NOP, code('sd', { rs1: 5, rs2: 6 }), SPIN], { cyclesPerTick: 10 })
      enableInterrupts(machine, 1n << 7n)
      machine.core.bus.store(MTIMECMP, 8, 1000n)
      machine.core.hart.x[5] = MTIMECMP
      machine.core.hart.x[6] = 3n
      machine.engine.run(20_000)
      expect(machine.records.find(({ trap }) => trap !== undefined)).toMatchObject({ cycle: 30n, trap: TIMER })
    })

    test('comes when it is due where the program sets mtime forward', () => {
      const machine = testMachine(createEngine, [NOP, code('sd', { rs1: 5, rs2: 6 }), SPIN], { cyclesPerTick: 10 })
      enableInterrupts(machine, 1n << 7n)
      machine.core.bus.store(MTIMECMP, 8, 1000n)
      machine.core.hart.x[5] = CLINT.base + 0xbff8n
      machine.core.hart.x[6] = 998n
      machine.engine.run(20_000)
      expect(machine.records.find(({ trap }) => trap !== undefined)).toMatchObject({ cycle: 20n, trap: TIMER })
    })

    test('does not come where the program puts it off in time', () => {
      const machine = testMachine(createEngine, [NOP, code('sd', { rs1: 5, rs2: 6 }), SPIN], { cyclesPerTick: 10 })
      enableInterrupts(machine, 1n << 7n)
      machine.core.bus.store(MTIMECMP, 8, 3n)
      machine.core.hart.x[5] = MTIMECMP
      machine.core.hart.x[6] = 100n
      machine.engine.run(1010)
      expect(machine.records.find(({ trap }) => trap !== undefined)).toMatchObject({ cycle: 1000n, trap: TIMER })
    })
  })
})

describe('both engines', () => {
  /** A handler that puts the timer off by some ticks, and a program that counts. */
  const handler = [
    code('csrrw', { rd: 8, rs1: 8, immediate: csr('mscratch') }),
    code('ld', { rd: 8, rs1: 5 }),
    code('addi', { rd: 8, rs1: 8, immediate: 7 }),
    code('sd', { rs1: 5, rs2: 8 }),
    code('csrrw', { rd: 8, rs1: 8, immediate: csr('mscratch') }),
    code('mret'),
  ]
  const program = [
    code('addi', { rd: 6, rs1: 6, immediate: 1 }),
    code('sd', { rs1: 7, rs2: 6 }),
    code('csrrs', { rd: 9, immediate: csr('mcycle') }),
    code('wfi'),
    code('c.add', { rd: 9, rs1: 9, rs2: 6 }),
    code('jal', { rd: 0, immediate: -18 }),
  ]

  function records(createEngine: (typeof engines)[number]['createEngine'], steps: number, chunks: readonly number[]) {
    const machine = testMachine(createEngine, program, { cyclesPerTick: 3 })
    const { core, engine } = machine
    enableInterrupts(machine, 1n << 7n)
    for (const [index, bits] of handler.entries()) core.bus.store(HANDLER + BigInt(4 * index), 4, BigInt(bits))
    core.hart.x[5] = MTIMECMP
    core.hart.x[7] = RAM + 0x800n
    core.bus.store(MTIMECMP, 8, 5n)
    let left = steps
    for (let index = 0; left > 0; index++) left -= engine.run(Math.min(left, chunks[index % chunks.length]))
    return machine.records
  }

  test('take the same interrupts before the same instructions, whatever the chunks', () => {
    const expected = records(engines[0].createEngine, 600, [600])
    expect(expected.filter(({ trap }) => trap?.interrupt).length).toBeGreaterThan(20)
    const chunks = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.constantFrom(...engines), chunks, ({ createEngine }, lengths) => {
        expect(records(createEngine, 600, lengths)).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })
})
