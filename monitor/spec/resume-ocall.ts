/** The host answers what an enclave asked of it. */

import { error, type HostCall, type Named, ocall, PAGE_SIZE } from '../abi.ts'
import { heapTop, isVacant, mappedSize, placeFor, sharePlace } from './areas.ts'
import { behind, type Input, type Outcome, refuse, toEnclave, type World } from './outcome.ts'
import { handRelays, relayVerdict } from './run.ts'
import { sharesOf } from './share.ts'
import { canTake, type Enclave, give, type Range, type State, withEnclave } from './state.ts'
import { splitVerdict } from './tables.ts'
import { mayUnless, shortage, strictest, unless, ways } from './verdict.ts'

type Resume = Named<HostCall, 'resumeEnclave'>

/** Ocalls to which the host's answer has a result. */
const withResult = new Set<bigint>([
  ...[ocall.OCALL_MMAP, ocall.OCALL_SBRK, ocall.OCALL_READ_SECT, ocall.OCALL_WRITE_SECT],
  ...[ocall.OCALL_RETURN_RELAY_PAGE, ocall.OCALL_SHM_GET, ocall.OCALL_SYS_WRITE],
])

/**
 * `RESUME_ENCLAVE` of an enclave that waits for an ocall. An answer to another question is refused, or counts as to this; one
 * without a result may also count as 0.
 */
export function resumeFromOcall(
  state: State,
  enclave: Enclave,
  call: Resume,
  input: Input & { by: 'host' },
  world: World,
): readonly Outcome[] {
  const asked = enclave.pending!.ocall
  const answers = answered(state, enclave, call, input, world)
  if (asked === call.ocall) return answers
  const rested = withEnclave({ ...state, host: behind(input) }, { ...enclave, pending: undefined })
  const none = withResult.has(call.ocall) ? [] : [toEnclave(rested, enclave.eid, 0n, { touched: [enclave.region] })]
  return [refuse(state, input), ...answers, ...none]
}

function answered(
  state: State,
  enclave: Enclave,
  { result0, result1 }: Resume,
  input: Input & { by: 'host' },
  world: World,
): readonly Outcome[] {
  const pending = enclave.pending!
  const chunk = { pa: result0, size: result1 }
  const rested = withEnclave({ ...state, host: behind(input) }, { ...enclave, pending: undefined })
  const back = (next: State, a0: bigint, touched: readonly Range[] = []) =>
    toEnclave(next, enclave.eid, a0, { touched: [...touched, enclave.region] })
  switch (pending.ocall) {
    case ocall.OCALL_MMAP:
    case ocall.OCALL_SBRK: {
      const isHeap = pending.ocall === ocall.OCALL_SBRK
      if (isHeap && BigInt.asIntN(64, pending.arg0) <= 0n) return [back(rested, heapTop(enclave))]
      if (!canTake(state, chunk) || chunk.size < 2n * PAGE_SIZE) return [refuse(state, input)]
      const size = mappedSize(chunk)
      const va = isHeap ? heapPlace(enclave, size) : placeFor(enclave, pending.arg0, size, world.chosen.va)
      if (va === undefined) return [refuse(state, input)]
      const area = { ...chunk, va, owed: 0 }
      const grown: Enclave = isHeap
        ? { ...enclave, pending: undefined, heap: [area, ...enclave.heap] }
        : { ...enclave, pending: undefined, mmaps: [...enclave.mmaps, area] }
      const next = give(withEnclave(rested, grown), chunk, `enclave ${enclave.eid}`)
      // What is less than was asked for harms only the enclave.
      const verdict = strictest([mayUnless(chunk.size >= pending.arg1), splitVerdict(state, chunk, world)])
      return [
        ...ways(verdict, state, input, () => back(next, isHeap ? va + size : va, [chunk])),
        ...shortage(state, input, true),
      ]
    }
    case ocall.OCALL_UNMAP:
      return [back(rested, error.ENCLAVE_SUCCESS)]
    case ocall.OCALL_READ_SECT:
    case ocall.OCALL_WRITE_SECT:
      return [back(rested, result0)]
    case ocall.OCALL_RETURN_RELAY_PAGE: {
      const relay = { mm_arg_addr: result0, mm_arg_size: result1 }
      const verdict = relayVerdict(state, enclave, relay, [], world)
      return [
        ...ways(verdict, state, input, () => back(handRelays(rested, enclave, relay), error.ENCLAVE_SUCCESS)),
        ...(verdict === 'refuse' ? [] : shortage(state, input, true)),
      ]
    }
    case ocall.OCALL_SHM_GET:
      return [...shared(state, rested, enclave, chunk, input, world), back(rested, error.ENCLAVE_ERROR)]
    case ocall.OCALL_SHM_EXTEND_MEMORY:
      return [back(rested, error.ENCLAVE_ERROR)]
    default:
      // As the enclave left it: what was written has no result.
      return [toEnclave(rested, enclave.eid, undefined)]
  }
}

/** The heap grows where it ends, unless something is mapped there. */
function heapPlace(enclave: Enclave, size: bigint): bigint | undefined {
  const va = heapTop(enclave)
  return isVacant(enclave, va, size) ? va : undefined
}

/** New memory under the key that the enclave asked for, if nobody has taken the key since. */
function shared(
  state: State,
  rested: State,
  { eid, pending, region }: Enclave,
  chunk: Range,
  input: Input,
  world: World,
): readonly Outcome[] {
  const key = pending!.arg0
  const isFree = canTake(state, chunk) && chunk.size >= 2n * PAGE_SIZE && !state.shares.has(key)
  const verdict = strictest([unless(isFree), mayUnless(chunk.size >= pending!.arg1), splitVerdict(state, chunk, world)])
  return ways(verdict, state, input, () => {
    const size = mappedSize(chunk)
    const va = sharePlace(sharesOf(state, eid), size, world.chosen.va)
    const share = { ...chunk, key, attached: new Map([[eid, va]]), doomed: false }
    const next = { ...rested, shares: new Map(rested.shares).set(key, share) }
    const zeroed = [{ pa: chunk.pa + PAGE_SIZE, size }]
    return toEnclave(give(next, chunk, `share ${key}`), eid, va, { zeroed, touched: [chunk, region] })
  })
}
