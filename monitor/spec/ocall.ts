/** What an enclave asks of the host. */

import { type EnclaveCall, layout, type Named, ocall, PAGE_SIZE } from '../abi.ts'
import { areaAt, heapTop } from './areas.ts'
import { answer, type Input, type Outcome, refuse, type World } from './outcome.ts'
import { leave, shmDestroy, shmDetach, shmGet } from './share.ts'
import { type Area, type Enclave, give, relaysOf, type State } from './state.ts'
import { writeVirtual } from './virtual.ts'

/** `ENCLAVE_OCALL`. */
export function enclaveOcall(
  state: State,
  enclave: Enclave,
  { ocall: id, arg0, arg1 }: Named<EnclaveCall, 'ocall'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  switch (id) {
    case ocall.OCALL_MMAP:
      return mmap(state, enclave, arg0, arg1, input)
    case ocall.OCALL_UNMAP:
      return unmap(state, enclave, arg0, arg1, input)
    case ocall.OCALL_SBRK:
      return sbrk(state, enclave, BigInt.asIntN(64, arg0), input)
    case ocall.OCALL_SYS_WRITE:
      return [leave(state, enclave, { ocall: id, arg0: 0n, arg1: 0n }, {}, input)]
    case ocall.OCALL_READ_SECT:
    case ocall.OCALL_WRITE_SECT:
      return [leave(state, enclave, { ocall: id, arg0, arg1: 0n }, { arg0 }, input)]
    case ocall.OCALL_RETURN_RELAY_PAGE:
      return returnRelays(state, enclave, input)
    case ocall.OCALL_GETRANDOM: {
      const writes = arg1 > state.ram.size ? undefined : writeVirtual(world, arg0, Number(arg1))
      const refused = refuse(state, input)
      if (writes === undefined) return [refused]
      const filled = answer(state, input, arg1, { writes })
      return arg1 === 0n ? [filled, refused] : [filled]
    }
    case ocall.OCALL_SHM_GET:
      return shmGet(state, enclave, arg0, arg1, input)
    case ocall.OCALL_SHM_DETACH:
      return shmDetach(state, enclave, arg0, input)
    case ocall.OCALL_SHM_DESTROY:
      return shmDestroy(state, enclave, arg0, input)
    default:
      return [refuse(state, input)]
  }
}

/** Asks for whole pages, at `va` or anywhere. What cannot be granted is answered with no address. */
function mmap(state: State, enclave: Enclave, va: bigint, size: bigint, input: Input): readonly Outcome[] {
  const refused = [answer(state, input, 0n), refuse(state, input)]
  const isSize = size >= PAGE_SIZE && size % PAGE_SIZE === 0n && size <= state.ram.size
  const pending = { ocall: ocall.OCALL_MMAP, arg0: va, arg1: BigInt.asUintN(64, size + PAGE_SIZE) }
  const leaves = leave(state, enclave, pending, { arg1: pending.arg1 }, input)
  if (isSize && va % PAGE_SIZE === 0n) return [leaves]
  if (va !== 0n && size <= state.ram.size) return refused
  const whole = { ...pending, arg1: pending.arg1 + PAGE_SIZE - (pending.arg1 % PAGE_SIZE) }
  return [...refused, leaves, leave(state, enclave, whole, { arg1: whole.arg1 }, input)]
}

/** Gives back the whole of the area that holds the range. */
function unmap(state: State, enclave: Enclave, va: bigint, size: bigint, input: Input): readonly Outcome[] {
  const area = areaAt(enclave, va, size)
  if (area === undefined) return [refuse(state, input)]
  const range = { pa: area.pa, size: area.size }
  const next = give(state, range, 'host')
  const without = { ...enclave, mmaps: enclave.mmaps.filter((other) => other !== area) }
  const told = { arg0: range.pa, arg1: range.size }
  const left = leave(next, without, { ocall: ocall.OCALL_UNMAP, ...told }, told, input, [range])
  // A range of no bytes, or not of pages, is in no area, or in this one.
  return size === 0n || va % PAGE_SIZE !== 0n || size % PAGE_SIZE !== 0n ? [left, refuse(state, input)] : [left]
}

/** Moves the end of the heap. It shrinks by whole chunks, as the host gave them. */
function sbrk(state: State, enclave: Enclave, size: bigint, input: Input): readonly Outcome[] {
  if (size % PAGE_SIZE !== 0n) return [refuse(state, input)]
  if (size === 0n) return [answer(state, input, heapTop(enclave))]
  if (size > 0n) {
    const pending = { ocall: ocall.OCALL_SBRK, arg0: size, arg1: size + PAGE_SIZE }
    const left = leave(state, enclave, pending, { arg0: 0n, arg1: pending.arg1 }, input)
    return size <= state.ram.size ? [left] : [left, refuse(state, input)]
  }
  const end = heapTop(enclave) + size
  const freed: Area[] = []
  let heap = enclave.heap
  while (heap.length > 0 && heap[0].va >= end) {
    freed.unshift(heap[0])
    heap = heap.slice(1)
  }
  const pending = { ocall: ocall.OCALL_SBRK, arg0: BigInt.asUintN(64, size), arg1: BigInt.asUintN(64, size) }
  const next = freed.reduce((state_, area) => give(state_, area, 'host'), state)
  const told = { arg0: freed[0]?.pa ?? 0n, arg1: pending.arg1 }
  const pieces = freed.map(({ pa, size: bytes }) => ({ pa, size: bytes }))
  const left = leave(next, { ...enclave, heap }, pending, told, input, pieces)
  // More than there is: all goes, or nothing.
  return end < layout.ENCLAVE_DEFAULT_HEAP_BASE ? [left, refuse(state, input)] : [left]
}

/** Hands all relay regions to the host, as they are; the host learns the first. */
function returnRelays(state: State, enclave: Enclave, input: Input): readonly Outcome[] {
  const held = relaysOf(state, enclave.eid)
  const relays = new Map(state.relays)
  for (const { id } of held) relays.delete(id)
  const next = held.reduce((state_, relay) => give(state_, relay, 'host'), { ...state, relays } as State)
  const told = { arg0: held[0]?.pa ?? 0n, arg1: held[0]?.size ?? 0n }
  const left = leave(next, enclave, { ocall: ocall.OCALL_RETURN_RELAY_PAGE, ...told }, told, input)
  return held.length > 0 ? [left] : [left, refuse(state, input)]
}
