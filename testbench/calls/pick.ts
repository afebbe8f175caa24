/** Choices that a plan makes from its numbers, in order; the same numbers and the same position give the same choices. */

import { PAGE_SIZE } from '../../monitor/abi.ts'
import { canTake, type Range, type State } from '../../monitor/spec/state.ts'
import { ANSWERS, ARENA, BITMAP, DESK, KBUFFER, POOL, RAM, SHM, SLOTS, slot, TABLES } from './places.ts'

export class Pick {
  readonly #numbers: readonly number[]
  #next = 0

  /** Beyond its end `numbers` is zeros: the plain choices. */
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return (this.#numbers[this.#next++] ?? 0) % limit
  }

  /** True once in `times`; never for a plain choice. */
  once(times: number): boolean {
    return this.below(times) === times - 1
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]
  }
}

/** Pages of the arena that the host can give, the whole slot or parts of it. */
export function freeSlots(state: State): readonly Range[] {
  let free = knownFree.get(state)
  if (free === undefined) {
    free = slots.filter((range) => canTake(state, range))
    knownFree.set(state, free)
  }
  return free
}

const slots = Array.from({ length: SLOTS }, (_, index) => slot(index))
/** Plans ask again and again, and above all in the states that cases start from. */
const knownFree = new WeakMap<State, readonly Range[]>()

export function firstFreeSlot(state: State): Range | undefined {
  return freeSlots(state)[0]
}

/** Memory that the host gave away for enclaves, templates, relay regions and what enclaves share. */
export function givenAway({ enclaves, templates, relays, shares }: State): Range[] {
  return [
    ...[...enclaves.values()].flatMap(({ region, mmaps, heap }) => [region, ...mmaps, ...heap]),
    ...[...templates.values()].map(({ region }) => region),
    ...relays.values(),
    ...shares.values(),
  ]
}

/** Addresses that no careful monitor takes for memory of the host's. */
export function hostileAddress(state: State, pick: Pick): bigint {
  const ranges = givenAway(state)
  const [first] = freeSlots(state)
  return pick.of([
    0n,
    RAM.pa,
    RAM.pa + 0x1f_f000n,
    TABLES.pa,
    BITMAP.pa + 8n,
    POOL.pa,
    ...ranges.map(({ pa }) => pa),
    ...ranges.map(({ pa, size }) => pa + size - PAGE_SIZE),
    KBUFFER.pa,
    SHM.pa + PAGE_SIZE,
    (first?.pa ?? ARENA.pa) + 8n,
    (first?.pa ?? ARENA.pa) + PAGE_SIZE - 4n,
    RAM.pa + RAM.size - PAGE_SIZE,
    RAM.pa + RAM.size - 4n,
    RAM.pa + RAM.size,
    0x1000n,
    0x200_4000n,
    0x1000_0000n,
    1n,
    1n << 56n,
    (1n << 63n) - 1n,
    1n << 63n,
    (1n << 64n) - PAGE_SIZE,
    (1n << 64n) - 8n,
    (1n << 64n) - 1n,
  ])
}

/** Sizes that are too small, odd, too large, or that wrap around with an address. */
export function hostileSize(pick: Pick): bigint {
  return pick.of([
    0n,
    1n,
    8n,
    PAGE_SIZE - 1n,
    PAGE_SIZE,
    PAGE_SIZE + 1n,
    3n * PAGE_SIZE,
    ARENA.size,
    RAM.size,
    1n << 32n,
    1n << 63n,
    (1n << 64n) - 0x8100_0000n,
    (1n << 64n) - PAGE_SIZE,
    (1n << 64n) - 1n,
  ])
}

/** Where a struct for the monitor lies: on the desk, or in the hostile case where it should not. */
export function structPlace(state: State, pick: Pick): bigint {
  if (!pick.once(12)) return DESK.pa
  return pick.of([DESK.pa + PAGE_SIZE - 24n, DESK.pa + 3n, hostileAddress(state, pick), DESK.pa + DESK.size - 8n])
}

/** Where the host finds answers, one place for each kind. */
export const answers = {
  eid: ANSWERS.pa,
  ocall: ANSWERS.pa + 0x40n,
  arg0: ANSWERS.pa + 0x48n,
  arg1: ANSWERS.pa + 0x50n,
  syscall: ANSWERS.pa + 0x58n,
  retval: ANSWERS.pa + 0x60n,
  report: ANSWERS.pa + 0x100n,
} as const

/** What reports are asked for with: few, so that there is more than one report of the same nonce. */
export const nonce = (pick: Pick): bigint => (pick.once(8) ? 9n : 7n)

export const NAMES = ['alpha', 'beta', 'gamma', 'a-name-of-16-byt'] as const

/** Numbers for enclaves and templates: mostly of one that lives. */
export function number(alive: Iterable<number>, pick: Pick): bigint {
  const live = [...alive]
  if (live.length > 0 && !pick.once(6)) return BigInt(pick.of(live))
  return pick.of([0n, 1n, 2n, 3n, 7n, 99n, 0x7fff_ffffn, 0xffff_fffen, (1n << 64n) - 1n])
}
