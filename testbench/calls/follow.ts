/** The specification follows a firmware, call by call. */

import { callArg, createParam, PAGE_SIZE, report, shadowRunParam } from '../../monitor/abi.ts'
import type { Chosen, Input, Outcome, World } from '../../monitor/spec/outcome.ts'
import type { State } from '../../monitor/spec/state.ts'
import { step } from '../../monitor/spec/step.ts'
import { readVirtual } from '../../monitor/spec/virtual.ts'
import { nearest, type Observed, type Problem, rootOf } from './compare.ts'
import { translate } from './memory.ts'

/** Where the specification stands between two calls. */
export interface Standpoint {
  readonly state: State
  /** Root page tables of enclaves that have run. */
  readonly roots: ReadonlyMap<number, bigint>
  /** The address space that the host is in. */
  readonly satp: bigint
  /** Pages that are not the host's, as the host gave them away, by number. */
  readonly given: ReadonlyMap<number, Uint8Array>
}

export interface Followed {
  /** The way that the call may go which is the nearest to what was seen. */
  readonly outcome: Outcome
  /** What keeps what was seen from being that. */
  readonly found: readonly Problem[]
  /** As that outcome leaves it. */
  readonly standpoint: Standpoint
}

/** What one call comes to. */
export function follow(from: Standpoint, input: Input, observed: Observed): Followed {
  const { state } = from
  const { outcome, found } = nearest(state, step(state, input, worldOf(from, input, observed)), observed)
  return { outcome, found, standpoint: after(from, outcome, observed) }
}

/** The standpoint that an outcome leads to. */
export function after(from: Standpoint, outcome: Outcome, observed: Observed): Standpoint {
  return {
    ...from,
    state: outcome.state,
    roots: rootsAfter(from, outcome, observed),
    given: givenAfter(from, outcome, observed),
  }
}

function worldOf(from: Standpoint, input: Input, observed: Observed): World {
  const { state, roots } = from
  const { before } = observed
  return {
    read: before.read,
    translate(va, eid = state.running) {
      const root = eid === undefined ? undefined : rootFor(state, roots, eid)
      return root === undefined ? undefined : translate(before, root, va)
    },
    chosen: choices(input, observed, from),
  }
}

/** Where an enclave's page tables begin: where they were seen, or where the host built them. */
function rootFor(state: State, roots: ReadonlyMap<number, bigint>, eid: number): bigint | undefined {
  const enclave = state.enclaves.get(eid)
  return roots.get(eid) ?? (enclave && enclave.region.pa + PAGE_SIZE)
}

const HASH = BigInt(report.fields.enclave_hash.offset)
const HASH_BYTES = 32

/** What the monitor chose where it is free to choose. */
function choices(input: Input, { before, after, standing }: Observed, { state, roots }: Standpoint): Chosen {
  const [a0, a1] = [standing.registers[10], standing.registers[11]]
  const isEnclave = standing.privilege === 0
  if (!('call' in input)) return {}
  const { call } = input
  switch (call.call) {
    case 'createEnclave':
    case 'createServer':
    case 'createShadow':
    case 'runShadow': {
      const struct = call.call === 'runShadow' ? shadowRunParam : createParam
      const bytes = before.read(call.paramPa, struct.bytes)
      const eidPa = bytes && struct.read(bytes).eid_ptr
      const eid = eidPa === undefined ? undefined : after.read(eidPa, 4)
      return { eid: eid && new DataView(eid.buffer).getUint32(0, true) }
    }
    case 'acquireServer':
      return { handle: a0 }
    case 'attestEnclave':
    case 'attestShadow':
      return { hash: after.read(call.reportPa + HASH, HASH_BYTES) }
    case 'getReport': {
      const root = state.running === undefined ? undefined : rootFor(state, roots, state.running)
      const seen: World = {
        read: after.read,
        translate: (va) => (root === undefined ? undefined : translate(after, root, va)),
        chosen: {},
      }
      return { hash: readVirtual(seen, call.reportVa + HASH, HASH_BYTES) }
    }
    case 'callEnclave':
      return isEnclave ? { va: a1 } : {}
    case 'resumeEnclave':
    case 'shmAttach':
      return isEnclave ? { va: a0 } : {}
    case 'enclaveReturn': {
      const caller = state.enclaves.get(state.enclaves.get(state.running!)?.caller ?? -1)
      const root = caller && rootFor(state, roots, caller.eid)
      const place = root === undefined ? undefined : translate(after, root, caller!.calling!.argVa)
      const bytes = place && after.read(place.pa, callArg.bytes)
      const arg = bytes && callArg.read(bytes)
      return { va: arg?.req_vaddr, responseVa: arg?.resp_vaddr }
    }
    default:
      return {}
  }
}

/** Root page tables as they are known afterwards. */
function rootsAfter({ roots }: Standpoint, { state }: Outcome, { standing }: Observed): ReadonlyMap<number, bigint> {
  const next = new Map([...roots].filter(([eid]) => state.enclaves.has(eid)))
  if (state.running !== undefined) next.set(state.running, rootOf(standing.satp))
  return next
}

function givenAfter({ state, given }: Standpoint, outcome: Outcome, { before }: Observed): Standpoint['given'] {
  const { owners } = outcome.state
  if (owners === state.owners) return given
  const next = new Map(given)
  for (const page of given.keys()) if (owners.of(page) === 'host') next.delete(page)
  for (const run of owners.runs) {
    if (state.owners.runs.includes(run)) continue
    for (let page = run.first; page < run.end; page++)
      if (state.owners.of(page) === 'host') next.set(page, before.read(BigInt(page) * PAGE_SIZE, Number(PAGE_SIZE))!)
  }
  return next
}
