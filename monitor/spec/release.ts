/** Enclaves, servers and templates come to an end, and what they leave behind is zeroed and the host's again. */

import { type EnclaveCall, error, type HostCall, type Named } from '../abi.ts'
import { answer, givenBack, type Input, type Outcome, toEnclave, toHost, writeHost } from './outcome.ts'
import { enclaveAt, templateAt } from './run.ts'
import { type Enclave, give, type Range, relaysOf, type State, tailOf, topOf, withEnclave } from './state.ts'
import { ways } from './verdict.ts'

/** A state, and the pieces of memory that went back to the host on the way to it. */
export interface Released {
  readonly state: State
  readonly freed: readonly Range[]
}

/** The state without an enclave that is in no chain. */
export function release(state: State, enclave: Enclave): Released {
  const { eid, region, mmaps, heap } = enclave
  const relays = relaysOf(state, eid)
  const left = leaveShares(state, eid)
  const pieces = [region, ...mmaps, ...heap, ...relays].map(({ pa, size }) => ({ pa, size }))
  const owned = pieces.reduce((next, range) => give(next, range, 'host'), left.state)
  const enclaves = new Map(owned.enclaves)
  enclaves.delete(eid)
  const others = new Map(owned.relays)
  for (const { id } of relays) others.delete(id)
  return { state: { ...owned, enclaves, relays: others }, freed: [...pieces, ...left.freed] }
}

/** The state in which an enclave has nothing shared; what nobody is to share again is gone. */
function leaveShares(state: State, eid: number): Released {
  let next = state
  const freed: Range[] = []
  for (const share of state.shares.values()) {
    if (!share.attached.has(eid)) continue
    const attached = new Map(share.attached)
    attached.delete(eid)
    const shares = new Map(next.shares)
    if (share.doomed && attached.size === 0) {
      shares.delete(share.key)
      next = give({ ...next, shares }, share, 'host')
      freed.push({ pa: share.pa, size: share.size })
    } else next = { ...next, shares: shares.set(share.key, { ...share, attached }) }
  }
  return { state: next, freed }
}

/**
 * The state in which no server works for `enclave` any more: those of its chain wait for callers again, and what was passed
 * to them goes back to the host.
 */
export function dropCallees(state: State, enclave: Enclave): Released {
  let next = state
  const freed: Range[] = []
  for (let callee = enclave.callee; callee !== undefined; ) {
    const server = next.enclaves.get(callee)!
    const dropped = dropOwed(next, server)
    next = dropped.state
    freed.push(...dropped.freed)
    callee = server.callee
  }
  const caller = { ...next.enclaves.get(enclave.eid)!, callee: undefined, calling: undefined }
  return { state: withEnclave(next, caller), freed }
}

/** A server that can be called, without what it was passed and did not give back. */
function dropOwed(state: State, server: Enclave): Released {
  const areas = server.mmaps.filter(({ owed }) => owed > 0)
  const passed = relaysOf(state, server.eid).filter(({ owed }) => owed > 0)
  const relays = new Map(state.relays)
  for (const { id } of passed) relays.delete(id)
  const freed = [...areas, ...passed].map(({ pa, size }) => ({ pa, size }))
  const rest = { ...idle(server), mmaps: server.mmaps.filter(({ owed }) => owed === 0) }
  const next = freed.reduce((given, range) => give(given, range, 'host'), withEnclave({ ...state, relays }, rest))
  return { state: next, freed }
}

/** Memory of the servers that work for an enclave: what was mapped for the call is unmapped there. */
function calleesOf(state: State, enclave: Enclave): Range[] {
  const server = enclave.callee === undefined ? undefined : state.enclaves.get(enclave.callee)
  return server === undefined ? [] : [server.region, ...calleesOf(state, server)]
}

/** A server that can be called. */
export function idle(server: Enclave): Enclave {
  const nobody = { caller: undefined, callee: undefined, calling: undefined, pending: undefined, context: undefined }
  return { ...server, ...nobody, state: 'RUNNABLE' }
}

/** The state without an enclave that nobody called, and without what it calls. */
function releaseAll(state: State, enclave: Enclave): Released {
  const alone = dropCallees(state, enclave)
  const { state: next, freed } = release(alone.state, alone.state.enclaves.get(enclave.eid)!)
  return { state: next, freed: [...alone.freed, ...freed] }
}

/** `DESTROY_ENCLAVE`. */
export function destroy(state: State, call: Named<HostCall, 'destroyEnclave'>, input: Input): readonly Outcome[] {
  const enclave = enclaveAt(state, call.eid)
  if (enclave === undefined) return ways('refuse', state, input, () => [])
  if (enclave.type === 'server') return ways('either', state, input, () => destroyedServer(state, enclave, input))
  const { state: next, freed } = releaseAll(state, enclave)
  const { zeroed, touched } = givenBack(freed)
  const effects = { zeroed, touched: [...touched, ...calleesOf(state, enclave)] }
  return [answer(next, input, error.ENCLAVE_SUCCESS, effects)]
}

/** `DESTROY_SERVER_ENCLAVE`. */
export function destroyServer(state: State, call: Named<HostCall, 'destroyServer'>, input: Input): readonly Outcome[] {
  const server = enclaveAt(state, call.eid)
  if (server?.type !== 'server') return ways('refuse', state, input, () => [])
  const verdict = server.caller === undefined ? 'grant' : 'either'
  return ways(verdict, state, input, () => destroyedServer(state, server, input))
}

/** The server is gone; who waits for it finds an error as the answer to its call. */
function destroyedServer(state: State, server: Enclave, input: Input): Outcome {
  const { state: next, freed } = releaseAll(failCall(state, server), server)
  const { zeroed, touched } = givenBack(freed)
  const effects = { zeroed, touched: [...touched, ...calleesOf(state, server)] }
  return answer(next, input, error.ENCLAVE_SUCCESS, effects)
}

/** The state in which nobody waits for `server`: its caller, if any, has failed to call it, and is stopped if it was. */
function failCall(state: State, server: Enclave): State {
  if (server.caller === undefined) return state
  const caller = state.enclaves.get(server.caller)!
  const { registers, pc } = caller.context!
  const context = { registers: registers.with(10, BigInt.asUintN(64, error.ENCLAVE_ERROR)), pc }
  const isStopped = tailOf(state, server).state === 'STOPPED'
  const failed = {
    ...caller,
    state: isStopped ? 'STOPPED' : 'RUNNABLE',
    callee: undefined,
    calling: undefined,
    context,
  } as const
  return withEnclave(withEnclave(state, failed), { ...server, caller: undefined })
}

/** `DESTROY_SHADOW_ENCLAVE`: not while an enclave lives that shares the template's pages. */
export function destroyShadow(state: State, call: Named<HostCall, 'destroyShadow'>, input: Input): readonly Outcome[] {
  const template = templateAt(state, call.eid)
  const isForked = [...state.enclaves.values()].some((enclave) => enclave.template === template?.id)
  if (template === undefined || isForked) return ways('refuse', state, input, () => [])
  const templates = new Map(state.templates)
  templates.delete(template.id)
  const next = give({ ...state, templates }, template.region, 'host')
  return [answer(next, input, error.ENCLAVE_SUCCESS, givenBack([template.region]))]
}

/** `EXIT_ENCLAVE`: the host finds what the enclave exits with where it asked for it. Servers go on. */
export function exit(
  state: State,
  enclave: Enclave,
  { value }: Named<EnclaveCall, 'exit'>,
  input: Input,
): readonly Outcome[] {
  if (enclave.type === 'server') return ways('refuse', state, input, () => [])
  const writes = writeHost(state, enclave.pointers.retval, value)
  const { state: next, freed } = release(state, enclave)
  return [toHost(next, error.ENCLAVE_SUCCESS, { writes, ...givenBack(freed) })]
}

/**
 * The running enclave did what nobody may, and is destroyed. Where it is a server, its caller must not wait for ever: either
 * the call fails, or the host loses the enclave that it started and the servers of the chain wait for callers again.
 */
export function fault(state: State, enclave: Enclave): readonly Outcome[] {
  const top = topOf(state, enclave)
  const { state: next, freed } = releaseAll(state, top)
  const { zeroed, touched } = givenBack(freed)
  const killed = toHost(next, error.ENCLAVE_ERROR, { zeroed, touched: [...touched, ...calleesOf(state, top)] })
  const lost = { ...killed, registers: killed.registers.with(11, undefined) }
  if (enclave.caller === undefined) return [lost]
  const failed = failCall(state, enclave)
  const gone = release(failed, enclave)
  const spared = dropOwed(failed, enclave)
  const { zeroed: cleared, touched: written } = givenBack(spared.freed)
  return [
    toEnclave(gone.state, enclave.caller, undefined, givenBack(gone.freed)),
    toEnclave(spared.state, enclave.caller, undefined, { zeroed: cleared, touched: [...written, enclave.region] }),
    lost,
  ]
}
