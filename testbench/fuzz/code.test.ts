import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { exceptionCode } from '../../rtl-model/core/trap.ts'
import { hostAgent } from '../calls/agents.ts'
import { type CodeStanding, Driver } from '../calls/driver.ts'
import { AGENT, HOST_CODE, SPACES, TABLES } from '../calls/places.ts'
import { type Point, play } from '../calls/play.ts'
import { actions, planOf } from '../calls/sequences.ts'
import { setHost, startingPoints } from '../calls/stage.ts'
import type { ElfFile } from '../elf/image.ts'
import { loadElf } from '../elf/load.ts'
import { FORGED } from './addresses.ts'
import { describeCode, resolveCode } from './code.ts'
import { CodeWriter } from './code-writer.ts'
import type { CodeStep } from './finding.ts'
import { type Attacker, enclaveItems, hostItems, type Item, items } from './items.ts'
import { codePokes, runCode } from './run-code.ts'

const [LOAD, SYSTEM] = [0x03, 0x73]

const firmware = fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url))
let elf: ElfFile
let prepared: Driver
let driver: Driver
let populated: Point
let running: Point
beforeAll(async () => {
  elf = await loadElf(firmware)
})
beforeEach(() => {
  driver = prepared
})
beforeAll(() => {
  prepared = new Driver(elf)
  driver = prepared
  populated = startingPoints(driver)[1]
  running = play(driver, populated, [planOf({ host: 'resume', enclave: 'exit', numbers: [] })]).point
})

function positionAt({ state, roots }: Point) {
  return { state, memory: driver.memory, root: state.running === undefined ? undefined : roots.get(state.running) }
}

function run(point: Point, step: CodeStep): CodeStanding {
  driver.restore(point.snapshot)
  const pokes = codePokes(step, positionAt(point))
  return runCode(driver, step, pokes!, { running: point.state.running, turn: 1 })
}

function runItems(point: Point, list: readonly Item[]): CodeStanding {
  driver.restore(point.snapshot)
  const by = point.state.running === undefined ? 'host' : 'enclave'
  return run(point, { by, ...resolveCode(list, positionAt(point), by) })
}

const hostItem = (host: Item['host'], numbers: number[] = []): Item => ({ host, enclave: 'compute', numbers })
const enclaveItem = (enclave: Item['enclave'], numbers: number[] = []): Item => ({ host: 'compute', enclave, numbers })

function code(write: (code: CodeWriter) => void): CodeStep {
  const writer = new CodeWriter(HOST_CODE)
  write(writer)
  return { by: 'host', code: writer.instructions(), registers: writer.registers }
}

describe('random code', () => {
  const samples = fc.sample(fc.noBias(items), { seed: 1, numRuns: 150 })

  test('survives JSON, and comes to the same where things stand the same', () => {
    driver.restore(populated.snapshot)
    for (const list of samples) {
      const position = positionAt(populated)
      const again = JSON.parse(JSON.stringify(list)) as Item[]
      expect(resolveCode(again, position, 'host')).toEqual(resolveCode(list, position, 'host'))
    }
  })

  test.each<[Attacker, least: number]>([
    ['host', 148],
    ['enclave', 150],
  ])('of the %s comes back by itself, or by a trap', (by, least) => {
    const point = by === 'host' ? populated : running
    const standings = samples.map((list) => runItems(point, list))
    expect(standings.filter(({ returned }) => returned).length).toBeGreaterThanOrEqual(least)
    expect(standings.filter(({ privilege }) => privilege === undefined).length).toBeLessThanOrEqual(2)
  })

  test('leaves most enclaves alive', () => {
    const alive = samples.filter((list) => runItems(running, list).privilege === 0)
    expect(alive.length).toBeGreaterThan(105)
  })

  test('leaves everything as the specification has it: calls that follow do what they should', () => {
    const sequences = fc.sample(fc.noBias(actions(6)), { seed: 2, numRuns: 30 })
    for (const point of [populated, running]) {
      const played = sequences.flatMap((sequence, index) => {
        const { privilege, satp } = runItems(point, samples[index])
        const isHost = point === populated
        // A fault ended the enclave, which the specification has not been told.
        if (!isHost && privilege !== 0) return []
        const after = { ...point, snapshot: driver.snapshot(), satp: isHost ? satp : point.satp }
        return [play(driver, after, sequence.map(planOf))]
      })
      expect(played.length).toBeGreaterThan(15)
      expect(played.flatMap(({ disagreements }) => disagreements)).toEqual([])
    }
  })

  test('is for the most part access to memory', () => {
    const accesses = new Set(['access', 'compactAccess', 'reserve', 'editEntry', 'forgeTables', 'storeAndExecute'])
    for (const table of [hostItems, enclaveItems]) {
      const weights = Object.entries(table).map(([name, [weight]]) => [accesses.has(name) ? weight : 0, weight])
      const [memory, all] = weights.reduce(([a, b], [c, d]) => [a + c, b + d])
      expect(memory / all).toBeGreaterThan(0.5)
      expect(memory / all).toBeLessThan(0.75)
    }
  })
})

describe('the host', () => {
  test('reads what a call takes from it right before, and faults right behind', () => {
    driver.restore(populated.snapshot)
    // A page for the monitor, where the next enclave could come to lie.
    const list = [hostItem('callBetween', [0, 1])]
    const { code, registers } = resolveCode(list, positionAt(populated), 'host')
    const [pa] = [...registers].filter(([number]) => number === 10).map(([, value]) => value)
    const operations = code.map((bits) => bits & 0x7f)
    expect(operations).toEqual([LOAD, SYSTEM, LOAD])
    const { returned, registers: left } = runItems(populated, list)
    expect(returned).toBe(true)
    expect(left[10]).toBe(0n)
    expect(driver.machine.core.csr.get('scause')).toBe(13n)
    expect(driver.machine.core.csr.get('stval')).toBe(pa)
  })

  test('goes on behind what faults, and behind a jump that does not come back', () => {
    const standing = run(
      populated,
      code((writer) => {
        writer.op('ld', { rd: 28, rs1: writer.hold(0x1000n) })
        writer.op('c.ebreak')
        writer.op('jalr', { rd: 1, rs1: writer.hold(0x8000_0000n) })
        writer.op('addi', { rd: 29, immediate: 5 })
      }),
    )
    expect(standing).toMatchObject({ privilege: 1, returned: true, pc: hostAgent.wait })
    expect(standing.registers[29]).toBe(5n)
  })

  test('is put back when it comes to no end', () => {
    const standing = run(populated, { by: 'host', code: [0x0000_006f], registers: [] })
    expect(standing).toMatchObject({ privilege: 1, returned: false, pc: hostAgent.wait })
  })

  test('gets its trap vector back', () => {
    const step = code((writer) => writer.op('csrrw', { rs1: 0, immediate: 0x105 }))
    run(populated, step)
    expect(driver.machine.core.csr.read(0x105, 3)).toBe(hostAgent.trap)
  })

  test('cannot use page tables of its own making, nor write those that the monitor guards', () => {
    const tables = () => Buffer.from(driver.memory.read(TABLES.pa, Number(TABLES.size))!)
    driver.restore(populated.snapshot)
    const before = tables()
    for (let kind = 0; kind < 40; kind++) {
      const list = [hostItem('forgeTables', [kind, 0, 0, 0]), hostItem('editEntry', [kind, kind, kind])]
      expect(runItems(populated, list).satp).toBe(SPACES[0])
      expect(tables().equals(before)).toBe(true)
    }
  })

  test('can, while no monitor guards them', () => {
    driver = new Driver(elf)
    const unguarded = setHost(driver)
    const list = [hostItem('editEntry'), hostItem('forgeTables', [0, 0, 0, 0, 3])]
    driver.restore(unguarded.snapshot)
    const before = Buffer.from(driver.memory.read(TABLES.pa, Number(TABLES.size))!)
    expect(runItems(unguarded, list).satp).toBe((8n << 60n) | (FORGED >> 12n))
    expect(before.equals(driver.memory.read(TABLES.pa, Number(TABLES.size))!)).toBe(false)
  })

  test('has the memory of the monitor mapped before it tries to load from there, which PMP refuses', () => {
    const list = [hostItem('refusedLoads', [0, 0, 40])]
    driver.restore(populated.snapshot)
    const before = driver.memory.read(TABLES.pa, Number(TABLES.size))!
    const asked = resolveCode(list, positionAt(populated), 'host')
    expect(asked.code.map((bits) => bits & 0x7f)).toEqual([SYSTEM])
    expect(runItems(populated, list)).toMatchObject({ privilege: 1, returned: true })
    const mapped = { ...populated, snapshot: driver.snapshot() }
    expect(Buffer.compare(before, driver.memory.read(TABLES.pa, Number(TABLES.size))!)).not.toBe(0)

    const { code, registers } = resolveCode(list, positionAt(mapped), 'host')
    const [target] = registers.map(([, value]) => value).filter((value) => value < AGENT)
    expect(target % 8n).toBe(0n)
    run(mapped, { by: 'host', code, registers })
    expect(driver.machine.core.csr.get('scause')).toBe(BigInt(exceptionCode.loadAccess))
    expect(driver.machine.core.csr.get('stval')).toBe(target + 15n * 8n)
  })

  test('does not run code for an enclave, nor the other way round', () => {
    const step: CodeStep = { by: 'enclave', code: [], registers: [] }
    expect(codePokes(step, positionAt(populated))).toBeUndefined()
    expect(codePokes({ ...step, by: 'host' }, positionAt(running))).toBeUndefined()
  })
})

test('an enclave executes what it has just stored', () => {
  const standing = runItems(running, [enclaveItem('selfModify')])
  expect(standing).toMatchObject({ privilege: 0, returned: true })
  expect(standing.registers[29]).toBe(1n)
})

test('code reads as assembly, with what its registers held', () => {
  const step = code((writer) => {
    writer.op('c.ld', { rd: 15, rs1: writer.hold(0x8100_0000n, true) })
    writer.op('csrrwi', { immediate: 0x140, rs1: 8 })
    writer.op('sfence.vma', { rs1: writer.hold(0x8100_0000n), rs2: writer.hold(1n) })
    writer.word(0xffff_ffff)
  })
  expect(describeCode(step)).toEqual([
    '80200400  c.ld a5, 0(s0)                  # s0 0x81000000',
    '80200402  csrrwi zero, sscratch, 8',
    '80200406  sfence.vma s0, t0               # s0 0x81000000, t0 0x1',
    '8020040a  .word 0xffffffff',
  ])
})
