/** Relay regions go from enclave to enclave, by name. */

import { callArg, type EnclaveCall, error, NAME_LEN, type Named, PAGE_SIZE, RELAY_PAGE_NUM } from '../abi.ts'
import { answer, type Input, type Outcome, refuse, type World } from './outcome.ts'
import { type Enclave, give, type Relay, relaysOf, type State } from './state.ts'
import { mayUnless, ways } from './verdict.ts'
import { readName, readVirtual } from './virtual.ts'

/** `ASYN_ENCLAVE_CALL`: sends a relay region to whoever has the name when it starts next. */
export function asynCall(
  state: State,
  enclave: Enclave,
  { nameVa, argVa }: Named<EnclaveCall, 'asynCall'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const name = readName(world, nameVa, NAME_LEN)
  const bytes = readVirtual(world, argVa, callArg.bytes)
  if (name === undefined || bytes === undefined) return [refuse(state, input)]
  const { req_vaddr, req_size } = callArg.read(bytes)
  const relay = heldAt(state, enclave, req_vaddr, req_size)
  if (relay === undefined) return [refuse(state, input)]
  return ways(mayUnless(name !== ''), state, input, () => {
    const relays = new Map(state.relays).set(relay.id, { ...relay, name, holder: undefined, owed: 0 })
    return answer({ ...state, relays }, input, error.ENCLAVE_SUCCESS, { touched: [enclave.region] })
  })
}

/** `SPLIT_MEM_REGION`: makes two regions of one. */
export function splitRegion(
  state: State,
  enclave: Enclave,
  { va, size, splitVa }: Named<EnclaveCall, 'splitRegion'>,
  input: Input,
): readonly Outcome[] {
  const relay = heldAt(state, enclave, va, size)
  const isInside = splitVa > va && splitVa < va + size && splitVa % PAGE_SIZE === 0n
  if (relay === undefined || !isInside || relaysOf(state, enclave.eid).length >= RELAY_PAGE_NUM)
    return [refuse(state, input)]
  const first = splitVa - va
  const second = { ...relay, id: state.nextRelay, pa: relay.pa + first, size: size - first }
  const relays = new Map(state.relays)
    .set(relay.id, { ...relay, size: first })
    .set(second.id, { ...second, holder: { eid: enclave.eid, va: splitVa } })
  const next = { ...state, relays, nextRelay: state.nextRelay + 1 }
  return [answer(give(next, second, `relay ${second.id}`), input, error.ENCLAVE_SUCCESS)]
}

/** The relay region that an enclave has at exactly this place. */
export function heldAt(state: State, { eid }: Enclave, va: bigint, size: bigint): Relay | undefined {
  return relaysOf(state, eid).find((relay) => relay.holder!.va === va && relay.size === size)
}
