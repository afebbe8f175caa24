import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { PAGE_SIZE } from '../abi.ts'
import { DATA_VA, DESK, SLOT, Stage, slot } from './fixture.ts'
import { give, ownerAt, type State } from './state.ts'
import { violations } from './violations.ts'

const REPORT_VA = DATA_VA + 0xf00n

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})

describe('ownership', () => {
  test('a region is its enclave’s from creation to destruction', () => {
    const eid = stage.create('createEnclave', 0, 'one')
    expect(ownerAt(stage.state, slot(0))).toBe(`enclave ${eid}`)
    expect(stage.host({ call: 'destroyEnclave', eid: BigInt(eid) })).toBe(0n)
    expect(ownerAt(stage.state, slot(0))).toBe('host')
  })

  test('no page is given twice', () => {
    stage.create('createEnclave', 0, 'one')
    const before = stage.state
    expect(stage.create('createEnclave', 0, 'two')).toBe(-1)
    expect(stage.state).toBe(before)
  })

  test('pages that the host shares with an enclave cannot be given to another', () => {
    stage.create('createEnclave', 0, 'one')
    expect(stage.host({ call: 'memoryExtend', pa: 0x8021_0000n, size: PAGE_SIZE })).toBe(-1n)
  })

  test('a range that wraps around is no range', () => {
    expect(stage.host({ call: 'memoryExtend', pa: slot(0), size: (1n << 64n) - PAGE_SIZE })).toBe(-1n)
  })
})

describe('templates', () => {
  test('are not destroyed under live forks', () => {
    const id = stage.create('createShadow', 0, 'template')
    stage.fork(id, 1, 'fork')
    stage.enclave({ call: 'yield' })
    expect(stage.host({ call: 'destroyShadow', eid: BigInt(id) })).toBe(-1n)
    const [fork] = stage.state.enclaves.keys()
    stage.host({ call: 'destroyEnclave', eid: BigInt(fork) })
    expect(stage.host({ call: 'destroyShadow', eid: BigInt(id) })).toBe(0n)
  })

  test('measure as their forks: reports of one nonce certify one hash, and of another any', () => {
    const ATTEST = { call: 'attestShadow', reportPa: DESK, nonce: 1n } as const
    const hash = (byte: number) => new Uint8Array(32).fill(byte)
    /** The hash in a report, where the monitor would have written another one. */
    const reported = (seen: number, nonce = 1n): number => {
      stage.chosen = { hash: hash(seen) }
      stage.writeEnclave(REPORT_VA, new Uint8Array(328).fill(seen))
      expect(stage.enclave({ call: 'getReport', nameVa: 0n, reportVa: REPORT_VA, nonce })).toBe(0n)
      return stage.readEnclave(REPORT_VA + 160n, 32)[31]
    }
    const id = stage.create('createShadow', 0, 'template')
    stage.chosen = { hash: hash(7) }
    expect(stage.host({ ...ATTEST, eid: BigInt(id) })).toBe(0n)
    stage.fork(id, 1, 'fork')
    expect(reported(8)).toBe(7)
    expect(reported(8, 2n)).toBe(8)
    stage.enclave({ call: 'exit', value: 0n })
    stage.fork(id, 4, 'sibling')
    expect(reported(9, 2n)).toBe(8)
    stage.enclave({ call: 'exit', value: 0n })
    const own = stage.create('createEnclave', 8, 'none of its')
    stage.run(own)
    expect(reported(9)).toBe(9)
  })

  test('never run', () => {
    const id = stage.create('createShadow', 0, 'template')
    expect(stage.run(id)).toBe(-1n)
  })
})

describe('states', () => {
  test('an enclave runs once from its beginning, and then from where it was', () => {
    const eid = stage.create('createEnclave', 0, 'one')
    expect(stage.resume(eid)).toBe(-1n)
    expect(stage.run(eid)).toBeUndefined()
    expect(stage.event('timer')).toBe(1n)
    expect(stage.run(eid)).toBe(-1n)
    expect(stage.resume(eid)).toBeUndefined()
    expect(stage.enclave({ call: 'yield' })).toBe(3n)
  })

  test('a stopped enclave stays where it is until it is woken', () => {
    const eid = stage.create('createEnclave', 0, 'one')
    stage.run(eid)
    stage.event('timer')
    expect(stage.host({ call: 'stopEnclave', eid: BigInt(eid) })).toBe(0n)
    expect(stage.resume(eid)).toBe(1n)
    expect(stage.resume(eid, 1n)).toBe(0n)
    expect(stage.resume(eid)).toBeUndefined()
  })

  test('an ocall is answered as what it was', () => {
    const eid = stage.create('createEnclave', 0, 'one')
    stage.run(eid)
    expect(stage.ocall(1n, 0n, PAGE_SIZE)).toBe(2n)
    expect(stage.resume(eid)).toBe(-1n)
    expect(stage.resume(eid, 2n, 3n)).toBe(-1n)
    expect(stage.resume(eid, 2n, 1n, slot(0), 2n * PAGE_SIZE)).toBe(-1n)
    expect(stage.resume(eid, 2n, 1n, slot(1), 2n * PAGE_SIZE)).toBeUndefined()
    expect(ownerAt(stage.state, slot(1))).toBe(`enclave ${eid}`)
  })

  test('an answer without a result is refused, or counts as 0; one with a result never counts as 0', () => {
    const eid = stage.create('createEnclave', 0, 'one')
    stage.run(eid)
    stage.ocall(1n, 0n, PAGE_SIZE)
    const waiting = stage.state
    const zero = () => stage.others.some(({ state, value }) => state.running === eid && value === 0n)
    expect([stage.resume(eid, 2n, 77n), zero()]).toEqual([-1n, true])
    stage.state = waiting
    expect([stage.resume(eid, 2n, 5n, 9n), zero()]).toEqual([-1n, false])
  })

  test('a monitor may have no room for another key', () => {
    const eid = stage.create('createEnclave', 0, 'one')
    stage.run(eid)
    expect(stage.ocall(9n, 5n, PAGE_SIZE)).toBe(2n)
    expect(stage.others.map(({ state, value }) => [state.running, value])).toContainEqual([eid, 0n])
  })
})

describe('servers', () => {
  test('have names that nobody else has', () => {
    expect(stage.create('createServer', 0, 'server')).not.toBe(-1)
    expect(stage.create('createServer', 1, 'server')).toBe(-1)
  })

  test('are run by nobody but callers', () => {
    const eid = stage.create('createServer', 0, 'server')
    expect(stage.run(eid)).toBe(-1n)
    expect(stage.resume(eid)).toBe(-1n)
    expect(stage.host({ call: 'stopEnclave', eid: BigInt(eid) })).toBe(-1n)
  })

  test('a handle never comes to mean another enclave', () => {
    const server = stage.create('createServer', 0, 'server')
    const eid = stage.create('createEnclave', 1, 'one')
    stage.run(eid)
    const handle = stage.acquire('server')
    stage.enclave({ call: 'yield' })
    stage.host({ call: 'destroyServer', eid: BigInt(server) })
    expect(stage.create('createServer', 0, 'server')).toBe(server)
    stage.resume(eid)
    expect(stage.callServer(handle)).toBe(-1n)
    expect(stage.acquire('server')).not.toBe(handle)
  })

  test('a call is answered to who made it, with its registers', () => {
    stage.create('createServer', 0, 'server')
    const eid = stage.create('createEnclave', 1, 'one')
    stage.run(eid)
    const handle = stage.acquire('server')
    stage.callServer(handle, { req_arg: 5n })
    expect(stage.state.running).toBe(0)
    expect(stage.answer({ resp_val: 6n })).toBe(0n)
    expect(stage.state.running).toBe(eid)
  })

  test('a second caller, a recursive call and a cycle find the server busy', () => {
    stage.create('createServer', 0, 'first')
    stage.create('createServer', 1, 'second')
    const eid = stage.create('createEnclave', 2, 'one')
    stage.run(eid)
    const [first, second] = [stage.acquire('first'), stage.acquire('second')]
    stage.callServer(first)
    expect(stage.callServer(first)).toBe(-2n)
    stage.callServer(second)
    expect(stage.callServer(first)).toBe(-2n)
    stage.event('timer')
    stage.run(stage.create('createEnclave', 3, 'two'))
    expect(stage.callServer(second)).toBe(-2n)
  })

  test('the host resumes and stops a chain by the enclave that it started', () => {
    const server = stage.create('createServer', 0, 'server')
    const eid = stage.create('createEnclave', 1, 'one')
    stage.run(eid)
    stage.callServer(stage.acquire('server'))
    stage.event('timer')
    stage.host({ call: 'stopEnclave', eid: BigInt(eid) })
    expect(stage.state.enclaves.get(server)!.state).toBe('STOPPED')
    stage.resume(eid, 1n)
    stage.resume(eid)
    expect(stage.state.running).toBe(server)
  })

  test('memory that is passed has one owner, and comes back to where it was', () => {
    const server = stage.create('createServer', 0, 'server')
    const eid = stage.create('createEnclave', 1, 'one')
    stage.run(eid)
    const handle = stage.acquire('server')
    const va = stage.mmap(2, 3n)
    stage.callServer(handle, { req_vaddr: va, req_size: 3n * PAGE_SIZE })
    expect(ownerAt(stage.state, slot(2))).toBe(`enclave ${server}`)
    stage.answer({ req_vaddr: va, req_size: 3n * PAGE_SIZE })
    expect(ownerAt(stage.state, slot(2))).toBe(`enclave ${eid}`)
    expect(stage.state.enclaves.get(eid)!.mmaps[0].va).toBe(va)
  })

  test('memory that is passed is where the monitor says, which need not be where the caller had it', () => {
    const server = stage.create('createServer', 0, 'server')
    const eid = stage.create('createEnclave', 1, 'one')
    stage.run(eid)
    const handle = stage.acquire('server')
    const va = stage.mmap(2, 3n)
    const elsewhere = va - 64n * PAGE_SIZE
    stage.chosen = { va: elsewhere }
    stage.callServer(handle, { req_vaddr: va, req_size: 3n * PAGE_SIZE })
    expect(stage.state.enclaves.get(server)!.mmaps[0].va).toBe(elsewhere)
    stage.answer({ req_vaddr: va, req_size: 3n * PAGE_SIZE })
    expect(ownerAt(stage.state, slot(2))).toBe(`enclave ${server}`)
  })

  test('a server whose caller is destroyed can be called again, and has nothing of the call left', () => {
    const server = stage.create('createServer', 0, 'server')
    const eid = stage.create('createEnclave', 1, 'one')
    stage.run(eid)
    const handle = stage.acquire('server')
    stage.callServer(handle, { req_vaddr: stage.mmap(2, 3n), req_size: 3n * PAGE_SIZE })
    stage.event('timer')
    stage.host({ call: 'destroyEnclave', eid: BigInt(eid) })
    expect(ownerAt(stage.state, slot(2))).toBe('host')
    expect(stage.state.enclaves.get(server)).toMatchObject({ state: 'RUNNABLE', caller: undefined, mmaps: [] })
  })

  test('who waits for a server that faults goes on, or is gone', () => {
    stage.create('createServer', 0, 'server')
    const eid = stage.create('createEnclave', 1, 'one')
    stage.run(eid)
    stage.callServer(stage.acquire('server'))
    expect(stage.event('fault')).toBe(-1n)
    const states = [stage.state, ...stage.others.map(({ state }) => state)]
    for (const state of states) expect(state.running === eid || !state.enclaves.has(eid)).toBe(true)
  })
})

describe('relay regions', () => {
  test('go by name to one enclave', () => {
    const eid = stage.create('createEnclave', 0, 'one')
    stage.run(eid, { mm_arg_addr: slot(1), mm_arg_size: 2n * PAGE_SIZE })
    expect(ownerAt(stage.state, slot(1))).toBe('relay 0')
    expect(stage.state.relays.get(0)!.holder).toEqual({ eid, va: 0x38_0000_0000n })
  })

  test('may come to an enclave with the name of a server, and never to one of two enclaves with the same name', () => {
    const relay = { mm_arg_addr: slot(2), mm_arg_size: 2n * PAGE_SIZE }
    stage.create('createServer', 0, 'one')
    const eid = stage.create('createEnclave', 1, 'one')
    const before = stage.state
    const ways = () => [stage.run(eid, relay), ...stage.others.map(({ value }) => BigInt.asIntN(64, value))]
    expect(ways()).toEqual(expect.arrayContaining([undefined, -1n]))
    stage.state = before
    stage.create('createEnclave', 3, 'one')
    expect(ways()).toEqual([-1n])
  })

  test('come back from a server to who has kept the rest of what it has split', () => {
    const va = 0x38_0000_0000n
    const server = stage.create('createServer', 0, 'server')
    const eid = stage.create('createEnclave', 1, 'one')
    stage.run(eid, { mm_arg_addr: slot(2), mm_arg_size: 2n * PAGE_SIZE })
    const handle = stage.acquire('server')
    stage.enclave({ call: 'splitRegion', va, size: 2n * PAGE_SIZE, splitVa: va + PAGE_SIZE })
    stage.callServer(handle, { req_vaddr: va, req_size: PAGE_SIZE })
    const called = stage.state
    for (const [chosen, holder] of [
      [va, eid],
      [0n, server],
    ] as const) {
      stage.state = called
      stage.chosen = { va: chosen }
      stage.answer({ req_vaddr: va, req_size: PAGE_SIZE })
      expect(stage.state.relays.get(0)!.holder!.eid).toBe(holder)
      expect(stage.state.relays.get(1)!.holder).toEqual({ eid, va: va + PAGE_SIZE })
    }
  })

  test('never come to where the receiver has another', () => {
    const va = 0x38_0000_0000n
    const server = stage.create('createServer', 0, 'server')
    const [one, two] = ['one', 'two'].map((name, index) => stage.create('createEnclave', 1 + index, name))
    stage.chosen = { va }
    stage.run(one, { mm_arg_addr: slot(4), mm_arg_size: PAGE_SIZE })
    stage.callServer(stage.acquire('server'), { req_vaddr: va, req_size: PAGE_SIZE })
    stage.answer()
    stage.event('timer')
    stage.run(two, { mm_arg_addr: slot(5), mm_arg_size: PAGE_SIZE })
    expect(stage.callServer(stage.acquire('server'), { req_vaddr: va, req_size: PAGE_SIZE })).toBe(-1n)
    expect([0, 1].map((id) => stage.state.relays.get(id)!.holder!.eid)).toEqual([server, two])
  })

  test('leave with their enclave, unless they were sent on', () => {
    const eid = stage.create('createEnclave', 0, 'one')
    stage.run(eid, { mm_arg_addr: slot(1), mm_arg_size: 2n * PAGE_SIZE })
    stage.enclave({ call: 'exit', value: 0n })
    expect(ownerAt(stage.state, slot(1))).toBe('host')
  })
})

describe('every sequence of calls', () => {
  const small = fc.nat(5)
  const moves: ((stage: Stage, a: number, b: number) => unknown)[] = [
    (on, a, b) => on.create('createEnclave', a, `name ${b}`),
    (on, a, b) => on.create('createServer', a, `name ${b}`),
    (on, a, b) => on.create('createShadow', a, `name ${b}`),
    (on, a, b) => on.run(a, b === 5 ? { mm_arg_addr: slot(8), mm_arg_size: 4n * PAGE_SIZE } : {}),
    (on, a, b) => on.run(a, b > 3 ? { mm_arg_addr: 1n } : {}),
    (on, a, b) => on.fork(a, 10 + 3 * b, `name ${a}`),
    (on, a, b) => on.resume(a, BigInt(b % 3), BigInt(b), slot(20 + b), BigInt(1 + a) * PAGE_SIZE),
    (on, a, b) => on.resume(a, 2n, BigInt(b * 2 + 1), slot(30 + a), 4n * PAGE_SIZE),
    (on, a) => on.host({ call: 'stopEnclave', eid: BigInt(a) }),
    (on, a) => on.host({ call: 'destroyEnclave', eid: BigInt(a) }),
    (on, a) => on.host({ call: 'destroyServer', eid: BigInt(a) }),
    (on, a) => on.host({ call: 'destroyShadow', eid: BigInt(a) }),
    (on, a, b) => on.host({ call: 'memoryExtend', pa: slot(a), size: BigInt(b) * SLOT }),
    (on, a) => on.host({ call: 'attestEnclave', eid: BigInt(a), reportPa: DESK, nonce: 0n }),
  ]
  const enclaveMoves: typeof moves = [
    (on) => on.event('timer'),
    (on, a) => a === 0 && on.event('fault'),
    (on, a) => a === 0 && on.enclave({ call: 'exit', value: 7n }),
    (on) => on.enclave({ call: 'yield' }),
    (on, a) => on.acquire(`name ${a}`),
    (on, a, b) => on.callServer(BigInt(a), b > 2 ? area(on.state, b) : {}),
    (on, _, b) => on.callServer([...on.state.handles.keys()][0] ?? 0n, area(on.state, b)),
    (on, a, b) => on.answer(a > 1 ? area(on.state, b) : { resp_val: 1n }),
    (on, a) => on.ocall(1n, 0n, BigInt(a) * PAGE_SIZE),
    (on, _, b) => on.ocall(2n, area(on.state, b).req_vaddr, PAGE_SIZE),
    (on, a) => on.ocall(4n, BigInt.asUintN(64, BigInt(a - 3) * PAGE_SIZE)),
    (on) => on.ocall(7n),
    (on, a) => on.ocall(9n, BigInt(a % 2), 2n * PAGE_SIZE),
    (on, a) => on.ocall(10n, BigInt(a % 2)),
    (on, a) => on.ocall(11n, BigInt(a % 2)),
    (on, a) => on.enclave({ call: 'shmAttach', key: BigInt(a % 2) }),
    (on) => on.enclave({ call: 'splitRegion', va: 0x38_0000_0000n, size: 4n * PAGE_SIZE, splitVa: 0x38_0000_1000n }),
  ]

  function area({ enclaves, running }: State, index: number): { req_vaddr: bigint; req_size: bigint } {
    const { mmaps } = enclaves.get(running!)!
    const found = mmaps[index % (mmaps.length + 1)]
    if (found === undefined) return { req_vaddr: 0x38_0000_0000n, req_size: 4n * PAGE_SIZE }
    return { req_vaddr: found.va, req_size: found.size - PAGE_SIZE }
  }

  const move = fc.record({
    host: fc.nat(moves.length - 1),
    enclave: fc.nat(enclaveMoves.length - 1),
    a: small,
    b: small,
    way: fc.nat(3),
  })

  test('keeps the rules of the machine, whichever way each call goes', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60, size: 'max' }), (list) => {
        const on = new Stage()
        for (const { host, enclave, a, b, way } of list) {
          const isHost = on.state.running === undefined
          const act = isHost ? moves[host] : enclaveMoves[enclave]
          act(on, a, b)
          const other = on.others[way]
          if (other !== undefined && on.state.running === undefined) on.take(other)
          expect(violations(on.state)).toEqual([])
        }
      }),
      { seed: 7, numRuns: 100 },
    )
  })

  test('a broken rule is noticed', () => {
    stage.create('createEnclave', 0, 'one')
    const broken = give(stage.state, { pa: slot(0), size: PAGE_SIZE }, 'pool')
    expect(violations(broken)).toEqual([`page 0x${slot(0).toString(16)} of enclave 0 is owned by pool`])
  })
})
