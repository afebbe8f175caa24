/** Virtual addresses at which an access says something about isolation. */

import { layout, PAGE_SIZE, SM_BASE, SM_SIZE } from '../../monitor/abi.ts'
import { type Enclave, pageNumbers, type Range, relaysOf, type State } from '../../monitor/spec/state.ts'
import { CLINT, PLIC, UART16550 } from '../../rtl-model/devices/memory-map.ts'
import { CODE_VA, DATA_VA, ENCLAVE_CODE, STACK_VA } from '../calls/agents.ts'
import { rootOf } from '../calls/compare.ts'
import { type PhysicalMemory, readWord, translate } from '../calls/memory.ts'
import { firstFreeSlot, givenAway, type Pick } from '../calls/pick.ts'
import { ANSWERS, ARENA, BITMAP, DESK, KBUFFER, MAPPED, POOL, PTE, RAM, SHM, SPACES, TABLES } from '../calls/places.ts'
import type { Position } from '../calls/play.ts'

export type Access = 'load' | 'store' | 'fetch'

/** Where the host builds page tables that no monitor has checked. */
export const FORGED = DESK.pa + 2n * PAGE_SIZE

export const HOST_ROOT = rootOf(SPACES[0])

/** An enclave's page tables as the host built them. */
export const firstRoot = ({ region }: { region: Range }): bigint => region.pa + PAGE_SIZE

/** Where the host, or the running enclave, reads, writes or jumps to. */
export function interestingAddress(position: Position, pick: Pick, access: Access): bigint {
  const { state } = position
  if (state.running === undefined) return hostAddress(position, pick)
  const enclave = state.enclaves.get(state.running)!
  // What faults ends an enclave, and all that it was to do.
  if (pick.once(160)) return BigInt.asUintN(64, strangeInEnclave(state, enclave, pick) + offset(pick))
  const wanted = pick.of([DATA_VA, ...enclavePages(state, enclave)])
  const place = translate(position.memory, position.root ?? firstRoot(enclave), wanted)
  const page = place === undefined || (access === 'store' && !place.writable) ? DATA_VA : wanted
  return page + BigInt(pick.below(Number(ENCLAVE_CODE.va - DATA_VA) / 8)) * 8n
}

/** Distance from the start of a page: aligned, or now and then misaligned or across its end. */
function offset(pick: Pick): bigint {
  return pick.once(8) ? pick.of([0xff8n, 0xffcn, 0xfffn, 0xffen, 1n, 3n, 4n]) : BigInt(pick.below(512)) * 8n
}

function hostAddress(position: Position, pick: Pick): bigint {
  const kind = pick.below(20)
  if (kind === 8 || kind === 9) return entryOf(position, pick)
  return BigInt.asUintN(64, hostPage(position.state, kind, pick) + offset(pick))
}

function hostPage(state: State, kind: number, pick: Pick): bigint {
  const given = givenAway(state)
  if (kind < 10 && given.length > 0) return pageOf(pick.of(given), pick)
  if (kind < 13) return pageOf(pick.of([POOL, BITMAP, TABLES, { pa: SM_BASE, size: SM_SIZE }]), pick)
  if (kind < 15) return ownPage(pick)
  // Where the next enclave comes to lie.
  if (kind < 17) return pageOf(firstFreeSlot(state) ?? ARENA, pick)
  return pick.of(kind < 18 ? DEVICES : STRANGE)
}

/** Pages near the start of a range are as likely as all others: there are the tables and the code of an image. */
function pageOf({ pa, size }: Range, pick: Pick): bigint {
  const pages = Number(size / PAGE_SIZE)
  return pa + PAGE_SIZE * BigInt(pick.below(pick.once(2) ? Math.min(pages, 9) : pages))
}

/** Memory of the host that nothing of the host's depends on. */
export function ownPage(pick: Pick): bigint {
  return pick.of([DESK.pa, ANSWERS.pa, KBUFFER.pa, SHM.pa, SHM.pa + PAGE_SIZE, FORGED])
}

const DEVICES = [
  ...[CLINT.base, CLINT.base + 0x4000n, CLINT.base + 0xb000n],
  ...[PLIC.base, PLIC.base + 0x2000n, PLIC.base + 0x20_0000n, UART16550.base],
]

const STRANGE = [
  ...[0n, CODE_VA, DATA_VA, STACK_VA, layout.ENCLAVE_DEFAULT_KBUFFER, SM_BASE, RAM.pa + RAM.size - PAGE_SIZE],
  // The ends of the two halves of Sv39, and what lies between them.
  ...[(1n << 38n) - PAGE_SIZE, 1n << 38n, 1n << 39n, (1n << 56n) + ARENA.pa, 1n << 63n],
  ...[(1n << 64n) - (1n << 38n), (1n << 64n) - PAGE_SIZE],
]

/** The page-table entry of a page that matters, of the host's tables (but not of its code) or of an enclave's. */
export function entryOf({ state, memory }: Position, pick: Pick): bigint {
  const enclaves = [...state.enclaves.values()]
  const va = pageOf(pick.of([...givenAway(state), ...MAPPED.slice(1)]), pick)
  if (enclaves.length === 0 || !pick.once(3)) return entryAddress(memory, HOST_ROOT, va) ?? PTE
  return entryAddress(memory, firstRoot(pick.of(enclaves)), pick.of([DATA_VA, CODE_VA, STACK_VA])) ?? PTE
}

/** Where the last entry of the walk for `va` lies; undefined where the walk ends before it. */
export function entryAddress(memory: PhysicalMemory, root: bigint, va: bigint): bigint | undefined {
  let table = root
  for (let level = 2n; level > 0n; level--) {
    const entry = readWord(memory, table + ((va >> (12n + 9n * level)) % 512n) * 8n) ?? 0n
    if ((entry & 0xfn) !== 1n) return undefined
    table = (BigInt.asUintN(54, entry) >> 10n) * PAGE_SIZE
  }
  return table + ((va >> 12n) % 512n) * 8n
}

/** Pages that the enclave may have mapped, as the specification has it. */
function enclavePages(state: State, enclave: Enclave): bigint[] {
  const shares = [...state.shares.values()].flatMap(({ attached }) => attached.get(enclave.eid) ?? [])
  const areas = [...enclave.mmaps, ...enclave.heap].flatMap(({ va, size }) =>
    [...pageNumbers({ pa: va, size: size - PAGE_SIZE })].map((page) => page * PAGE_SIZE),
  )
  return [
    ...[STACK_VA, CODE_VA, layout.ENCLAVE_DEFAULT_KBUFFER, layout.ENCLAVE_DEFAULT_SHM_BASE],
    ...areas,
    ...relaysOf(state, enclave.eid).flatMap(({ holder }) => holder?.va ?? []),
    ...shares,
  ]
}

/** Addresses of others, and those at which the enclave may once have had something. */
function strangeInEnclave(state: State, { region, mmaps }: Enclave, pick: Pick): bigint {
  const given = givenAway(state)
  return pick.of([
    DATA_VA + PAGE_SIZE,
    layout.ENCLAVE_DEFAULT_MMAP_BASE - PAGE_SIZE * BigInt(1 + pick.below(8)),
    layout.ENCLAVE_DEFAULT_HEAP_BASE,
    layout.ENCLAVE_DEFAULT_SEC_SHM_BASE - PAGE_SIZE * BigInt(1 + pick.below(4)),
    layout.ENCLAVE_DEFAULT_MM_ARG_BASE,
    ...mmaps.map(({ va, size }) => va + size - PAGE_SIZE),
    firstRoot({ region }),
    ...given.map(({ pa }) => pa),
    DESK.pa,
    TABLES.pa,
    ...DEVICES,
    ...STRANGE,
  ])
}
