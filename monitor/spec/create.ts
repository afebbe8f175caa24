/** Enclaves, servers and templates come into being, from memory that the host has filled. */

import { createParam, enclaveType, error, type HostCall, nameText, PAGE_SIZE, type StructRecord } from '../abi.ts'
import { canStart, type Layout, readLayout } from './layout.ts'
import { answer, type Input, type Outcome, readHost, type World, writeHost } from './outcome.ts'
import { canTake, type Enclave, give, isPages, overlaps, owns, type Range, type State, withEnclave } from './state.ts'
import { splitVerdict } from './tables.ts'
import { mayUnless, shortage, strictest, unless, type Verdict, ways } from './verdict.ts'

type Param = StructRecord<typeof createParam>
type CreateCall = Extract<HostCall, { paramPa: bigint; call: `create${string}` }>

const kinds = {
  createEnclave: enclaveType.NORMAL_ENCLAVE,
  createServer: enclaveType.SERVER_ENCLAVE,
  createShadow: enclaveType.SHADOW_ENCLAVE,
} as const

/** `CREATE_ENCLAVE`, `CREATE_SERVER_ENCLAVE`, `CREATE_SHADOW_ENCLAVE`. */
export function create(
  state: State,
  { call, paramPa }: CreateCall,
  input: Input & { by: 'host' },
  world: World,
): readonly Outcome[] {
  const bytes = readHost(state, world, paramPa, createParam.bytes)
  const param = bytes && createParam.read(bytes)
  const region = param && { pa: param.paddr, size: param.size }
  if (param === undefined || region === undefined || state.levels === undefined || !canTake(state, region))
    return ways('refuse', state, input, () => [])
  if (region.size < 2n * PAGE_SIZE) return ways('refuse', state, input, () => [])
  const isTemplate = call === 'createShadow'
  // Nothing is ever mapped in a template: it has no pages for further tables.
  const layout = readLayout(world, region, isTemplate ? region.pa + region.size : param.free_mem)
  const taken = give(state, region, 'monitor')
  const verdict = strictest([
    layout.verdict,
    mayUnless(canStart(layout, param.entry_point)),
    splitVerdict(state, region, world),
    // The number of the new enclave must reach the host.
    unless(owns(taken, 'host', { pa: param.eid_ptr, size: 4n })),
    mayUnless(param.type === BigInt(kinds[call]) && param.eid_ptr % 4n === 0n && paramPa % 8n === 0n),
    ...(isTemplate ? [] : [freeVerdict(param, region), sharedVerdict(taken, param), pointersVerdict(taken, param)]),
    call === 'createEnclave' ? kbufferVerdict(taken, param) : 'grant',
    call === 'createServer' ? serverNameVerdict(state, nameText(param.name)) : 'grant',
  ])
  const outcomes = ways(verdict, state, input, () => {
    if (isTemplate) return newTemplate(state, param, layout, region, input, world)
    return newEnclave(state, param, layout, region, input, world, call === 'createServer')
  })
  return verdict === 'refuse' ? outcomes : [...outcomes, ...shortage(state, input, freePages(param, region) < 16n)]
}

/** Pages for the monitor's tables: from `free_mem` to the end of the region. The first two pages are not among them. */
function freeVerdict({ free_mem }: Param, { pa, size }: Range): Verdict {
  return strictest([
    unless(free_mem % PAGE_SIZE === 0n && free_mem >= pa && free_mem < pa + size),
    mayUnless(free_mem >= pa + 2n * PAGE_SIZE),
  ])
}

const freePages = ({ free_mem }: Param, { pa, size }: Range): bigint => (pa + size - free_mem) / PAGE_SIZE

/** The host's kernel page is mapped in the enclave. */
export function kbufferVerdict(state: State, param: { kbuffer: bigint; kbuffer_size: bigint }): Verdict {
  const kbuffer = { pa: param.kbuffer, size: param.kbuffer_size }
  return strictest([unless(isPages(kbuffer) && owns(state, 'host', kbuffer)), mayUnless(kbuffer.size === PAGE_SIZE)])
}

/** Memory that the host shares is the host's; none is an address and a size of 0. What is neither may count as none. */
export function sharedVerdict(state: State, { shm_paddr, shm_size }: { shm_paddr: bigint; shm_size: bigint }): Verdict {
  if (shm_paddr === 0n && shm_size === 0n) return 'grant'
  const shm = { pa: shm_paddr, size: shm_size }
  if (shm_paddr === 0n || !isPages(shm)) return 'either'
  return unless(owns(state, 'host', shm))
}

/** Where the host wants answers; 0 where it wants none. They are looked at again when they are used. */
export function pointersVerdict(
  state: State,
  param: Pick<Param, 'ecall_arg0' | 'ecall_arg1' | 'ecall_arg2' | 'ecall_arg3' | 'retval'>,
): Verdict {
  const pointers = [param.ecall_arg0, param.ecall_arg1, param.ecall_arg2, param.ecall_arg3, param.retval]
  return mayUnless(pointers.every((pa) => pa === 0n || (pa % 8n === 0n && owns(state, 'host', { pa, size: 8n }))))
}

/** No two servers have a name, and none has none. */
function serverNameVerdict(state: State, name: string): Verdict {
  const isTaken = [...state.enclaves.values()].some((other) => other.type === 'server' && other.name === name)
  return strictest([unless(!isTaken), mayUnless(name !== '')])
}

export function sharedRange({ shm_paddr, shm_size }: { shm_paddr: bigint; shm_size: bigint }): Range | undefined {
  const shm = { pa: shm_paddr, size: shm_size }
  return shm_paddr !== 0n && isPages(shm) ? shm : undefined
}

function newEnclave(
  state: State,
  param: Param,
  layout: Layout,
  region: Range,
  input: Input & { by: 'host' },
  world: World,
  isServer: boolean,
): Outcome {
  const eid = newNumber(state.enclaves, world)
  const enclave: Enclave = {
    eid,
    serial: state.nextSerial,
    type: isServer ? 'server' : 'normal',
    name: nameText(param.name),
    state: isServer ? 'RUNNABLE' : 'FRESH',
    satp: input.satp,
    entry: param.entry_point,
    canStart: canStart(layout, param.entry_point),
    region,
    pointers: pointersOf(param),
    kbuffer: isServer ? undefined : { pa: param.kbuffer, size: param.kbuffer_size },
    shm: sharedRange(param),
    template: undefined,
    ...atRest,
  }
  const next = { ...withEnclave(give(state, region, `enclave ${eid}`), enclave), nextSerial: state.nextSerial + 1 }
  return answer(next, input, error.ENCLAVE_SUCCESS, {
    touched: [region],
    writes: writeHost(next, param.eid_ptr, BigInt(eid), 4),
  })
}

/** An enclave that nobody has called and that waits for nothing. */
export const atRest = {
  mmaps: [],
  heap: [],
  pending: undefined,
  caller: undefined,
  callee: undefined,
  calling: undefined,
  context: undefined,
} as const

export const pointersOf = (param: Pick<Param, 'ecall_arg0' | 'ecall_arg1' | 'ecall_arg2' | 'retval'>) => ({
  ocall: param.ecall_arg0,
  arg0: param.ecall_arg1,
  arg1: param.ecall_arg2,
  retval: param.retval,
})

function newTemplate(state: State, param: Param, layout: Layout, region: Range, input: Input, world: World): Outcome {
  const id = newNumber(state.templates, world)
  const entry = param.entry_point
  const template = { id, entry, canStart: canStart(layout, entry), region, certified: new Map() }
  const templates = new Map(state.templates).set(id, template)
  const next = { ...give(state, region, `template ${id}`), templates, runs: 0n }
  return answer(next, input, error.ENCLAVE_SUCCESS, {
    touched: [region],
    writes: writeHost(next, param.eid_ptr, BigInt(id), 4),
  })
}

/** The number that the monitor chose, unless something alive has it; otherwise the lowest that is free. */
export function newNumber(alive: ReadonlyMap<number, unknown>, { chosen }: World): number {
  if (chosen.eid !== undefined && !alive.has(chosen.eid)) return chosen.eid
  let eid = 0
  while (alive.has(eid)) eid++
  return eid
}

/** Whether the host may give this relay region: it is its own, and no part of what it gives besides. */
export function canGiveRelay(state: State, relay: Range, others: readonly Range[]): boolean {
  return canTake(state, relay) && !others.some((other) => overlaps(relay, other))
}
