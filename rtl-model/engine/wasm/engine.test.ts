import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Core } from '../../core/core.ts'
import type { Retirement } from '../../core/retirement.ts'
import { PAGE_BYTES } from '../../core/state.ts'
import {
  bytesOf,
  CODE_PAGE,
  code,
  csr,
  DATA_PAGE,
  engines,
  enterMode,
  RAM,
  setCsr,
  testConfig,
  testMachine,
  translate,
} from '../fixture.ts'
import { DATA_ENTRIES, dataVersions, FETCH_ENTRIES, fetchVersions } from './layout.ts'

// What the fast engine may do without asking is never more than what the units would say. The reference engine, which
// always asks, is held to the same.

const VA = 0x4000_0000n
const DATA = RAM + 0x2000n
const HANDLER = RAM + 0x7_0000n
const load = code('ld', { rd: 10, rs1: 11 })
const store = code('sd', { rs1: 11, rs2: 12 })
const LOOP = (length: number) => code('jal', { rd: 0, immediate: -4 * length })

const mapping = (pa: bigint, flags = DATA_PAGE) => [
  { va: RAM, pa: RAM, flags: CODE_PAGE },
  { va: VA, pa, flags },
]
const loaded = (records: readonly Retirement[]) => records.filter(({ rd }) => rd === 10).map(({ rdValue }) => rdValue)
const causes = (records: readonly Retirement[]) => records.map(({ trap }) => trap?.cause)

describe.each(engines)('$name engine', ({ createEngine }) => {
  function machineWith(program: readonly number[], changes: Parameters<typeof testMachine>[2] = {}) {
    const machine = testMachine(createEngine, program, changes)
    setCsr(machine.core, 'mtvec', HANDLER)
    machine.core.hart.x[11] = VA
    machine.core.bus.store(DATA, 8, 1n)
    machine.core.bus.store(DATA + 0x1000n, 8, 2n)
    return machine
  }

  describe('data', () => {
    test.each(Array.from({ length: 4 }, (_, index) => dataVersions.count - 2 + index))(
      'a translation that was flushed is gone after %i flushes as after one',
      (flushes) => {
        const fences = 15
        const fence = code('sfence.vma')
        const machine = machineWith([load, load, ...new Array(fences).fill(fence), LOOP(fences), load])
        const { core, engine } = machine
        translate(core, mapping(DATA))
        engine.run(2)
        translate(core, mapping(DATA + 0x1000n))
        let left = flushes
        while (left > 0) {
          const now = Math.min(left, fences)
          core.hart.pc = RAM + 8n + BigInt(4 * (fences - now))
          left -= engine.run(now)
        }
        core.hart.pc = RAM
        engine.run(1)
        expect(loaded(machine.records)).toEqual([1n, 1n, 2n])
      },
    )

    test('pages that share a place in the table', () => {
      const ramBytes = 2 * DATA_ENTRIES * PAGE_BYTES
      const machine = machineWith([load, store, code('add', { rd: 11, rs1: 11, rs2: 13 }), LOOP(3)], { ramBytes })
      const { core, engine } = machine
      core.hart.x[11] = DATA
      core.hart.x[12] = 9n
      core.hart.x[13] = BigInt(DATA_ENTRIES * PAGE_BYTES)
      core.bus.store(DATA + BigInt(DATA_ENTRIES * PAGE_BYTES), 8, 3n)
      engine.run(8)
      core.hart.x[11] = DATA
      engine.run(1)
      expect(loaded(machine.records)).toEqual([1n, 3n, 9n])
    })

    test('a page that was only loaded from is marked as written by the first store', () => {
      const machine = machineWith([load, load, store, store])
      machine.core.hart.x[11] = DATA
      machine.engine.run(2)
      machine.core.bus.takeWritten()
      machine.engine.run(1)
      expect(machine.core.bus.takeWritten()).toEqual([2])
    })

    test('a page that may be loaded from and not stored to', () => {
      const machine = machineWith([load, store, load, store])
      translate(machine.core, mapping(DATA, DATA_PAGE & ~4))
      machine.engine.run(2)
      machine.core.hart.pc = RAM + 8n
      enterMode(machine.core, 1)
      machine.engine.run(2)
      expect(causes(machine.records)).toEqual([undefined, 15, undefined, 15])
      expect(machine.core.bus.load(DATA, 8)).toBe(1n)
    })

    test('what S could access is asked again in U, and by SUM and MXR as they are then', () => {
      const machine = machineWith([load, load])
      const attempt = (privilege: 0 | 1, mstatus: bigint) => {
        setCsr(machine.core, 'mstatus', mstatus)
        machine.core.hart.pc = RAM
        enterMode(machine.core, privilege)
        machine.records.length = 0
        machine.engine.run(2)
        return machine.records[0].trap?.cause
      }
      const remap = (flags: number) => {
        translate(machine.core, mapping(DATA, flags))
        machine.core.mmu.fence()
      }
      const [SUM, MXR] = [1n << 18n, 1n << 19n]
      remap(DATA_PAGE)
      expect(attempt(1, 0n)).toBeUndefined()
      expect(attempt(0, 0n)).toBe(12)
      remap(DATA_PAGE | 16)
      expect(attempt(1, 0n)).toBe(13)
      expect(attempt(1, SUM)).toBeUndefined()
      expect(attempt(1, 0n)).toBe(13)
      remap(CODE_PAGE & ~2)
      expect(attempt(1, MXR)).toBeUndefined()
      expect(attempt(1, 0n)).toBe(13)
    })

    test('MPRV: M-mode loads through the translation of MPP, and no longer when it is cleared', () => {
      const toggle = (name: string) => code(name, { rs1: 13, immediate: csr('mstatus') })
      const machine = machineWith([load, load, toggle('csrrs'), load, load, toggle('csrrc'), load])
      const { core, engine } = machine
      translate(
        core,
        mapping(DATA + 0x1000n).map((page) => ({ ...page, va: page.va === VA ? DATA : page.va })),
      )
      enterMode(core, 3)
      setCsr(core, 'mstatus', 1n << 11n)
      core.hart.x[11] = DATA
      core.hart.x[13] = 1n << 17n
      engine.run(7)
      expect(loaded(machine.records)).toEqual([1n, 1n, 2n, 2n, 1n])
    })

    test('a PMP entry that is written applies to the next access of M where it is locked', () => {
      const machine = machineWith([
        load,
        load,
        code('csrrw', { rs1: 13, immediate: 0x3b0 }),
        code('csrrw', { rs1: 14, immediate: 0x3a0 }),
        load,
      ])
      const { core, engine } = machine
      core.hart.x[11] = DATA
      core.hart.x[13] = (DATA + 0x1000n) >> 2n
      // Locked, TOR, executable only.
      core.hart.x[14] = 0x8cn
      engine.run(5)
      expect(causes(machine.records)).toEqual([undefined, undefined, undefined, undefined, 5])
    })

    test('a page that PMP divides: each access by itself', () => {
      const machine = machineWith([load, load, load])
      const { core, engine } = machine
      core.csr.write(0x3b0, (DATA + 0x800n) >> 2n, 3)
      core.csr.write(0x3b1, (DATA + 0x1000n) >> 2n, 3)
      core.csr.write(0x3a0, 0x880fn, 3)
      for (const [index, address] of [DATA, DATA + 0x7f8n, DATA + 0x800n].entries()) {
        core.hart.pc = RAM + BigInt(4 * index)
        core.hart.x[11] = address
        engine.run(1)
      }
      expect(causes(machine.records)).toEqual([undefined, undefined, 5])
    })
  })

  describe('code', () => {
    test.each(Array.from({ length: 4 }, (_, index) => fetchVersions.count - 2 + index))(
      'a line that was flushed is gone after %i flushes as after one',
      (flushes) => {
        const fences = new Array(fetchVersions.count + 2).fill(code('fence.i'))
        const machine = machineWith([code('addi', { rd: 10, immediate: 1 }), ...fences])
        const { core, engine } = machine
        engine.run(1)
        core.bus.store(RAM, 4, BigInt(code('addi', { rd: 10, immediate: 2 })))
        core.hart.pc = RAM
        engine.run(1)
        // The fences of the line itself would find it again: only those of other lines are run.
        core.hart.pc = RAM + 64n
        for (let left = flushes; left > 0; left -= engine.run(1)) core.hart.pc = RAM + 64n
        core.hart.pc = RAM
        engine.run(1)
        expect(loaded(machine.records)).toEqual([1n, 1n, 2n])
      },
    )

    test('lines that share a place in the table', () => {
      const far = FETCH_ENTRIES * 64
      const machine = machineWith([code('addi', { rd: 10, immediate: 1 }), code('jal', { rd: 0, immediate: far - 4 })])
      const { core, engine } = machine
      core.bus.store(RAM + BigInt(far), 4, BigInt(code('addi', { rd: 10, immediate: 2 })))
      core.bus.store(RAM + BigInt(far + 4), 4, BigInt(code('jal', { rd: 0, immediate: -far - 4 })))
      engine.run(12)
      expect(loaded(machine.records)).toEqual([1n, 2n, 1n, 2n, 1n, 2n])
    })

    test('lines that take each other’s place in the cache', () => {
      const program = [code('addi', { rd: 10, immediate: 1 }), code('jal', { rd: 0, immediate: 60 })]
      const machine = machineWith(program, { icacheSets: 1, icacheWays: 1 })
      const { core, engine } = machine
      core.bus.store(RAM + 64n, 4, BigInt(code('addi', { rd: 10, immediate: 2 })))
      core.bus.store(RAM + 68n, 4, BigInt(code('jal', { rd: 0, immediate: -68 })))
      engine.run(12)
      expect(loaded(machine.records)).toEqual([1n, 2n, 1n, 2n, 1n, 2n])
    })

    test('a page of code that PMP divides: each instruction by itself', () => {
      const machine = machineWith(new Array(16).fill(code('addi', { rd: 10, rs1: 10, immediate: 1 })))
      const { core, engine } = machine
      core.csr.write(0x3b0, (RAM + 0x20n) >> 2n, 3)
      core.csr.write(0x3a0, 0x0fn, 3)
      enterMode(core, 0)
      engine.run(9)
      expect(causes(machine.records)).toEqual([...new Array(8).fill(undefined), 1])
      expect(machine.records[8].trap?.tval).toBe(RAM + 0x20n)
    })

    test('an instruction on two pages uses the entries of both in the instruction TLB, each time', () => {
      const machine = machineWith([], { itlbEntries: 2 })
      const { core, engine } = machine
      const [first, second, third] = [RAM, RAM + 0x1000n, RAM + 0x4000n]
      core.bus.store(second - 2n, 4, BigInt(code('addi', {})))
      for (const pa of [second + 8n, third]) core.bus.store(pa, 4, BigInt(code('addi', {})))
      translate(
        core,
        [first, second, third].map((pa) => ({ va: pa, pa, flags: CODE_PAGE })),
      )
      const walksAt = (pc: bigint) => {
        core.hart.pc = pc
        engine.run(1)
        return machine.records.at(-1)!.walk.length / 3
      }
      expect([second - 2n, second - 2n, third, second + 8n].map(walksAt)).toEqual([2, 0, 1, 0])
    })

    test('an instruction on two pages of M-mode is refused once PMP denies the second', () => {
      const machine = machineWith([])
      const { core, engine } = machine
      const second = RAM + 0x1000n
      core.bus.store(second - 2n, 4, BigInt(code('addi', { rd: 10, rs1: 10, immediate: 1 })))
      const run = () => {
        core.hart.pc = second - 2n
        engine.run(1)
      }
      for (let times = 0; times < 3; times++) run()
      core.csr.write(0x3b0, (second >> 2n) | 0x1ffn, 3)
      core.csr.write(0x3a0, 0x99n, 3)
      run()
      expect(loaded(machine.records)).toEqual([1n, 2n, 3n])
      expect(machine.records.at(-1)?.trap).toMatchObject({ cause: 1, tval: second })
    })

    test('where the data TLB has another page for the same address, each access has its own', () => {
      const machine = machineWith([])
      const { core, engine } = machine
      const page = [code('ld', { rd: 10, rs1: 11 }), code('ld', { rd: 10, rs1: 11 }), LOOP(2)]
      for (const [index, bits] of page.entries()) core.bus.store(DATA + 0x100n + BigInt(4 * index), 4, BigInt(bits))
      const pages = (pa: bigint) => [{ va: VA, pa, flags: CODE_PAGE | DATA_PAGE }]
      translate(core, pages(DATA))
      core.hart.pc = VA + 0x100n
      engine.run(1)
      // The entry of the data TLB alone goes, and comes back from the changed table.
      core.dtlb.flush()
      core.csr.translationEpoch++
      translate(core, pages(DATA + 0x1000n))
      engine.run(5)
      expect(loaded(machine.records)).toEqual([1n, 2n, 2n, 2n])
    })
  })

  test.each([19_999, 20_000, 20_001, 50_000])('%i instructions in one run, without records', (steps) => {
    const core = new Core(testConfig, { output() {} })
    core.bus.write(RAM, bytesOf([code('addi', { rd: 10, rs1: 10, immediate: 1 }), LOOP(1)]))
    expect(createEngine(core).run(steps)).toBe(steps)
    expect(core.hart.x[10]).toBe(BigInt(Math.ceil(steps / 2)))
    expect(core.hart.steps).toBe(BigInt(steps))
  })
})

test('a use without asking counts as a use for the replacement in the TLBs', () => {
  const PAGES = 5
  const run = ({ createEngine }: (typeof engines)[number], accesses: readonly { page: number; times: number }[]) => {
    const machine = testMachine(createEngine, [load, load, load, load], { dtlbEntries: 4, itlbEntries: 2 })
    const { core, engine } = machine
    const data = Array.from({ length: PAGES }, (_, page) => ({
      va: VA + BigInt(page * PAGE_BYTES),
      pa: DATA + BigInt(page * PAGE_BYTES),
      flags: DATA_PAGE,
    }))
    const program = core.bus.read(RAM, 16)
    const codePages = [0n, 1n, 2n].map((page) => ({
      va: RAM + page * 0x1000n,
      pa: RAM + page * 0x1000n,
      flags: CODE_PAGE,
    }))
    for (const { pa } of codePages) core.bus.write(pa, program)
    translate(core, [...codePages, ...data])
    for (const { page, times } of accesses) {
      core.hart.pc = RAM + BigInt((page % 3) * PAGE_BYTES)
      core.hart.x[11] = VA + BigInt(page * PAGE_BYTES)
      engine.run(times)
    }
    return machine.records.map(({ walk }) => walk.map(({ pa }) => pa))
  }
  // Bursts that stay with a few pages, so that there are hits between misses.
  const burst = fc
    .record({
      pages: fc.array(fc.integer({ min: 0, max: PAGES - 1 }), { minLength: 1, maxLength: 4 }),
      rounds: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ pages, rounds }) => new Array(rounds).fill(pages.map((page) => ({ page, times: 2 }))).flat())
  fc.assert(
    fc.property(fc.array(burst, { maxLength: 10 }), (bursts) => {
      expect(run(engines[1], bursts.flat())).toEqual(run(engines[0], bursts.flat()))
    }),
    { numRuns: 40 },
  )
})
