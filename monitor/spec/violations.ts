import { PAGE_SIZE } from '../abi.ts'
import { heapTop, mappedSize } from './areas.ts'
import { type Enclave, lent, type Owner, overlaps, ownerAt, pageNumbers, type Range, type State } from './state.ts'

/** What is wrong with a state, a sentence each; nothing in every state that calls can lead to. */
export function violations(state: State): string[] {
  return [...ownership(state), ...chains(state), ...hart(state), ...names(state), ...mappings(state)]
}

/** Each page has the one owner that also knows of it. */
function* ownership(state: State): Generator<string> {
  const known = new Map<bigint, Owner>()
  for (const [owner, range] of possessions(state)) {
    for (const page of pageNumbers(range)) {
      const place = `page 0x${(page * PAGE_SIZE).toString(16)}`
      const other = known.get(page)
      if (other !== undefined) yield `${place} belongs to ${other} and to ${owner}`
      known.set(page, owner)
      const owned = ownerAt(state, page * PAGE_SIZE)
      if (owned !== owner) yield `${place} of ${owner} is owned by ${owned}`
    }
  }
  for (const { first, end, owner } of state.owners.runs) {
    if (owner === 'monitor' || owner === 'bitmap' || owner === 'tables' || owner === 'pool') continue
    for (let page = BigInt(first); page < end; page++)
      if (!known.has(page)) yield `page 0x${(page * PAGE_SIZE).toString(16)} of ${owner} is nowhere in it`
  }
  for (const enclave of state.enclaves.values()) {
    for (const range of lent(enclave)) {
      for (const page of pageNumbers(range)) {
        const owner = ownerAt(state, page * PAGE_SIZE)
        if (owner !== 'host')
          yield `${name(enclave)} has page 0x${(page * PAGE_SIZE).toString(16)} of ${owner} as the host's`
      }
    }
  }
}

function* possessions(state: State): Generator<readonly [Owner, Range]> {
  for (const { eid, region, mmaps, heap } of state.enclaves.values()) {
    for (const range of [region, ...mmaps, ...heap]) yield [`enclave ${eid}`, range]
  }
  for (const { id, region } of state.templates.values()) yield [`template ${id}`, region]
  for (const relay of state.relays.values()) yield [`relay ${relay.id}`, relay]
  for (const share of state.shares.values()) yield [`share ${share.key}`, share]
}

/** Callers and callees know of each other, from a normal enclave on along a simple path. */
function* chains(state: State): Generator<string> {
  for (const enclave of state.enclaves.values()) {
    const { caller, callee, type } = enclave
    if (callee !== undefined && state.enclaves.get(callee)?.caller !== enclave.eid)
      yield `${name(enclave)} waits for ${callee}, which does not work for it`
    if (caller !== undefined && state.enclaves.get(caller)?.callee !== enclave.eid)
      yield `${name(enclave)} works for ${caller}, which does not wait for it`
    if (caller !== undefined && type !== 'server') yield `${name(enclave)} was called and is no server`
    if (callee !== undefined && state.enclaves.get(callee)?.type !== 'server') yield `${name(enclave)} calls no server`
    if (callee !== undefined && enclave.context === undefined) yield `${name(enclave)} waits and has lost its registers`
    if (callee !== undefined && enclave.state !== 'RUNNABLE') yield `${name(enclave)} waits and is ${enclave.state}`
    const seen = new Set<number>()
    for (let at: number | undefined = enclave.eid; at !== undefined; at = state.enclaves.get(at)?.callee) {
      if (seen.has(at)) {
        yield `${name(enclave)} calls itself`
        break
      }
      seen.add(at)
    }
  }
}

/** One domain runs, and it is the tail of its chain. */
function* hart({ enclaves, running, host }: State): Generator<string> {
  if ((running === undefined) !== (host === undefined)) yield 'the host is not where it was left'
  for (const enclave of enclaves.values()) {
    const { eid, type, state, caller, callee, context, pending } = enclave
    if ((state === 'RUNNING') !== (eid === running)) yield `${name(enclave)} is ${state}, and ${running} runs`
    if (eid === running && callee !== undefined) yield `${name(enclave)} runs while ${callee} works for it`
    if ((pending !== undefined) !== (state === 'OCALLING'))
      yield `${name(enclave)} is ${state} with a question or without`
    if (type === 'server' && caller === undefined && (state !== 'RUNNABLE' || context !== undefined))
      yield `${name(enclave)} is ${state} and nobody called it`
    const isBegun = state !== 'FRESH' && state !== 'RUNNING' && !(type === 'server' && caller === undefined)
    if (isBegun && context === undefined) yield `${name(enclave)} is ${state} and has no registers`
  }
}

/** Names of servers, handles and templates mean one thing. */
function* names({ enclaves, templates, handles, nextSerial }: State): Generator<string> {
  const servers = [...enclaves.values()].filter(({ type }) => type === 'server')
  if (new Set(servers.map((server) => server.name)).size < servers.length) yield 'two servers have one name'
  const all = [...enclaves.values()]
  if (new Set(all.map(({ serial }) => serial)).size < all.length) yield 'two enclaves have one serial number'
  for (const serial of handles.values()) if (serial >= nextSerial) yield `a handle means an enclave of the future`
  for (const enclave of all) {
    const { template } = enclave
    if (template !== undefined && !templates.has(template)) yield `${name(enclave)} has lost its template ${template}`
  }
}

/** What is mapped in an enclave is mapped beside each other. */
function* mappings(state: State): Generator<string> {
  for (const enclave of state.enclaves.values()) {
    const mapped = [
      ...[...enclave.mmaps, ...enclave.heap].map((area) => ({ pa: area.va, size: mappedSize(area) })),
      ...[...state.relays.values()]
        .filter(({ holder }) => holder?.eid === enclave.eid)
        .map(({ holder, size }) => ({ pa: holder!.va, size })),
      ...[...state.shares.values()].flatMap((share) => {
        const va = share.attached.get(enclave.eid)
        return va === undefined ? [] : [{ pa: va, size: mappedSize(share) }]
      }),
    ]
    const isApart = mapped.every((one, index) => mapped.slice(index + 1).every((other) => !overlaps(one, other)))
    if (!isApart) yield `${name(enclave)} has two things in one place`
    if (enclave.mmaps.some(({ va }) => va < heapTop(enclave))) yield `${name(enclave)} has mapped what is heap`
  }
  for (const share of state.shares.values()) {
    for (const eid of share.attached.keys())
      if (!state.enclaves.has(eid)) yield `share ${share.key} is attached to ${eid}, which is no enclave`
  }
}

const name = ({ eid, type }: Enclave): string => (type === 'server' ? `server ${eid}` : `enclave ${eid}`)
