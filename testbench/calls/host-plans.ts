/** What a host does, well-behaved or not. */

import {
  batchEntry,
  createParam,
  type HostCall,
  nameBytes,
  ocall,
  PAGE_SIZE,
  resumeReason,
  runParam,
  setPte,
  shadowRunParam,
  type UnknownCall,
} from '../../monitor/abi.ts'
import { type State, tailOf } from '../../monitor/spec/state.ts'
import { CODE_VA } from './agents.ts'
import { flaws, freeMem, image } from './image.ts'
import type { Move, Poke } from './perform.ts'
import {
  answers,
  freeSlots,
  hostileAddress,
  hostileSize,
  NAMES,
  nonce,
  number,
  type Pick,
  structPlace,
} from './pick.ts'
import { ARENA, DESK, KBUFFER, PTE, RAM, SHM, SPACES, TABLES } from './places.ts'

type HostPlan = (state: State, pick: Pick) => Move

const ocalls = {
  ecall_arg0: answers.ocall,
  ecall_arg1: answers.arg0,
  ecall_arg2: answers.arg1,
  ecall_arg3: answers.syscall,
  retval: answers.retval,
} as const

const plain = (call: HostCall | UnknownCall, pokes: readonly Poke[] = []): Move => ({ by: 'host', call, pokes })

/** A struct where the host may write it; where it may not, it stays what it is. */
function poke(pa: bigint, bytes: Uint8Array): Poke[] {
  return pa >= DESK.pa && pa + BigInt(bytes.length) <= DESK.pa + DESK.size + 4n * PAGE_SIZE ? [{ pa, bytes }] : []
}

function create(call: 'createEnclave' | 'createServer' | 'createShadow'): HostPlan {
  return (state, pick) => {
    const slots = freeSlots(state)
    const region = slots.length > 0 ? pick.of(slots) : { pa: ARENA.pa, size: PAGE_SIZE * 32n }
    const flaw = pick.once(6) ? pick.of(flaws) : 'none'
    const record = {
      eid_ptr: answers.eid,
      name: nameBytes(pick.of(NAMES)),
      type: { createEnclave: 0n, createServer: 1n, createShadow: 2n }[call],
      paddr: region.pa,
      size: region.size,
      entry_point: CODE_VA,
      free_mem: freeMem(region),
      kbuffer: call === 'createEnclave' ? KBUFFER.pa : 0n,
      kbuffer_size: call === 'createEnclave' ? KBUFFER.size : 0n,
      ...(pick.once(3) && call !== 'createShadow' && { shm_paddr: SHM.pa, shm_size: SHM.size }),
      ...ocalls,
    }
    if (pick.once(4)) {
      const pointer = pick.of(['eid_ptr', 'paddr', 'free_mem', 'kbuffer', 'shm_paddr', 'retval', 'ecall_arg0'] as const)
      const size = pick.of(['size', 'kbuffer_size', 'shm_size'] as const)
      if (pick.once(2)) record[size as 'size'] = hostileSize(pick)
      else record[pointer as 'paddr'] = hostileAddress(state, pick)
    }
    const paramPa = structPlace(state, pick)
    const contents =
      slots.length === 0 ? [] : [{ pa: region.pa, bytes: image(region, { flaw, hasStack: call !== 'createShadow' }) }]
    return plain({ call, paramPa }, [...poke(paramPa, createParam.write(record)), ...contents])
  }
}

/** A relay region, none, or by name. */
function relay(state: State, pick: Pick) {
  const slots = freeSlots(state)
  const chunk = { mm_arg_addr: slots.at(-1)?.pa ?? 0n, mm_arg_size: PAGE_SIZE * BigInt(2 + pick.below(3)) }
  switch (pick.below(12)) {
    case 3:
      return chunk
    case 4:
      return { mm_arg_addr: 1n << 40n, mm_arg_size: 0n }
    case 5:
      return pick.once(2)
        ? { ...chunk, mm_arg_size: hostileSize(pick) }
        : { ...chunk, mm_arg_addr: hostileAddress(state, pick) }
    default:
      return { mm_arg_addr: 0n, mm_arg_size: 0n }
  }
}

const run: HostPlan = (state, pick) => {
  const fresh = [...state.enclaves.values()].filter((enclave) => enclave.state === 'FRESH')
  if (fresh.length === 0 && !pick.once(4)) return create('createEnclave')(state, pick)
  const eids = fresh.length > 0 && !pick.once(5) ? fresh.map(({ eid }) => eid) : state.enclaves.keys()
  const eid = number(eids, pick)
  const paramPa = structPlace(state, pick)
  return plain({ call: 'runEnclave', eid, paramPa }, poke(paramPa, runParam.write(relay(state, pick))))
}

const fork: HostPlan = (state, pick) => {
  if (state.templates.size === 0 && !pick.once(4)) return create('createShadow')(state, pick)
  const slots = freeSlots(state)
  // Two slots beside each other have room for a fork of a template of one.
  const pairs = slots.filter(({ pa, size }) => slots.some((other) => other.pa === pa + size))
  const region = pairs.length > 0 ? pick.of(pairs) : { pa: ARENA.pa, size: PAGE_SIZE }
  const record = {
    free_page: region.pa,
    size: region.size * 2n,
    eid_ptr: answers.eid,
    kbuffer: KBUFFER.pa,
    kbuffer_size: KBUFFER.size,
    name: nameBytes(pick.of(NAMES)),
    ...(pick.once(3) && { shm_paddr: SHM.pa, shm_size: SHM.size }),
    ...relay(state, pick),
    ...ocalls,
  }
  if (pick.once(4)) {
    const pointer = pick.of(['eid_ptr', 'free_page', 'kbuffer', 'shm_paddr', 'retval'] as const)
    const size = pick.of(['size', 'kbuffer_size', 'shm_size'] as const)
    if (pick.once(2)) record[size as 'size'] = hostileSize(pick)
    else record[pointer as 'free_page'] = hostileAddress(state, pick)
  }
  const paramPa = structPlace(state, pick)
  const eid = number(state.templates.keys(), pick)
  return plain({ call: 'runShadow', eid, paramPa }, poke(paramPa, shadowRunParam.write(record)))
}

const resume: HostPlan = (state, pick) => {
  const begun = [...state.enclaves.values()].filter(
    (enclave) => enclave.context !== undefined && enclave.type === 'normal',
  )
  if (begun.length === 0 && !pick.once(4)) return run(state, pick)
  const eids = begun.length > 0 && !pick.once(6) ? begun.map((enclave) => enclave.eid) : state.enclaves.keys()
  const eid = number(eids, pick)
  const enclave = state.enclaves.get(Number(BigInt.asUintN(32, eid)))
  const tail = enclave && tailOf(state, enclave)
  const natural = {
    OCALLING: resumeReason.RESUME_FROM_OCALL,
    STOPPED: resumeReason.RESUME_FROM_STOP,
    RUNNABLE: resumeReason.RESUME_FROM_TIMER_IRQ,
  }[tail?.state as 'OCALLING' | 'STOPPED' | 'RUNNABLE']
  const reason = pick.once(6) || natural === undefined ? pick.of([0n, 1n, 2n, 3n, 1n << 32n]) : natural
  const pending = tail?.pending
  const asked = pending !== undefined && !pick.once(8) ? pending.ocall : BigInt(pick.below(14))
  const free = freeSlots(state).at(-1)?.pa ?? ARENA.pa
  const size = pending !== undefined && pending.arg1 <= 16n * PAGE_SIZE ? pending.arg1 : 4n * PAGE_SIZE
  let [result0, result1] = [free, size + PAGE_SIZE * BigInt(pick.below(2))]
  if (asked === ocall.OCALL_RETURN_RELAY_PAGE && pick.once(2)) [result0, result1] = [0n, 0n]
  if (pick.once(3)) result0 = hostileAddress(state, pick)
  if (pick.once(6)) result1 = hostileSize(pick)
  return plain({ call: 'resumeEnclave', eid, reason, ocall: asked, result0, result1 })
}

/** Entries of the host's tables that may change without the host losing its own code. */
function entryPlace(state: State, pick: Pick): bigint {
  const arena = PTE + 3n * PAGE_SIZE + BigInt(pick.below(1024)) * 8n
  const unused = PTE + PAGE_SIZE * BigInt(5 + pick.below(5)) + BigInt(pick.below(512)) * 8n
  const upper = TABLES.pa + PAGE_SIZE * BigInt(pick.of([0, 3, 5])) + BigInt(3 + pick.below(500)) * 8n
  return pick.of([arena, unused, unused, upper, arena + 4n, hostileAddress(state, pick)])
}

function entryValue(state: State, pick: Pick): bigint {
  const targets = [...freeSlots(state).map(({ pa }) => pa), TABLES.pa + 5n * PAGE_SIZE, PTE + 6n * PAGE_SIZE]
  const target = pick.once(3) ? pick.of(targets) : hostileAddress(state, pick)
  const flags = pick.of([0xcfn, 0xc7n, 0x01n, 0x05n, 0xcfn, 0x1n << 63n, 0xdfn])
  return pick.once(5) ? 0n : ((BigInt.asUintN(56, target) / PAGE_SIZE) << 10n) | flags
}

const writeTables: HostPlan = (state, pick) => {
  const batchPa = DESK.pa + PAGE_SIZE
  switch (pick.below(6)) {
    case 0:
    case 1:
      return plain({
        call: 'setPte',
        operation: setPte.SET_PTE_ONE,
        pa: entryPlace(state, pick),
        value: entryValue(state, pick),
        size: 0n,
      })
    case 2: {
      const size = pick.of([8n, 16n, 0n, 4n, PAGE_SIZE * 64n, (1n << 64n) - 8n])
      return plain({
        call: 'setPte',
        operation: setPte.PTE_MEMSET,
        pa: entryPlace(state, pick),
        value: pick.once(6) ? 1n : 0n,
        size,
      })
    }
    case 3: {
      const entries = [entryValue(state, pick), entryValue(state, pick)]
      const bytes = new Uint8Array(new BigUint64Array(entries).buffer)
      const value = pick.once(5) ? hostileAddress(state, pick) : batchPa
      const size = pick.once(5) ? hostileSize(pick) : 16n
      const pa = entryPlace(state, pick)
      return plain({ call: 'setPte', operation: setPte.PTE_MEMCPY, pa, value, size }, [{ pa: batchPa, bytes }])
    }
    default: {
      const isSet = pick.once(2)
      const operation = isSet ? setPte.SET_PTE_BATCH_SET : setPte.SET_PTE_BATCH_ZERO
      const entries = Array.from({ length: 1 + pick.below(3) }, () =>
        batchEntry.write({
          ptep_base: entryPlace(state, pick),
          value: isSet ? entryValue(state, pick) : pick.of([8n, 16n, 0n, 4n]),
        }),
      )
      const count = pick.once(3) ? hostileSize(pick) : BigInt(entries.length)
      const pa = pick.once(8) ? hostileAddress(state, pick) : batchPa
      const bytes = Uint8Array.from(entries.flatMap((entry) => [...entry]))
      return plain({ call: 'setPte', operation: pick.once(16) ? 6n : operation, pa, value: count, size: 0n }, [
        { pa: batchPa, bytes },
      ])
    }
  }
}

const report = (state: State, pick: Pick): bigint => (pick.once(2) ? hostileAddress(state, pick) : answers.report)
const freePages = (state: State): bigint => freeSlots(state)[0]?.pa ?? 0n
const eidOf = (state: State, pick: Pick): bigint => number(state.enclaves.keys(), pick)
const templateOf = (state: State, pick: Pick): bigint => number(state.templates.keys(), pick)

/** By name, with how often each is wanted. */
export const hostPlans = {
  createEnclave: [5, create('createEnclave')],
  createServer: [4, create('createServer')],
  createShadow: [2, create('createShadow')],
  run: [12, run],
  fork: [5, fork],
  resume: [16, resume],
  stop: [3, (state, pick) => plain({ call: 'stopEnclave', eid: eidOf(state, pick) })],
  destroy: [2, (state, pick) => plain({ call: 'destroyEnclave', eid: eidOf(state, pick) })],
  destroyServer: [1, (state, pick) => plain({ call: 'destroyServer', eid: eidOf(state, pick) })],
  destroyShadow: [1, (state, pick) => plain({ call: 'destroyShadow', eid: templateOf(state, pick) })],
  attest: [
    1,
    (state, pick) =>
      plain({ call: 'attestEnclave', eid: eidOf(state, pick), reportPa: report(state, pick), nonce: nonce(pick) }),
  ],
  attestShadow: [
    1,
    (state, pick) =>
      plain({ call: 'attestShadow', eid: templateOf(state, pick), reportPa: report(state, pick), nonce: nonce(pick) }),
  ],
  writeTables: [4, writeTables],
  mapPte: [
    1,
    (state, pick) =>
      plain({
        call: 'mapPte',
        pmdPa: entryPlace(state, pick),
        tablePa: pick.once(2) ? hostileAddress(state, pick) : PTE + 7n * PAGE_SIZE,
      }),
  ],
  memoryExtend: [
    1,
    (state, pick) =>
      pick.once(2)
        ? plain({ call: 'memoryExtend', pa: freePages(state), size: PAGE_SIZE * BigInt(1 + pick.below(4)) })
        : plain({ call: 'memoryExtend', pa: hostileAddress(state, pick), size: hostileSize(pick) }),
  ],
  schrodingerInit: [
    1,
    (state, pick) =>
      plain({
        call: 'schrodingerInit',
        pa: pick.once(2) ? hostileAddress(state, pick) : freePages(state),
        size: hostileSize(pick),
      }),
  ],
  space: [1, (_, pick) => ({ by: 'space', satp: pick.of(SPACES) })],
  setUpAgain: [
    1,
    (_, pick) =>
      plain(
        pick.once(2)
          ? { call: 'separateTables', pgdOrder: BigInt(pick.below(4)), pmdOrder: 1n }
          : {
              call: 'smInit',
              tables: TABLES.pa,
              tablesSize: TABLES.size,
              bitmap: RAM.pa,
              bitmapSize: PAGE_SIZE,
              flagPa: DESK.pa,
            },
      ),
  ],
  unknown: [
    1,
    (_, pick) =>
      plain(
        pick.once(3)
          ? { call: 'print', pa: 0n, size: 0n }
          : { call: 'unknown', number: pick.of([82n, 88n, 91n, 93n, 102n, 1n << 40n]), extension: 0x100100n },
      ),
  ],
} as const satisfies Record<string, readonly [number, HostPlan]>
