/** Memory that enclaves share under a key. */

import { type EnclaveCall, error, exitReason, type Named, ocall, PAGE_SIZE, shmDescription } from '../abi.ts'
import { mappedSize, sharePlace } from './areas.ts'
import {
  answer,
  behind,
  givenBack,
  type Input,
  type Outcome,
  refuse,
  toHost,
  type World,
  type Write,
  writeHost,
} from './outcome.ts'
import { type Enclave, give, type Pointers, type Range, type Share, type State, topOf, withEnclave } from './state.ts'
import { writeVirtual } from './virtual.ts'

/** Enclaves that the first page of shared memory has room for, at most. */
const MOST_ATTACHED = 100

/** What an enclave has mapped of shared memory. */
export function sharesOf(state: State, eid: number): { va: bigint; size: bigint }[] {
  return [...state.shares.values()].flatMap((share) => {
    const va = share.attached.get(eid)
    return va === undefined ? [] : [{ va, size: mappedSize(share) }]
  })
}

/** Ocall `SHM_GET`: asks the host for memory to share under a new key, if the monitor has room for another. */
export function shmGet(state: State, enclave: Enclave, key: bigint, size: bigint, input: Input): readonly Outcome[] {
  // A refusal may reach the enclave as no memory.
  const refused = [refuse(state, input), answer(state, input, 0n)]
  if (size < PAGE_SIZE || size % PAGE_SIZE !== 0n || state.shares.has(key)) return refused
  const pending = { ocall: ocall.OCALL_SHM_GET, arg0: key, arg1: size + PAGE_SIZE }
  const leaves = leave(state, enclave, pending, { arg1: pending.arg1 }, input)
  const extend = { ocall: ocall.OCALL_SHM_EXTEND_MEMORY, arg0: 0n, arg1: 0n }
  return [leaves, ...refused, leave(state, enclave, extend, {}, input)]
}

/** `SHM_ATTACH`: answers where the memory is mapped, or 0. */
export function shmAttach(
  state: State,
  enclave: Enclave,
  { key }: Named<EnclaveCall, 'shmAttach'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const share = state.shares.get(key)
  if (share === undefined || share.doomed) return [answer(state, input, 0n)]
  const mapped = share.attached.get(enclave.eid)
  if (mapped !== undefined) return [answer(state, input, mapped)]
  const va = sharePlace(sharesOf(state, enclave.eid), mappedSize(share), world.chosen.va)
  const attached = new Map(share.attached).set(enclave.eid, va)
  const next = { ...state, shares: new Map(state.shares).set(key, { ...share, attached }) }
  const touched = [{ pa: share.pa, size: PAGE_SIZE }, enclave.region]
  const full = share.attached.size < MOST_ATTACHED ? [] : [answer(state, input, 0n)]
  return [answer(next, input, va, { touched }), ...full]
}

/** Ocall `SHM_DETACH`. */
export function shmDetach(state: State, enclave: Enclave, key: bigint, input: Input): readonly Outcome[] {
  const share = state.shares.get(key)
  if (!share?.attached.has(enclave.eid)) return [refuse(state, input)]
  const attached = new Map(share.attached)
  attached.delete(enclave.eid)
  if (share.doomed && attached.size === 0) return [end(state, enclave, share, input)]
  const next = { ...state, shares: new Map(state.shares).set(key, { ...share, attached }) }
  return [answer(next, input, error.ENCLAVE_SUCCESS, { touched: [{ pa: share.pa, size: PAGE_SIZE }, enclave.region] })]
}

/** Ocall `SHM_DESTROY`: the memory goes when nobody is attached any more. */
export function shmDestroy(state: State, enclave: Enclave, key: bigint, input: Input): readonly Outcome[] {
  const share = state.shares.get(key)
  if (share === undefined) return [answer(state, input, error.ENCLAVE_SUCCESS), refuse(state, input)]
  if (share.attached.size === 0) return [end(state, enclave, share, input)]
  const next = { ...state, shares: new Map(state.shares).set(key, { ...share, doomed: true }) }
  const touched = [{ pa: share.pa, size: PAGE_SIZE }]
  // Only those that share it may have a say in this.
  const strangers = share.attached.has(enclave.eid) ? [] : [refuse(state, input)]
  return [answer(next, input, error.ENCLAVE_SUCCESS, { touched }), ...strangers]
}

/** `SHM_STAT`: tells how many are attached, and the bytes. */
export function shmStat(
  state: State,
  _: Enclave,
  { key, va }: Named<EnclaveCall, 'shmStat'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const share = state.shares.get(key)
  if (share === undefined) return [refuse(state, input)]
  const bytes = shmDescription.write({ ref_count: BigInt(share.attached.size), shm_size: mappedSize(share) })
  const writes = writeVirtual(world, va, bytes.length, bytes)
  return [writes === undefined ? refuse(state, input) : answer(state, input, error.ENCLAVE_SUCCESS, { writes })]
}

/** The memory is zeroed, and the host told that it has it back. */
function end(state: State, enclave: Enclave, share: Share, input: Input): Outcome {
  const shares = new Map(state.shares)
  shares.delete(share.key)
  const range: Range = { pa: share.pa, size: share.size }
  const pending = { ocall: ocall.OCALL_UNMAP, arg0: range.pa, arg1: range.size }
  const next = give({ ...state, shares }, range, 'host')
  return leave(next, enclave, pending, { arg0: range.pa, arg1: range.size }, input, [range])
}

/** The running enclave goes to the host with a question, which the host finds where it wanted ocalls. */
export function leave(
  state: State,
  enclave: Enclave,
  pending: NonNullable<Enclave['pending']>,
  told: Partial<Pick<Pointers, 'arg0' | 'arg1'>>,
  input: Input,
  freed: readonly Range[] = [],
): Outcome {
  const { pointers } = topOf(state, enclave)
  const next = withEnclave(state, { ...enclave, state: 'OCALLING', pending, context: behind(input) })
  const { zeroed, touched } = givenBack(freed)
  const writes = [
    ...writeHost(state, pointers.ocall, pending.ocall),
    ...argument(state, pointers.arg0, told.arg0),
    ...argument(state, pointers.arg1, told.arg1),
  ]
  return toHost(next, exitReason.ENCLAVE_OCALL, { writes, zeroed, touched: [...touched, enclave.region] })
}

/** An argument of an ocall for the host; where the ocall has none, anything may be there. */
function argument(state: State, pa: bigint, value: bigint | undefined): Write[] {
  const writes = writeHost(state, pa, value ?? 0n)
  return value === undefined ? writes.map((write) => ({ ...write, bytes: undefined })) : writes
}
