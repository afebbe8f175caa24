import { PAGE_SIZE } from '../../monitor/abi.ts'
import { right, rightsOf } from '../../monitor/spec/rights.ts'
import { type Owner, ownerAt, type State } from '../../monitor/spec/state.ts'
import type { PhysicalMemory } from '../../testbench/calls/memory.ts'
import type { Visit } from '../../testbench/witness/events.ts'

/** A page that an enclave has mapped for more than it may do with it. */
export interface ForeignMapping {
  readonly eid: number
  readonly va: bigint
  readonly pa: bigint
  readonly owner: Owner | undefined
}

/** What enclaves have mapped that is not theirs, after a visit that changed what is whose. */
export function* foreignMappings({ before, after, memory }: Visit): Generator<ForeignMapping> {
  const { state, roots } = after
  if (!isMoved(before.state, state)) return
  for (const [eid, root] of roots) {
    const rights = rightsOf(state, eid)
    for (const { va, pa, bits } of leaves(memory.after, root, state.ram)) {
      const page = Number((pa - state.ram.pa) / PAGE_SIZE)
      const needed = neededFor(bits)
      if ((rights[page] & needed) !== needed) yield { eid, va, pa, owner: ownerAt(state, pa) }
    }
  }
}

const isMoved = (before: State, { owners, relays, shares }: State): boolean =>
  owners !== before.owners || relays !== before.relays || shares !== before.shares

const [VALID, READ, WRITE, EXECUTE, USER] = [1, 2, 4, 8, 16]
const LEAF = READ | WRITE | EXECUTE

const neededFor = (bits: number): number =>
  (bits & READ ? right.read : 0) | (bits & WRITE ? right.write : 0) | (bits & EXECUTE ? right.execute : 0)

/** Pages of RAM that the tables map for U-mode. */
function* leaves(
  memory: PhysicalMemory,
  root: bigint,
  ram: State['ram'],
  level = 2n,
  start = 0n,
): Generator<{ va: bigint; pa: bigint; bits: number }> {
  const isRam = (pa: bigint): boolean => pa >= ram.pa && pa < ram.pa + ram.size
  if (!isRam(root)) return
  const { buffer, byteOffset } = memory.page(Number((root - ram.pa) / PAGE_SIZE))
  const words = new Uint32Array(buffer, byteOffset, 1024)
  const span = PAGE_SIZE << (9n * level)
  for (let index = 0; index < 512; index++) {
    const low = words[index * 2]
    if ((low & VALID) === 0) continue
    const target = (BigInt(words[index * 2 + 1] & 0x3f_ffff) * 2n ** 22n + BigInt(low >>> 10)) * PAGE_SIZE
    const va = start + BigInt(index) * span
    if ((low & LEAF) === 0) {
      if (level > 0n) yield* leaves(memory, target, ram, level - 1n, va)
      continue
    }
    if ((low & USER) === 0) continue
    for (let pa = target; pa < target + span && pa < ram.pa + ram.size; pa += PAGE_SIZE)
      if (isRam(pa)) yield { va: va + pa - target, pa, bits: low }
  }
}
