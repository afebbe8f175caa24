import { describe, expect, test } from 'vitest'
import {
  type EnclaveCall,
  enclaveRegisters,
  error,
  type HostCall,
  hostRegisters,
  SBI_ENOTSUPP,
} from '../../monitor/abi.ts'
import { SATP } from '../../monitor/spec/fixture.ts'
import { HOST_PC, leaving, type Made, populated, registers, Watched } from './fixture.ts'

const { host, running, fork, holder, other, places } = populated()

/** x0 to x31 of whoever makes a call. */
const calling = (values: readonly bigint[]): bigint[] => registers.toSpliced(10, values.length, ...values)
const asHost = (call: HostCall) => calling(hostRegisters(call))
const asEnclave = (call: EnclaveCall) => calling(enclaveRegisters(call))

const HOST_CALL: Made = { trap: { cause: 9 } }
const ENCLAVE_CALL: Made = { by: 0, pc: 0x1004n, trap: { cause: 8 } }
const AFTER = HOST_PC + 4n
/** The address space of the running enclave. */
const ownSpace = (8n << 60n) | ((places[`enclave ${fork}`] + 0x1000n) >> 12n)
const signed = (value: bigint): bigint => BigInt.asUintN(64, value)

const stop: HostCall = { call: 'stopEnclave', eid: BigInt(holder) }

/** The visit of a hart that goes on as the host at `pc`. */
function visitOf(watched: Watched, pc = AFTER) {
  watched.run({ pc })
  expect(watched.visits).toHaveLength(1)
  return watched.visits[0]
}

describe('a visit to the monitor', () => {
  test('of a call of the host', () => {
    const watched = new Watched(host, asHost(stop)).run({}, HOST_CALL, { by: 3 }, ...leaving({ 10: 0n, 11: 0n }))
    const visit = visitOf(watched)
    expect(visit).toMatchObject({ kind: 'call', domain: 'host', order: 1n, lastOrder: 4n, problems: [] })
    expect(visit.input).toMatchObject({ by: 'host', call: stop, satp: SATP, context: { pc: HOST_PC } })
    expect(visit.before.state).toBe(host)
    expect(visit.after.state.enclaves.get(holder)!.state).toBe('STOPPED')
    expect(watched.witness.standpoint).toBe(visit.after)
  })

  test('of a call of an enclave that stays', () => {
    const call: EnclaveCall = { call: 'getEnclaveId' } as EnclaveCall
    const watched = new Watched(running, asEnclave(call)).run(ENCLAVE_CALL, {
      by: 3,
      x: [10, BigInt(fork)],
      satp: ownSpace,
    })
    watched.run({ by: 0, pc: 0x1008n })
    expect(watched.visits).toMatchObject([{ kind: 'call', domain: fork, input: { by: 'enclave', call }, problems: [] }])
    expect(watched.witness.domain).toBe(fork)
  })

  test('of the timer while an enclave runs: the host goes on, with its registers', () => {
    const { registers: own, pc } = running.host!
    const watched = new Watched(running, registers)
    watched.run({ by: 0, pc: 0x1234n, trap: { cause: 7, interrupt: true } }, ...leaving(own.with(10, 0n).with(11, 1n)))
    const visit = visitOf(watched, pc)
    expect(visit).toMatchObject({
      kind: 'timer',
      domain: fork,
      input: { by: 'timer', context: { registers, pc: 0x1234n } },
    })
    expect(visit.after.state.running).toBeUndefined()
    expect(visit.after.state.enclaves.get(fork)!.context).toEqual({ registers, pc: 0x1234n })
    expect(watched.witness.domain).toBe('host')
  })

  test('of an enclave whose instruction has no way on', () => {
    const watched = new Watched(running, registers).run({ by: 0, trap: { cause: 13 } }, { by: 3 })
    const visit = visitOf(watched, running.host!.pc)
    expect(visit).toMatchObject({ kind: 'fault', domain: fork, input: { by: 'fault' } })
    expect(visit.after.state.enclaves.has(fork)).toBe(false)
  })

  test('that changes the rights of who goes on', () => {
    const destroy: HostCall = { call: 'destroyEnclave', eid: BigInt(other) }
    const pa = places[`enclave ${other}`] + 0x1000n
    const watched = new Watched(host, asHost(destroy))
    watched.run({ load: pa }, HOST_CALL, ...leaving({ 10: 0n, 11: 0n }), { pc: AFTER, load: pa })
    expect(watched.trespasses.map(({ order }) => order)).toEqual([0n])
  })
})

describe('a service leaves all as it is', () => {
  const other = registers.with(17, 0x10n)

  test('but for the results of a call', () => {
    const watched = new Watched(host, other).run(HOST_CALL, ...leaving({ 10: 1n, 11: 2n }))
    expect(visitOf(watched)).toMatchObject({ kind: 'service', input: undefined, outcome: undefined, problems: [] })
  })

  test.each<[string, Made, string]>([
    ['a register', { by: 3, x: [12, 1n] }, 'registers'],
    ['a page of an enclave', { by: 3, store: [places[`enclave ${holder}`] + 0x2000n, 1n] }, 'memory'],
    ['a page of the host', { by: 3, store: [places.host, 1n] }, 'memory'],
    ['the address space', { by: 3, satp: 5n }, 'domain'],
  ])('%s is a problem', (_, made, kind) => {
    const { problems } = visitOf(new Watched(host, other).run(HOST_CALL, made))
    expect(problems.map((problem) => problem.kind)).toEqual([kind])
  })

  test('but for what the monitor stores in memory of its own', () => {
    const watched = new Watched(host, other).run(HOST_CALL, { by: 3, store: [places.monitor, 1n] })
    watched.run({ by: 3, store: [places.pool, 1n] }, { by: 3, store: [places.bitmap, 1n] })
    expect(visitOf(watched).problems).toEqual([])
  })

  test('what the host stored before is not the monitor’s doing', () => {
    const watched = new Watched(host, other).run({ store: [places.host, 1n] }, HOST_CALL, { by: 3 })
    const { problems, memory } = visitOf(watched)
    expect(problems).toEqual([])
    expect(memory.changed).toEqual([])
  })

  test('but for the register, and satp, that an emulated instruction writes', () => {
    const trap: Made = { trap: { cause: 2 }, bits: 7 << 7 }
    const emulated = new Watched(host, other).run(trap, { by: 3, x: [7, 1n], satp: SATP + 1n })
    const visit = visitOf(emulated)
    expect(visit.problems).toEqual([])
    expect(visit.after.satp).toBe(SATP + 1n)
    const handled = new Watched(host, other).run(trap, { by: 3, x: [7, 1n] })
    expect(visitOf(handled, 0x8020_0040n).problems.map(({ kind }) => kind)).toEqual(['registers'])
  })
})

describe('a monitor that does not come back', () => {
  test.each([
    ['from a call', asHost(stop), 'call'],
    ['from a service', registers, 'service'],
  ] as const)('%s is a problem, and all stands where it stood', (_, values, kind) => {
    const watched = new Watched(host, values).run({}, HOST_CALL, { by: 3 }, { by: 3 })
    watched.witness.settle({ privilege: 3, pc: 0x8000_0040n })
    const text = 'the monitor does not come back: after 2 instructions it is at 0x80000040'
    expect(watched.visits).toMatchObject([{ kind, problems: [{ kind: 'hang', text }] }])
    expect(watched.visits[0].after).toBe(watched.visits[0].before)
  })

  test('has not come back as long as the hart does not stand still', () => {
    const watched = new Watched(host, asHost(stop)).run(HOST_CALL, { by: 3 })
    expect(watched.visits).toEqual([])
    watched.witness.settle({ privilege: 1, pc: AFTER })
    watched.witness.settle({ privilege: 1, pc: AFTER })
    expect(watched.visits).toHaveLength(1)
  })
})

describe('a monitor that refuses', () => {
  const refused = leaving({ 10: signed(error.ENCLAVE_ERROR), 11: 0n })

  test('what the specification grants has done nothing wrong, if nothing has changed', () => {
    const visit = visitOf(new Watched(host, asHost(stop)).run(HOST_CALL, ...refused))
    expect(visit).toMatchObject({ kind: 'call', outcome: undefined, problems: [] })
    expect(visit.after).toBe(visit.before)
  })

  test.each<[string, Made, string]>([
    ['a page of an enclave', { by: 3, store: [places[`enclave ${holder}`] + 0x2000n, 1n] }, 'memory'],
    ['a page of the host', { by: 3, store: [places.host, 1n] }, 'memory'],
    ['a register', { by: 3, x: [20, 1n] }, 'registers'],
  ])('and changes %s has done more than that', (_, made, kind) => {
    const { outcome, problems } = visitOf(new Watched(host, asHost(stop)).run(HOST_CALL, ...refused, made))
    expect(outcome).toBeUndefined()
    expect(problems.map((problem) => problem.kind)).toEqual([kind])
  })

  test('and goes on elsewhere has not refused', () => {
    const { outcome, problems } = visitOf(new Watched(host, asHost(stop)).run(HOST_CALL, ...refused), HOST_PC)
    expect(outcome).toBeDefined()
    expect(problems.map(({ kind }) => kind)).toContain('pc')
  })

  test('what must be refused does as it must; granting it is a problem', () => {
    const call: HostCall = { call: 'stopEnclave', eid: 99n }
    expect(visitOf(new Watched(host, asHost(call)).run(HOST_CALL, ...refused)).problems).toEqual([])
    const granted = new Watched(host, asHost(call)).run(HOST_CALL, ...leaving({ 10: 0n, 11: 0n }))
    expect(visitOf(granted).problems).toMatchObject([{ kind: 'result' }])
  })
})

test('a call that nobody knows is refused as not supported, and not with another error', () => {
  const values = calling([0n, 0n, 0n, 0n, 0n, 0n, 82n, asHost(stop)[17]])
  const problemsOf = (a0: bigint) => {
    const visit = visitOf(new Watched(host, values).run(HOST_CALL, ...leaving({ 10: signed(a0) })))
    expect(visit.input).toMatchObject({ call: { call: 'unknown' } })
    return visit.problems.map(({ kind }) => kind)
  }
  expect(problemsOf(SBI_ENOTSUPP)).toEqual([])
  expect(problemsOf(error.ENCLAVE_ERROR)).toEqual(['result'])
})
