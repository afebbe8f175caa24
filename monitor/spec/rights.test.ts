import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ocall, PAGE_SIZE } from '../abi.ts'
import { RAM, Stage, slot } from './fixture.ts'
import { type Domain, right, rightsOf } from './rights.ts'
import { type Enclave, lent, overlaps, ownerAt, type Range, type State, topOf } from './state.ts'

const { read, write, execute, walk } = right
const ALL = read | write | execute | walk
const NONE = 0

/** What a domain may do at an address. */
const rightsAt = (state: State, domain: Domain, pa: bigint): number =>
  rightsOf(state, domain)[Number((pa - RAM.pa) / PAGE_SIZE)]

describe('the host', () => {
  test('has all rights on its own pages, but for page tables once they are guarded', () => {
    const { state } = new Stage()
    expect(rightsAt(state, 'host', slot(0))).toBe(ALL & ~walk)
    expect(rightsAt({ ...state, levels: undefined }, 'host', slot(0))).toBe(ALL)
  })

  test('reads its guarded page tables and is translated by them, and has nothing of the monitor', () => {
    const { state } = new Stage()
    expect(rightsAt(state, 'host', 0x8080_0000n)).toBe(read | walk)
    expect(rightsAt(state, 'host', 0x8080_ffffn)).toBe(read | walk)
    for (const pa of [RAM.pa, 0x801f_ffffn, 0x8090_0000n, 0x8040_0000n]) expect(rightsAt(state, 'host', pa)).toBe(NONE)
  })

  test('loses what it gives away, and gets it back', () => {
    const stage = new Stage()
    const eid = stage.create('createEnclave', 0, 'one')
    for (const pa of [slot(0), slot(1) - 1n]) expect(rightsAt(stage.state, 'host', pa)).toBe(NONE)
    expect(rightsAt(stage.state, 'host', slot(1))).toBe(ALL & ~walk)
    stage.host({ call: 'destroyEnclave', eid: BigInt(eid) })
    expect(rightsAt(stage.state, 'host', slot(0))).toBe(ALL & ~walk)
  })
})

describe('an enclave', () => {
  test('has all rights on its region and on memory that it got, and reads and writes what the host lent it', () => {
    const stage = new Stage()
    const eid = stage.create('createEnclave', 0, 'one')
    stage.run(eid)
    stage.mmap(1, 2n)
    for (const pa of [slot(0), slot(1) - 1n, slot(1), slot(1) + 3n * PAGE_SIZE - 1n])
      expect(rightsAt(stage.state, eid, pa)).toBe(ALL)
    expect(rightsAt(stage.state, eid, slot(1) + 3n * PAGE_SIZE)).toBe(NONE)
    expect(rightsAt(stage.state, eid, 0x8021_0000n)).toBe(read | write)
    expect(rightsAt(stage.state, eid, 0x8021_1000n)).toBe(NONE)
  })

  test('reads and executes its template, and does not write it', () => {
    const stage = new Stage()
    const template = stage.create('createShadow', 0, 'template')
    const other = stage.create('createEnclave', 1, 'other')
    stage.fork(template, 2, 'fork')
    expect(rightsAt(stage.state, stage.state.running!, slot(0))).toBe(read | execute)
    expect(rightsAt(stage.state, other, slot(0))).toBe(NONE)
  })

  test('reads and writes a relay region while it holds it', () => {
    const stage = new Stage()
    const eid = stage.create('createEnclave', 0, 'one')
    stage.run(eid, { mm_arg_addr: slot(1), mm_arg_size: PAGE_SIZE })
    expect(rightsAt(stage.state, eid, slot(1))).toBe(read | write)
    const relay = { ...stage.state.relays.get(0)!, holder: undefined }
    expect(rightsAt({ ...stage.state, relays: new Map([[0, relay]]) }, eid, slot(1))).toBe(NONE)
  })

  test('reads and writes shared memory while it is attached', () => {
    const stage = new Stage()
    const eid = stage.create('createEnclave', 0, 'one')
    stage.run(eid)
    share(stage, eid, 1)
    expect(rightsAt(stage.state, eid, slot(1) + PAGE_SIZE)).toBe(read | write)
    stage.ocall(ocall.OCALL_SHM_DETACH, 5n)
    expect(rightsAt(stage.state, eid, slot(1) + PAGE_SIZE)).toBe(NONE)
    stage.enclave({ call: 'shmAttach', key: 5n })
    expect(rightsAt(stage.state, eid, slot(1) + PAGE_SIZE)).toBe(read | write)
  })

  test('that serves a caller reads and writes what the host lent the first of the chain', () => {
    const stage = new Stage()
    const server = stage.create('createServer', 0, 'server')
    const eid = stage.create('createEnclave', 1, 'one')
    // A server of the fixture has the same kernel page as any other enclave: take it away.
    const enclaves = new Map(stage.state.enclaves)
    stage.state = { ...stage.state, enclaves: enclaves.set(server, { ...enclaves.get(server)!, kbuffer: undefined }) }
    expect(rightsAt(stage.state, server, 0x8021_0000n)).toBe(NONE)
    stage.run(eid)
    stage.callServer(stage.acquire('server'))
    expect(rightsAt(stage.state, server, 0x8021_0000n)).toBe(read | write)
  })
})

/** The running enclave makes memory that can be shared under key 5. */
function share(stage: Stage, eid: number, index: number): void {
  stage.ocall(ocall.OCALL_SHM_GET, 5n, PAGE_SIZE)
  stage.resume(eid, 2n, ocall.OCALL_SHM_GET, slot(index), 2n * PAGE_SIZE)
}

type Act = (stage: Stage, a: number, b: number) => void
const runningTop = ({ state }: Stage): number | undefined =>
  state.running === undefined ? undefined : topOf(state, state.enclaves.get(state.running)!).eid

/** What may happen; slots of index 0 to 11. Each does nothing where it cannot be done. */
const acts: readonly Act[] = [
  (stage, a, b) => stage.create('createEnclave', a, `name ${b % 3}`),
  (stage, a, b) => stage.create('createServer', a, `server ${b % 2}`),
  (stage, a) => stage.create('createShadow', a, 'template'),
  (stage, a, b) => stage.run(a, b % 2 === 0 ? {} : { mm_arg_addr: slot(b), mm_arg_size: 2n * PAGE_SIZE }),
  (stage, a, b) => stage.fork(b % 2, a, 'fork'),
  (stage, a) => stage.resume(a),
  (stage, a) => stage.host({ call: 'destroyEnclave', eid: BigInt(a) }),
]
const enclaveActs: readonly Act[] = [
  (stage, a) => stage.mmap(a, 2n),
  (stage) => stage.event('timer'),
  (stage) => stage.callServer(stage.acquire('server 0')),
  (stage) => stage.answer(),
  (stage, a) => share(stage, runningTop(stage)!, a),
  (stage) => stage.enclave({ call: 'shmAttach', key: 5n }),
  (stage) => stage.enclave({ call: 'exit', value: 0n }),
]

/** A state that calls lead to. */
const states = fc.array(fc.tuple(fc.nat(6), fc.nat(11), fc.nat(11)), { minLength: 10, maxLength: 30 }).map((list) => {
  const stage = new Stage()
  for (const [kind, a, b] of list) {
    const act = (stage.state.running === undefined ? acts : enclaveActs)[kind]
    const before = stage.state
    try {
      act(stage, a, b)
    } catch {
      stage.state = before
    }
  }
  return stage.state
})

const holds = (range: Range, pa: bigint): boolean => overlaps(range, { pa, size: 1n })

/** Whether an enclave may have something on a page of somebody else's. */
function isShared(state: State, enclave: Enclave, pa: bigint): boolean {
  if ([...lent(enclave), ...lent(topOf(state, enclave))].some((range) => holds(range, pa))) return true
  const template = enclave.template === undefined ? undefined : state.templates.get(enclave.template)
  if (template !== undefined && holds(template.region, pa)) return true
  return [...state.shares.values()].some((one) => one.attached.has(enclave.eid) && holds(one, pa))
}

test('the rights of two domains never meet but on what is lent or shared; nobody writes a template', () => {
  const met = { shared: 0, enclaves: 0 }
  fc.assert(
    fc.property(states, (state) => {
      const enclaves = [...state.enclaves.values()]
      met.enclaves = Math.max(met.enclaves, enclaves.length)
      const all = enclaves.map((enclave) => ({ enclave, rights: rightsOf(state, enclave.eid) }))
      const host = rightsOf(state, 'host')
      for (let page = 0; page < host.length; page++) {
        const having = all.filter(({ rights }) => rights[page] !== 0)
        if (having.length === 0 || having.length + Number(host[page] !== 0) < 2) continue
        const pa = RAM.pa + BigInt(page) * PAGE_SIZE
        met.shared++
        if (!having.every(({ enclave }) => isShared(state, enclave, pa)))
          throw new Error(`0x${pa.toString(16)} of ${ownerAt(state, pa)} is open to two who do not share it`)
      }
      for (const { region } of state.templates.values()) {
        const [first, end] = [region.pa, region.pa + region.size].map((pa) => Number((pa - RAM.pa) / PAGE_SIZE))
        for (const { rights } of [...all, { rights: host }])
          expect(rights.subarray(first, end).some((bits) => (bits & (write | walk)) !== 0)).toBe(false)
      }
    }),
    { seed: 9, numRuns: 150 },
  )
  expect(met.shared).toBeGreaterThan(100)
  expect(met.enclaves).toBeGreaterThan(3)
})
