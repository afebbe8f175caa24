/** What an enclave does, well-behaved or not. */

import { callArg, type EnclaveCall, layout, nameBytes, ocall, PAGE_SIZE, type UnknownCall } from '../../monitor/abi.ts'
import { mappedSize } from '../../monitor/spec/areas.ts'
import { relaysOf } from '../../monitor/spec/state.ts'
import { CODE_VA, DATA_VA, STACK_VA } from './agents.ts'
import { translate } from './memory.ts'
import type { Move, Poke } from './perform.ts'
import { hostileSize, NAMES, nonce, type Pick } from './pick.ts'
import type { Position } from './play.ts'

type EnclavePlan = (position: Position, pick: Pick) => Move

const NAME_VA = DATA_VA + 0x100n
/** Where it keeps the argument of a call that it waits for, and of what it returns. */
const ARG_VA = DATA_VA + 0x200n
const RETURN_VA = DATA_VA + 0x300n
const BUFFER_VA = DATA_VA + 0x400n

const plain = (call: EnclaveCall | UnknownCall, pokes: readonly Poke[] = []): Move => ({ by: 'enclave', call, pokes })

/** What the enclave stores at one of its addresses. */
function poke({ memory, root }: Position, va: bigint, bytes: Uint8Array): Poke[] {
  const place = root === undefined ? undefined : translate(memory, root, va)
  return place?.writable ? [{ pa: place.pa, bytes }] : []
}

/** An address in the enclave: where things are, or in the hostile case where they should not be. */
function place(va: bigint, pick: Pick): bigint {
  if (!pick.once(6)) return va
  return pick.of([
    0n,
    CODE_VA,
    DATA_VA + PAGE_SIZE - 4n,
    DATA_VA + PAGE_SIZE,
    va + 1n,
    STACK_VA + PAGE_SIZE - 8n,
    layout.ENCLAVE_DEFAULT_KBUFFER,
    layout.ENCLAVE_DEFAULT_SHM_BASE,
    layout.ENCLAVE_DEFAULT_MM_ARG_BASE,
    0x8000_0000n,
    1n << 38n,
    (1n << 63n) + DATA_VA,
    (1n << 64n) - 8n,
  ])
}

/** Where a result goes: as `place`, or now and then where the enclave may only read. */
const resultPlace = (pick: Pick): bigint => (pick.once(4) ? CODE_VA + 0x800n : place(BUFFER_VA, pick))

/** A range that it could pass on: an area, its relay region, or none; in the hostile case what it cannot. */
function range({ state }: Position, pick: Pick): { va: bigint; size: bigint } {
  const enclave = state.enclaves.get(state.running!)!
  const areas = enclave.mmaps.map((area) => ({ va: area.va, size: mappedSize(area) }))
  const relays = relaysOf(state, enclave.eid).map(({ holder, size }) => ({ va: holder!.va, size }))
  const passable = [...areas, ...relays]
  const chosen = passable.length > 0 && !pick.once(3) ? pick.of(passable) : { va: 0n, size: 0n }
  if (!pick.once(6)) return chosen
  return pick.of([
    { va: DATA_VA, size: PAGE_SIZE },
    { va: chosen.va + PAGE_SIZE, size: chosen.size },
    { va: chosen.va, size: hostileSize(pick) },
    { va: chosen.va + 8n, size: chosen.size },
    { va: (1n << 64n) - PAGE_SIZE, size: 2n * PAGE_SIZE },
  ])
}

const asks = (id: bigint, arg0 = 0n, arg1 = 0n): Move => plain({ call: 'ocall', ocall: id, arg0, arg1, arg2: 0n })
const pages = (pick: Pick): bigint => (pick.once(6) ? hostileSize(pick) : PAGE_SIZE * BigInt(1 + pick.below(4)))
const key = (pick: Pick): bigint => BigInt(pick.below(3))

const acquire: EnclavePlan = (position, pick) => {
  const servers = [...position.state.enclaves.values()].filter(({ type }) => type === 'server')
  const name = servers.length > 0 && !pick.once(5) ? pick.of(servers).name : pick.of(NAMES)
  const pokes = poke(position, NAME_VA, nameBytes(name))
  return plain({ call: 'acquireServer', nameVa: place(NAME_VA, pick) }, pokes)
}

const callServer: EnclavePlan = (position, pick) => {
  const { state } = position
  const handles = [...state.handles.keys()]
  if (handles.length === 0 && !pick.once(4)) return acquire(position, pick)
  const handle =
    handles.length > 0 && !pick.once(6) ? pick.of(handles) : pick.of([0n, 1n, 2n, 3n, 99n, (1n << 64n) - 1n])
  const { va, size } = range(position, pick)
  const bytes = callArg.write({ req_arg: 0xa26n, req_vaddr: va, req_size: size, resp_val: 0n })
  return plain({ call: 'callEnclave', handle, argVa: place(ARG_VA, pick) }, poke(position, ARG_VA, bytes))
}

const isCalled = ({ state }: Position): boolean => state.enclaves.get(state.running!)!.caller !== undefined

const answer: EnclavePlan = (position, pick) => {
  if (!isCalled(position) && !pick.once(4)) return callServer(position, pick)
  const [request, response] = [range(position, pick), pick.once(2) ? range(position, pick) : { va: 0n, size: 0n }]
  const bytes = callArg.write({
    resp_val: 0x2e5n,
    req_vaddr: request.va,
    req_size: request.size,
    resp_vaddr: response.va,
    resp_size: response.size,
  })
  return plain({ call: 'enclaveReturn', argVa: place(RETURN_VA, pick) }, poke(position, RETURN_VA, bytes))
}

const send: EnclavePlan = (position, pick) => {
  const { va, size } = range(position, pick)
  const pokes = [
    ...poke(position, NAME_VA, nameBytes(pick.of(NAMES))),
    ...poke(position, ARG_VA, callArg.write({ req_vaddr: va, req_size: size })),
  ]
  return plain({ call: 'asynCall', nameVa: place(NAME_VA, pick), argVa: place(ARG_VA, pick) }, pokes)
}

const split: EnclavePlan = (position, pick) => {
  const { va, size } = range(position, pick)
  const splitVa = va + pick.of([PAGE_SIZE, 2n * PAGE_SIZE, 0n, size, 8n, 1n << 40n])
  return plain({ call: 'splitRegion', va, size, splitVa: BigInt.asUintN(64, splitVa) })
}

const getReport: EnclavePlan = (position, pick) => {
  const pokes = poke(position, NAME_VA, nameBytes(pick.of(NAMES)))
  const nameVa = pick.once(3) ? place(NAME_VA, pick) : 0n
  return plain({ call: 'getReport', nameVa, reportVa: resultPlace(pick), nonce: nonce(pick) }, pokes)
}

const unmap: EnclavePlan = (position, pick) => {
  const { va, size } = range(position, pick)
  return asks(ocall.OCALL_UNMAP, va, size)
}

const mmapAt: EnclavePlan = (_, pick) =>
  asks(
    ocall.OCALL_MMAP,
    pick.of([0n, 0n, 0n, 0x20_0000_0000n, DATA_VA, layout.ENCLAVE_DEFAULT_MMAP_BASE, 0x20_0000_0008n]),
    pages(pick),
  )

const sbrk: EnclavePlan = ({ state }, pick) => {
  const [top] = state.enclaves.get(state.running!)!.heap
  const sizes = [PAGE_SIZE, 3n * PAGE_SIZE, 0n, -PAGE_SIZE, -4n * PAGE_SIZE, 8n, -(1n << 62n), 1n << 62n]
  const size = top !== undefined && pick.once(2) ? -mappedSize(top) : pick.of(sizes)
  return asks(ocall.OCALL_SBRK, BigInt.asUintN(64, size))
}

const exit: EnclavePlan = (position, pick) =>
  isCalled(position) && !pick.once(4)
    ? answer(position, pick)
    : plain({ call: 'exit', value: BigInt(pick.below(1000)) })

/** By name, with how often each is wanted. */
export const enclavePlans = {
  exit: [2, exit],
  yield: [3, () => plain({ call: 'yield' })],
  timer: [4, () => ({ by: 'timer' })],
  fault: [1, () => ({ by: 'fault' })],
  acquire: [5, acquire],
  callServer: [6, callServer],
  answer: [14, answer],
  mmap: [5, mmapAt],
  unmap: [3, unmap],
  sbrk: [3, sbrk],
  write: [2, () => asks(ocall.OCALL_SYS_WRITE)],
  sector: [1, (_, pick) => asks(pick.of([ocall.OCALL_READ_SECT, ocall.OCALL_WRITE_SECT]), 5n)],
  returnRelays: [2, () => asks(ocall.OCALL_RETURN_RELAY_PAGE)],
  random: [2, (_, pick) => asks(ocall.OCALL_GETRANDOM, resultPlace(pick), pick.once(3) ? hostileSize(pick) : 32n)],
  shmGet: [2, (_, pick) => asks(ocall.OCALL_SHM_GET, key(pick), pages(pick))],
  shmDetach: [1, (_, pick) => asks(ocall.OCALL_SHM_DETACH, key(pick))],
  shmDestroy: [1, (_, pick) => asks(ocall.OCALL_SHM_DESTROY, key(pick))],
  shmAttach: [2, (_, pick) => plain({ call: 'shmAttach', key: key(pick) })],
  shmStat: [1, (_, pick) => plain({ call: 'shmStat', key: key(pick), va: resultPlace(pick) })],
  strangeOcall: [1, (_, pick) => asks(pick.of([0n, 12n, 13n, 1n << 32n]))],
  getReport: [1, getReport],
  getKey: [
    2,
    (_, pick) =>
      plain({
        call: 'getKey',
        type: BigInt(pick.below(4)),
        va: resultPlace(pick),
        size: pick.once(4) ? hostileSize(pick) : 32n,
      }),
  ],
  send: [2, send],
  split: [2, split],
  ids: [1, (_, pick) => plain(pick.once(2) ? { call: 'getCallerId' } : { call: 'getEnclaveId' })],
  unknown: [
    1,
    (_, pick) =>
      plain({
        call: 'unknown',
        number: pick.of([29n, 29n, 64n, 82n, 1n << 40n]),
        extension: pick.of([0n, 0x100101n, 0x100100n]),
      }),
  ],
} as const satisfies Record<string, readonly [number, EnclavePlan]>
