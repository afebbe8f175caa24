/** Enclaves start to run: those that the host created, and forks of templates. */

import {
  ENCLAVE_DEFAULT_STACK_SIZE,
  type HostCall,
  layout,
  type Named,
  nameText,
  PAGE_SIZE,
  RELAY_PAGE_NUM,
  runParam,
  shadowRunParam,
} from '../abi.ts'
import {
  atRest,
  canGiveRelay,
  kbufferVerdict,
  newNumber,
  pointersOf,
  pointersVerdict,
  sharedRange,
  sharedVerdict,
} from './create.ts'
import { behind, type Input, type Outcome, readHost, toEntry, type World, writeHost } from './outcome.ts'
import {
  canTake,
  type Enclave,
  give,
  owns,
  type Range,
  type Relay,
  relaysOf,
  type State,
  withEnclave,
} from './state.ts'
import { splitVerdict } from './tables.ts'
import { mayUnless, shortage, strictest, unless, type Verdict, ways } from './verdict.ts'

const [SP, A0, A1, A2, A3, A4] = [2, 10, 11, 12, 13, 14]
/** The counter that forks find in a2 goes round after this many. */
const FORK_COUNTS = 5n

/** `RUN_ENCLAVE`. */
export function run(
  state: State,
  call: Named<HostCall, 'runEnclave'>,
  input: Input & { by: 'host' },
  world: World,
): readonly Outcome[] {
  const enclave = enclaveAt(state, call.eid)
  const bytes = readHost(state, world, call.paramPa, runParam.bytes)
  if (enclave?.state !== 'FRESH' || enclave.type === 'server' || bytes === undefined)
    return ways('refuse', state, input, () => [])
  const param = runParam.read(bytes)
  const verdict = strictest([relayVerdict(state, enclave, param, [], world), mayUnless(call.paramPa % 8n === 0n)])
  const outcomes = ways(verdict, state, input, () => {
    const bound = withEnclave(state, { ...enclave, satp: input.satp })
    return enter(handRelays(bound, enclave, param), enclave, state.runs, input, [], [])
  })
  return verdict === 'refuse' ? outcomes : [...outcomes, ...shortage(state, input, param.mm_arg_addr !== 0n)]
}

/** `RUN_SHADOW_ENCLAVE`: a new enclave, with what the template has, its own stack and an empty heap. */
export function fork(
  state: State,
  call: Named<HostCall, 'runShadow'>,
  input: Input & { by: 'host' },
  world: World,
): readonly Outcome[] {
  const template = templateAt(state, call.eid)
  const bytes = readHost(state, world, call.paramPa, shadowRunParam.bytes)
  const param = bytes && shadowRunParam.read(bytes)
  const region = param && { pa: param.free_page, size: param.size }
  if (template === undefined || param === undefined || region === undefined || !canTake(state, region))
    return ways('refuse', state, input, () => [])
  const eid = newNumber(state.enclaves, world)
  const enclave: Enclave = {
    eid,
    serial: state.nextSerial,
    type: 'normal',
    name: nameText(param.name),
    state: 'FRESH',
    satp: input.satp,
    entry: template.entry,
    canStart: template.canStart,
    region,
    pointers: pointersOf(param),
    kbuffer: { pa: param.kbuffer, size: param.kbuffer_size },
    shm: sharedRange(param),
    template: template.id,
    ...atRest,
  }
  const taken = withEnclave(give(state, region, `enclave ${eid}`), enclave)
  const lent = [enclave.kbuffer, enclave.shm].filter((range) => range !== undefined)
  const verdict = strictest([
    kbufferVerdict(taken, param),
    sharedVerdict(taken, param),
    pointersVerdict(taken, param),
    unless(owns(taken, 'host', { pa: param.eid_ptr, size: 4n })),
    relayVerdict(taken, enclave, param, lent, world),
    splitVerdict(state, region, world),
    mayUnless(call.paramPa % 8n === 0n && param.eid_ptr % 4n === 0n),
    // What does not fit cannot be granted, and what fits depends on how the monitor lays it out.
    unless(region.size > ENCLAVE_DEFAULT_STACK_SIZE),
    mayUnless(region.size >= template.region.size + ENCLAVE_DEFAULT_STACK_SIZE + 32n * PAGE_SIZE),
  ])
  const outcomes = ways(verdict, state, input, () => {
    const next = { ...handRelays(taken, enclave, param), nextSerial: state.nextSerial + 1 }
    const writes = writeHost(next, param.eid_ptr, BigInt(eid), 4)
    return enter(next, enclave, state.runs % FORK_COUNTS, input, [region], writes)
  })
  return verdict === 'refuse' ? outcomes : [...outcomes, ...shortage(state, input, verdict === 'either')]
}

/** The enclave that an eid in a register names: the register's low 32 bits, as the ABI has it. */
export function enclaveAt(state: State, eid: bigint): Enclave | undefined {
  return state.enclaves.get(Number(BigInt.asUintN(32, eid)))
}

export function templateAt(state: State, id: bigint) {
  return state.templates.get(Number(BigInt.asUintN(32, id)))
}

interface RelayArgument {
  mm_arg_addr: bigint
  mm_arg_size: bigint
}

/**
 * A relay region from the host is an address and a size; an address without a size stands for all that was sent to the
 * enclave's name. Either way nobody else may have the name who could be handed it; a server cannot.
 */
export function relayVerdict(
  state: State,
  enclave: Enclave,
  { mm_arg_addr, mm_arg_size }: RelayArgument,
  others: readonly Range[],
  world: World,
): Verdict {
  if (mm_arg_addr === 0n) return mayUnless(mm_arg_size === 0n)
  const named = [...state.enclaves.values()].filter(({ name }) => name === enclave.name)
  const isAlone = named.every(({ eid, type }) => eid === enclave.eid || type === 'server')
  const isUnique = mayUnless(named.length === 1)
  if (mm_arg_size === 0n) {
    const count = waiting(state, enclave).length
    return strictest([unless(isAlone && count > 0), isUnique, mayUnless(count <= RELAY_PAGE_NUM)])
  }
  const range = { pa: mm_arg_addr, size: mm_arg_size }
  return strictest([unless(isAlone && canGiveRelay(state, range, others)), isUnique, splitVerdict(state, range, world)])
}

/** Regions that were sent to the enclave's name. */
function waiting(state: State, { name }: Enclave): Relay[] {
  return [...state.relays.values()].filter((relay) => relay.holder === undefined && relay.name === name)
}

/** The state in which the enclave holds the relay regions that it is started with, one behind the other. */
export function handRelays(state: State, enclave: Enclave, { mm_arg_addr, mm_arg_size }: RelayArgument): State {
  if (mm_arg_addr === 0n) return state
  const id = state.nextRelay
  const isNew = mm_arg_size !== 0n
  const range = { pa: mm_arg_addr, size: mm_arg_size }
  const handed = isNew ? [{ ...range, id, name: enclave.name, holder: undefined, owed: 0 }] : waiting(state, enclave)
  const next = isNew ? { ...give(state, range, `relay ${id}`), nextRelay: id + 1 } : state
  const relays = new Map(state.relays)
  let va: bigint = layout.ENCLAVE_DEFAULT_MM_ARG_BASE
  for (const relay of handed) {
    relays.set(relay.id, { ...relay, holder: { eid: enclave.eid, va } })
    va += relay.size
  }
  return { ...next, relays }
}

function enter(
  state: State,
  { eid, shm }: Enclave,
  runs: bigint,
  input: Input,
  touched: readonly Range[],
  writes: Outcome['writes'],
): Outcome {
  const held = relaysOf(state, eid)
  const next = { ...state, host: behind(input), runs: state.runs + 1n }
  const registers = {
    [SP]: layout.ENCLAVE_DEFAULT_STACK_BASE,
    [A0]: shm === undefined ? 0n : layout.ENCLAVE_DEFAULT_SHM_BASE,
    [A1]: shm?.size ?? 0n,
    [A2]: runs,
    [A3]: held.length === 0 ? 0n : layout.ENCLAVE_DEFAULT_MM_ARG_BASE,
    [A4]: held.reduce((sum, { size }) => sum + size, 0n),
  }
  const own = state.enclaves.get(eid)!.region
  return toEntry(next, eid, registers, { touched: [...touched, own], writes })
}
