import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  callArg,
  createParam,
  type EnclaveCall,
  type HostCall,
  layout,
  nameBytes,
  ocall,
  PAGE_SIZE,
  resumeReason,
  runParam,
  setPte,
  shadowRunParam,
} from '../../monitor/abi.ts'
import { number } from '../../monitor/spec/outcome.ts'
import { ownerAt } from '../../monitor/spec/state.ts'
import { InputError } from '../../traces/input-error.ts'
import { assembleProgram } from '../assembler/program.ts'
import type { ElfFile } from '../elf/image.ts'
import { loadElf } from '../elf/load.ts'
import { parseElf } from '../elf/read.ts'
import { CODE_VA, DATA_VA } from './agents.ts'
import { runCampaign } from './campaign.ts'
import type { Problem } from './compare.ts'
import { Driver, type Standing } from './driver.ts'
import { dataPage } from './image.ts'
import type { Poke } from './perform.ts'
import { ANSWERS, ARENA, DESK, KBUFFER, PTE, slot } from './places.ts'
import { type Plan, type Point, play } from './play.ts'
import { type Action, planOf } from './sequences.ts'
import { setStage, startingPoints } from './stage.ts'

const firmware = fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url))
let elf: ElfFile
beforeAll(async () => {
  elf = await loadElf(firmware)
})

test('the firmware and the specification agree on random sequences of calls', async () => {
  const driver = new Driver(elf)
  const starts = startingPoints(driver)
  expect(starts).toHaveLength(2)
  const { counts, findings } = await runCampaign(driver, starts, { sequences: 20, seed: 1, length: 40 })
  expect(findings).toEqual([])
  expect(counts.effective).toBeGreaterThan(100)
})

describe('the firmware and the specification agree on', () => {
  const host = (name: Action['host'], ...numbers: number[]) => planOf({ host: name, enclave: 'exit', numbers })
  const enclave = (name: Action['enclave'], ...numbers: number[]) => planOf({ host: 'stop', enclave: name, numbers })
  /** A second enclave, of another name. */
  const second = [0, 0, 1]
  /** With the number of calls that change something, as all but questions do. */
  const scenarios: Record<string, [effective: number, plans: Plan[]]> = {
    'the life of an enclave': [
      11,
      [
        host('createEnclave'),
        host('attest'),
        host('run'),
        enclave('ids', 1),
        enclave('timer'),
        host('stop'),
        host('resume'),
        host('resume'),
        enclave('yield'),
        host('resume'),
        enclave('write'),
        host('resume'),
        enclave('exit'),
      ],
    ],
    'an enclave of another process of the host': [
      4,
      [
        ...[host('createEnclave'), host('space', 1), host('attest'), host('space', 0), host('run'), enclave('timer')],
        ...[host('space', 1), host('resume'), host('stop'), host('space', 0), host('stop')],
      ],
    ],
    'memory that an enclave gets and gives back': [
      13,
      [
        host('createEnclave'),
        host('run'),
        ...[enclave('mmap'), host('resume'), enclave('mmap', 0, 2), host('resume'), enclave('unmap'), host('resume')],
        ...[enclave('sbrk'), host('resume'), enclave('sbrk', 3), host('resume')],
        ...[enclave('random'), enclave('getKey'), enclave('getReport'), enclave('exit')],
      ],
    ],
    'a call that is interrupted and asks the host': [
      11,
      [
        host('createServer'),
        host('createEnclave', ...second),
        host('run'),
        enclave('acquire'),
        enclave('callServer'),
        ...[enclave('timer'), host('resume'), enclave('write'), host('resume')],
        enclave('answer'),
        enclave('exit'),
      ],
    ],
    'memory that is passed to a server and comes back': [
      11,
      [
        host('createServer'),
        host('createEnclave', ...second),
        host('run'),
        enclave('acquire'),
        ...[enclave('mmap'), host('resume'), enclave('callServer'), enclave('answer')],
        ...[enclave('callServer'), enclave('answer'), enclave('exit')],
      ],
    ],
    'forks of a template': [
      9,
      [
        host('createShadow'),
        host('attestShadow'),
        ...[host('fork'), enclave('yield'), host('fork', 0, 1), enclave('exit')],
        host('destroyShadow'),
        ...[host('resume'), enclave('exit'), host('destroyShadow')],
      ],
    ],
    'relay regions': [
      6,
      [
        host('createEnclave'),
        host('run', 0, 0, 0, 0, 0, 3),
        ...[enclave('split'), enclave('returnRelays'), host('resume'), enclave('exit')],
      ],
    ],
    'memory that enclaves share': [
      8,
      [
        host('createEnclave'),
        host('run'),
        ...[enclave('shmGet'), host('resume'), enclave('shmStat'), enclave('shmAttach')],
        ...[enclave('shmDetach'), enclave('shmDestroy'), host('resume'), enclave('exit')],
      ],
    ],
  }
  test.each(Object.entries(scenarios))('%s', (_, [effect, plans]) => {
    const driver = new Driver(elf)
    const { disagreements, moves, effective } = play(driver, setStage(driver), plans)
    expect(disagreements).toEqual([])
    expect({ moves, effective }).toEqual({ moves: plans.length, effective: effect })
  })
})

const hostCall =
  (call: HostCall, pokes: readonly Poke[] = []): Plan =>
  () => ({ by: 'host', call, pokes })

test('a fork of a template that maps nothing ends at its first instruction, and its memory is the host’s', () => {
  const driver = new Driver(elf)
  const stage = setStage(driver)
  const [empty, region] = [slot(0), slot(1)]
  const param = { eid_ptr: ANSWERS.pa, name: nameBytes('fork'), entry_point: CODE_VA }
  const create = createParam.write({ ...param, type: 2n, paddr: empty.pa, size: empty.size })
  const kbuffer = { kbuffer: KBUFFER.pa, kbuffer_size: KBUFFER.size }
  const fork = shadowRunParam.write({ ...param, ...kbuffer, free_page: region.pa, size: 2n * region.size })
  const { disagreements, point } = play(driver, stage, [
    hostCall({ call: 'createShadow', paramPa: DESK.pa }, [{ pa: DESK.pa, bytes: create }]),
    // What the host left in the pages that the fork does not use may still be there.
    hostCall({ call: 'runShadow', eid: 0n, paramPa: DESK.pa }, [
      { pa: DESK.pa, bytes: fork },
      { pa: region.pa + 2n * region.size - 8n, bytes: Uint8Array.of(1, 2, 3) },
    ]),
  ])
  expect(disagreements).toEqual([])
  expect([point.state.templates.size, point.state.enclaves.size]).toEqual([1, 0])
  expect(ownerAt(point.state, region.pa)).toBe('host')
})

test('a 2 MiB page of the host may have to be split before a part of it is given away', () => {
  const driver = new Driver(elf)
  const large = PTE - 2n * PAGE_SIZE + ((slot(0).pa >> 21n) % 512n) * 8n
  const entry = ((slot(0).pa / PAGE_SIZE) << 10n) | 0xcfn
  const create = planOf(action('createEnclave'))
  const { disagreements, point } = play(driver, setStage(driver), [
    hostCall({ call: 'setPte', operation: setPte.SET_PTE_ONE, pa: large, value: entry, size: 0n }),
    create,
    (position) => {
      expect(position.state.enclaves.size).toBe(0)
      return { by: 'host', call: { call: 'mapPte', pmdPa: large, tablePa: PTE + 3n * PAGE_SIZE }, pokes: [] }
    },
    create,
  ])
  expect(disagreements).toEqual([])
  expect(point.state.enclaves.size).toBe(1)
})

test('a 2 MiB page of the host is mapped again once the last part of it is the host’s', () => {
  const driver = new Driver(elf)
  // Behind the slots: the enclaves' own memory goes back together with the relay memory.
  const [pa, size] = [ARENA.pa + ARENA.size, 0x20_0000n]
  const large = PTE - 2n * PAGE_SIZE + ((pa >> 21n) % 512n) * 8n
  const entry = ((pa / PAGE_SIZE) << 10n) | 0xcfn
  const mapping = number(entry, 8)
  const run =
    (relay: { mm_arg_addr: bigint; mm_arg_size: bigint }): Plan =>
    ({ state }) => {
      const [eid] = state.enclaves.keys()
      const pokes = [{ pa: DESK.pa, bytes: runParam.write(relay) }]
      return { by: 'host', call: { call: 'runEnclave', eid: BigInt(eid), paramPa: DESK.pa }, pokes }
    }
  const va = layout.ENCLAVE_DEFAULT_MM_ARG_BASE
  const split: EnclaveCall = { call: 'splitRegion', va, size, splitVa: va + size / 2n }
  const lastHalf = [0, 1]
  const { disagreements, point } = play(driver, setStage(driver), [
    hostCall({ call: 'setPte', operation: setPte.SET_PTE_ONE, pa: large, value: entry, size: 0n }),
    planOf(action('createEnclave')),
    run({ mm_arg_addr: pa, mm_arg_size: size }),
    () => ({ by: 'enclave', call: split, pokes: [] }),
    planOf({ host: 'stop', enclave: 'send', numbers: [...lastHalf, 0, 1] }),
    planOf({ host: 'stop', enclave: 'exit', numbers: [] }),
    planOf(action('createEnclave', [0, 0, 1])),
    run({ mm_arg_addr: 1n, mm_arg_size: 0n }),
  ])
  expect(disagreements).toEqual([])
  expect([ownerAt(point.state, pa), ownerAt(point.state, pa + size / 2n)]).toEqual(['host', 'relay 1'])
  expect(driver.memory.read(large, 8)).not.toEqual(mapping)
  // What disagrees is not asked: to the comparison an entry is about its first page, which is the host's already.
  play(driver, point, [planOf({ host: 'stop', enclave: 'exit', numbers: [] })])
  expect(driver.memory.read(large, 8)).toEqual(mapping)
})

test('what a server gives stays with it where its caller has no pages to map it with', () => {
  const driver = new Driver(elf)
  const populated = startingPoints(driver)[1]
  const argument = (pa: bigint, fields: Parameters<typeof callArg.write>[0]) => [{ pa, bytes: callArg.write(fields) }]
  const [va, size] = [layout.ENCLAVE_DEFAULT_MMAP_BASE - 3n * PAGE_SIZE, 2n * PAGE_SIZE]
  const none = { req_arg: 0n, resp_val: 0n, req_vaddr: 0n, req_size: 0n, resp_vaddr: 0n, resp_size: 0n }
  // The area at the far address takes the last of the enclave's pages for its tables, and what comes lies below it.
  const far = layout.ENCLAVE_DEFAULT_MMAP_BASE - 0x10_0000_0000n
  const mmap = { call: 'ocall', ocall: ocall.OCALL_MMAP, arg0: far, arg1: 4n * PAGE_SIZE, arg2: 0n } as const
  const given = { call: 'resumeEnclave', eid: 2n, reason: resumeReason.RESUME_FROM_OCALL, ocall: mmap.ocall } as const
  const { point, disagreements } = play(driver, populated, [
    planOf(action('resume')),
    () => ({ by: 'enclave', call: mmap, pokes: [] }),
    () => ({ by: 'host', call: { ...given, result0: slot(29).pa, result1: 5n * PAGE_SIZE }, pokes: [] }),
    () => ({
      by: 'enclave',
      call: { call: 'callEnclave', handle: 0n, argVa: DATA_VA + 0x200n },
      pokes: argument(dataPage(slot(3)) + 0x200n, { ...none, req_vaddr: va, req_size: size }),
    }),
    () => ({
      by: 'enclave',
      call: { call: 'enclaveReturn', argVa: DATA_VA + 0x300n },
      pokes: argument(dataPage(slot(0)) + 0x300n, { ...none, resp_vaddr: va, resp_size: size }),
    }),
  ])
  expect(disagreements).toEqual([])
  expect(point.state.enclaves.get(0)!.mmaps).toHaveLength(1)
})

/** A firmware that does something wrong after each call. */
class WrongDriver extends Driver {
  #harm: ((standing: Standing) => Standing) | undefined

  start(harm: (standing: Standing) => Standing): void {
    this.#harm = harm
  }

  override asHost(pc: bigint, registers: readonly bigint[]): Standing {
    const standing = super.asHost(pc, registers)
    return this.#harm?.(standing) ?? standing
  }
}

const action = (host: Action['host'], numbers: number[] = []): Action => ({ host, enclave: 'exit', numbers })
const create = action('createEnclave')
const CREATED = slot(0).pa
/** The host's entry for the first page that it gives away, and what is in it while it is the host's. */
const ARENA_ENTRY = PTE + 3n * PAGE_SIZE
const MAPPING = Uint8Array.from(number(((CREATED / PAGE_SIZE) << 10n) | 0xcfn, 8))

describe('a monitor is caught that', () => {
  let driver: WrongDriver
  let stage: Point
  beforeAll(() => {
    driver = new WrongDriver(elf)
    stage = setStage(driver)
  })

  const corrupt =
    (pa: bigint, bytes = Uint8Array.of(0x5e)) =>
    (standing: Standing) => {
      driver.write(pa, bytes)
      return standing
    }
  const setRegister = (number: number, value: bigint) => (standing: Standing) => ({
    ...standing,
    registers: standing.registers.with(number, value),
  })

  const wrongs: [what: string, kind: Problem['kind'], harm: (standing: Standing) => Standing, actions: Action[]][] = [
    ['answers something else', 'result', setRegister(10, 5n), [create]],
    ['leaves a register of its own to the host', 'registers', setRegister(5, 0x8000_1234n), [create]],
    ['writes another entry than the host wants', 'written', corrupt(ARENA_ENTRY), [action('writeTables')]],
    ['writes into memory of the host', 'memory', corrupt(KBUFFER.pa), [create]],
    ['leaves an enclave’s page mapped in the host', 'mapping', corrupt(ARENA_ENTRY, MAPPING), [create]],
    ['runs nobody', 'hang', (standing) => ({ ...standing, privilege: undefined }), [create]],
    ['runs an enclave that it should not', 'domain', (standing) => ({ ...standing, privilege: 0 }), [create]],
    ['goes on elsewhere', 'pc', (standing) => ({ ...standing, pc: standing.pc + 4n }), [create]],
  ]
  test.each(wrongs)('%s', (_, kind, harm, actions) => {
    driver.start(harm)
    const { disagreements } = play(driver, stage, actions.map(planOf))
    expect(disagreements[0]?.problems.map((problem) => problem.kind)).toContain(kind)
  })

  test('does not clear what an enclave leaves', () => {
    driver.start((standing) => standing)
    const { point } = play(driver, stage, [planOf(create)])
    driver.start(corrupt(CREATED + 5n * PAGE_SIZE))
    const { disagreements } = play(driver, point, [planOf(action('destroy'))])
    expect(disagreements[0].problems.map(({ kind }) => kind)).toEqual(['zeroed'])
  })

  test('changes a page of an enclave while it works for another', () => {
    driver.start((standing) => standing)
    const { point } = play(driver, stage, [planOf(create)])
    driver.start(corrupt(CREATED + 6n * PAGE_SIZE))
    const { disagreements } = play(driver, point, [planOf(create)])
    expect(disagreements[0].problems.map(({ kind }) => kind)).toEqual(['memory'])
  })
})

test('what the hart does is seen: the host and enclaves touch no memory but their own', () => {
  const touched = new Map<0 | 1, Set<string>>([0, 1].map((privilege) => [privilege as 0 | 1, new Set()]))
  const driver = new Driver(elf, {
    observers: [
      (batch) => {
        for (let index = 0; index < batch.length; index++) {
          const { privilege, memory, walk } = batch.at(index)
          if (privilege === 3) continue
          for (const { pa } of [...memory, ...walk]) touched.get(privilege)!.add(`0x${(pa & ~0xfffn).toString(16)}`)
        }
      },
    ],
  })
  const plans = [create, action('run'), { ...create, enclave: 'yield' as const }].map(planOf)
  expect(play(driver, setStage(driver), plans).disagreements).toEqual([])
  const tables = [1n, 2n, 3n].map((page) => `0x${(CREATED + page * PAGE_SIZE).toString(16)}`)
  expect([...touched.get(0)!].sort()).toEqual(tables)
  const hosts = [PTE - 5n * PAGE_SIZE, PTE - 2n * PAGE_SIZE, PTE].map((pa) => `0x${pa.toString(16)}`)
  expect([...touched.get(1)!].sort()).toEqual(hosts)
})

test('pages that an enclave had and did not use may go back as the host filled them', () => {
  const driver = new Driver(elf)
  const stage = setStage(driver)
  const unused = slot(0).pa + slot(0).size - 8n
  driver.restore(stage.snapshot)
  driver.write(unused, Uint8Array.of(1, 2, 3))
  const filled = { ...stage, snapshot: driver.snapshot() }
  const { disagreements, point } = play(driver, filled, [create, action('destroy')].map(planOf))
  expect(disagreements).toEqual([])
  expect(point.state.enclaves.size).toBe(0)
})

test('a firmware that never hands over the hart is an input that cannot be used', () => {
  const stuck = parseElf(assembleProgram('_start: j _start\n', 'stuck.s', 0x8000_0000n), 'stuck.elf')
  expect(() => new Driver(stuck)).toThrow(InputError)
  expect(() => new Driver(stuck)).toThrow(
    'stuck.elf: the host at 0x80200000 was never reached; the hart is at 0x80000000',
  )
})
