/** Enclaves call servers, and servers return: the chain of calls is a simple path, and only its tail runs. */

import {
  callArg,
  type EnclaveCall,
  ESERVERBUSY,
  error,
  layout,
  NAME_LEN,
  type Named,
  PAGE_SIZE,
  RELAY_PAGE_NUM,
} from '../abi.ts'
import { areaAt, mappedSize, mayNeedTables, placeFor } from './areas.ts'
import {
  answer,
  behind,
  type Input,
  number,
  type Outcome,
  refuse,
  toEnclave,
  toEntry,
  type World,
  type Write,
} from './outcome.ts'
import { idle } from './release.ts'
import { type Area, type Enclave, give, type Owed, type Relay, relaysOf, type State, withEnclave } from './state.ts'
import { mayUnless, shortage, strictest, unless, ways } from './verdict.ts'
import { readName, readVirtual, writeVirtual } from './virtual.ts'

const [SP, A0, A1, A2, A3, A4] = [2, 10, 11, 12, 13, 14]

/** `ACQUIRE_SERVER`: answers a handle, which means this server for ever. */
export function acquire(
  state: State,
  _: Enclave,
  { nameVa }: Named<EnclaveCall, 'acquireServer'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const name = readName(world, nameVa, NAME_LEN)
  const server = [...state.enclaves.values()].find((enclave) => enclave.type === 'server' && enclave.name === name)
  if (server === undefined) return [refuse(state, input)]
  const handle = handleOf(state, server, world.chosen.handle)
  return [answer({ ...state, handles: new Map(state.handles).set(handle, server.serial) }, input, handle)]
}

/** The number that the monitor chose, unless it has meant another server. */
function handleOf(state: State, server: Enclave, chosen: bigint | undefined): bigint {
  const isFree = (handle: bigint) => (state.handles.get(handle) ?? server.serial) === server.serial
  if (chosen !== undefined && chosen >> 63n === 0n && isFree(chosen)) return chosen
  let handle = BigInt(server.eid)
  while (!isFree(handle)) handle += 1n << 16n
  return handle
}

/** Who is called by a handle; a number that was never given as one may count as an eid. */
function serverAt(state: State, handle: bigint): { server: Enclave | undefined; isGiven: boolean } {
  const serial = state.handles.get(handle)
  const isGiven = serial !== undefined
  const matches = ({ type, eid, serial: own }: Enclave) =>
    type === 'server' && (isGiven ? own === serial : BigInt(eid) === handle)
  return { server: [...state.enclaves.values()].find(matches), isGiven }
}

/** `CALL_ENCLAVE`: the server runs from its entry point, and owns what it is passed. */
export function callEnclave(
  state: State,
  caller: Enclave,
  { handle, argVa }: Named<EnclaveCall, 'callEnclave'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const { server, isGiven } = serverAt(state, handle)
  if (server === undefined) return [refuse(state, input)]
  const argument = readVirtual(world, argVa, callArg.bytes)
  const busy = refuse(state, input, -ESERVERBUSY)
  if (server.caller !== undefined || server.state !== 'RUNNABLE')
    return argument === undefined || !isGiven ? [busy, refuse(state, input)] : [busy]
  const back = writeVirtual(world, argVa, callArg.bytes)
  if (argument === undefined || back === undefined) return [refuse(state, input)]
  const arg = callArg.read(argument)
  const passed = passedBy(state, caller, arg.req_vaddr, arg.req_size)
  if (passed === undefined) return [refuse(state, input)]
  // What the answer is written to cannot go away with what is passed.
  const isInPassed = back.some(({ pa }) => 'pa' in passed && pa >= passed.pa && pa < passed.pa + passed.size)
  const isWhole = passed.kind !== 'relay' || passed.size === arg.req_size
  const verdict = strictest([mayUnless(isGiven && isWhole), unless(!isInPassed)])
  const outcomes = ways(verdict, state, input, () => {
    const wanted = passed.kind === 'area' ? passed.va : 0n
    const owed = passed.kind === 'nothing' ? 0 : passed.owed + 1
    const moved = pass(state, passed, caller, server, wanted, owed, world.chosen.va)
    if (moved === undefined) return refuse(state, input)
    const waiting = {
      ...moved.from,
      state: 'RUNNABLE',
      callee: server.eid,
      calling: { argVa, va: arg.req_vaddr, size: arg.req_size },
      context: behind(input),
    } as const
    const next = withEnclave(withEnclave(moved.state, waiting), { ...moved.to, caller: caller.eid })
    const registers = {
      [SP]: layout.ENCLAVE_DEFAULT_STACK_BASE,
      [A0]: arg.req_arg,
      [A1]: moved.va,
      [A2]: arg.req_size,
      [A3]: server.shm === undefined ? 0n : layout.ENCLAVE_DEFAULT_SHM_BASE,
      [A4]: server.shm?.size ?? 0n,
    }
    return toEntry(next, server.eid, registers, { touched: [caller.region, server.region] })
  })
  return verdict === 'refuse' ? outcomes : [...outcomes, ...shortage(state, input, arg.req_vaddr !== 0n)]
}

const NOTHING = { kind: 'nothing' } as const
type Passed = typeof NOTHING | ({ kind: 'area' } & Area) | ({ kind: 'relay' } & Relay)

/** What a call passes on; undefined where it cannot be passed. */
function passedBy(state: State, from: Enclave, va: bigint, size: bigint): Passed | undefined {
  if (va === 0n) return NOTHING
  if (va % PAGE_SIZE !== 0n || size < PAGE_SIZE || size % PAGE_SIZE !== 0n) return undefined
  if (va === layout.ENCLAVE_DEFAULT_MM_ARG_BASE) {
    const [relay] = relaysOf(state, from.eid)
    return relay?.holder?.va === va && size <= relay.size ? { kind: 'relay', ...relay } : undefined
  }
  const area = areaAt(from, va, size)
  return area && { kind: 'area', ...area }
}

interface Moved {
  readonly state: State
  readonly from: Enclave
  readonly to: Enclave
  /** Where the receiver finds it. */
  readonly va: bigint
}

/** Moves what is passed: at every moment it has one owner. Undefined where the receiver has no place for it. */
function pass(
  state: State,
  passed: Passed,
  from: Enclave,
  to: Enclave,
  wanted: bigint,
  owed: number,
  chosen: bigint | undefined,
): Moved | undefined {
  switch (passed.kind) {
    case 'nothing':
      return { state, from, to, va: 0n }
    case 'relay': {
      const va = layout.ENCLAVE_DEFAULT_MM_ARG_BASE
      const held = relaysOf(state, to.eid)
      const isFree = held.length < RELAY_PAGE_NUM && held.every(({ holder }) => holder!.va >= va + passed.size)
      // Whoever has others, such as the rest of one that it has split, need not be given one more.
      if (!isFree || (held.length > 0 && chosen !== va)) return undefined
      const { kind: _, ...relay } = passed
      const relays = new Map(state.relays).set(relay.id, { ...relay, owed, holder: { eid: to.eid, va } })
      return { state: { ...state, relays }, from, to, va }
    }
    case 'area': {
      const va = placeFor(to, wanted, mappedSize(passed), chosen)
      if (va === undefined) return undefined
      const area = { pa: passed.pa, size: passed.size, va, owed }
      return {
        state: give(state, area, `enclave ${to.eid}`),
        from: { ...from, mmaps: from.mmaps.filter(({ pa }) => pa !== passed.pa) },
        to: { ...to, mmaps: [...to.mmaps, area] },
        va,
      }
    }
  }
}

/**
 * `ENCLAVE_RETURN`: the caller goes on with 0, and finds in its argument what the server answers. Memory that cannot go
 * back stays with the server.
 */
export function enclaveReturn(
  state: State,
  server: Enclave,
  { argVa }: Named<EnclaveCall, 'enclaveReturn'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const bytes = readVirtual(world, argVa, callArg.bytes)
  if (server.type !== 'server' || server.caller === undefined || bytes === undefined) return [refuse(state, input)]
  const answered = callArg.read(bytes)
  const caller = state.enclaves.get(server.caller)!
  const callersWorld = { ...world, translate: (va: bigint) => world.translate(va, caller.eid) }
  const asked = caller.calling!

  let moved: Moved = { state, from: server, to: caller, va: 0n }
  const given = (passed: Passed | undefined, wanted: bigint, owed: number, chosen: bigint | undefined): bigint => {
    if (passed === undefined || passed.kind === 'nothing') return 0n
    const next = pass(moved.state, passed, moved.from, moved.to, wanted, owed, chosen)
    if (next === undefined) return 0n
    // What has to go to another place stays as well where a monitor has no pages for the tables.
    const isShort = passed.kind === 'area' && next.va !== wanted && mayNeedTables(moved.to, next.va, mappedSize(passed))
    if (chosen === 0n && isShort) return 0n
    moved = next
    return next.va
  }
  const { req_vaddr, req_size, resp_vaddr, resp_size } = answered
  const isBack = asked.va !== 0n && req_size >= asked.size
  const relayVa = layout.ENCLAVE_DEFAULT_MM_ARG_BASE
  // Where a relay region was passed, a monitor may take any page's address to mean it.
  const isMeant = asked.va === relayVa && req_vaddr !== 0n && req_vaddr % PAGE_SIZE === 0n
  const named = isMeant && world.chosen.va === relayVa ? relayVa : req_vaddr
  const back = isBack ? passedBy(state, server, named, req_size) : undefined
  // Who passed it on to us may have been passed it too.
  const stillOwed = back === undefined || back.kind === 'nothing' || back.owed === 0 ? 0 : back.owed - 1
  const isSame = back?.kind !== 'relay' || asked.va === relayVa
  const request = isSame ? given(back, asked.va, stillOwed, world.chosen.va) : 0n
  const isResponse = resp_vaddr !== layout.ENCLAVE_DEFAULT_MM_ARG_BASE
  const passed = isResponse ? passedBy(moved.state, moved.from, resp_vaddr, resp_size) : undefined
  const response = given(passed, 0n, 0, world.chosen.responseVa)

  const writes: Write[] = []
  const write = (field: keyof typeof callArg.fields, value: bigint) => {
    const va = asked.argVa + BigInt(callArg.fields[field].offset)
    writes.push(...(writeVirtual(callersWorld, va, 8, number(value, 8)) ?? []))
  }
  write('resp_val', answered.resp_val)
  write('req_vaddr', request)
  write('resp_vaddr', response)
  write('resp_size', response === 0n ? 0n : resp_size)
  const rested = withEnclave(
    keepAll(moved.state, server.eid),
    idle({ ...moved.from, mmaps: moved.from.mmaps.map(kept) }),
  )
  const next = withEnclave(rested, { ...moved.to, callee: undefined, calling: undefined })
  const touched = [caller.region, server.region]
  return [toEnclave(next, caller.eid, error.ENCLAVE_SUCCESS, { writes, touched })]
}

/** What a server does not give back is its own. */
const kept = <Piece extends Owed>(piece: Piece): Piece => ({ ...piece, owed: 0 })

function keepAll(state: State, eid: number): State {
  const relays = new Map(state.relays)
  for (const relay of relaysOf(state, eid)) relays.set(relay.id, kept(relay))
  return { ...state, relays }
}

/** `GET_CALLER_ID`: tells who called, or nothing. */
export function callerId(state: State, { caller }: Enclave, _: unknown, input: Input): readonly Outcome[] {
  const answers = new Set([BigInt(caller ?? 0), 0n, error.ENCLAVE_ERROR])
  return [...answers].map((value) => answer(state, input, value))
}
