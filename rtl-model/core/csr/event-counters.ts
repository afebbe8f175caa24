import type { RegionAllocator } from '../state.ts'
import { csrFamily } from './addresses.ts'
import { bits } from './causes.ts'
import type { CsrRegisters } from './registers.ts'
import { type CsrRow, constant } from './row.ts'

const FIRST = 3
const LAST = 31
const COUNT = LAST - FIRST + 1

/** What the event counters can count: 0 is nothing, then the events in order. */
export interface CountedEvents {
  readonly number: number
  /** How often the event, from 1 on, has happened. */
  count(event: number): bigint
}

/** An event counter as S and U see it (`hpmcounter3` to `31`), and as `mcountinhibit` stops it. */
export interface EventCounter {
  csr: number
  name: string
  /** Its bit in `mcounteren`, `scounteren` and `mcountinhibit`. */
  bit: number
  read(): bigint
  stop(): void
  start(): void
}

/**
 * `mhpmcounter3` to `31`, which count what `mhpmevent3` to `31` say (privileged specification, 3.1.11), and are stopped by
 * `mcountinhibit` (3.1.12). Without events they are 0, and there are none below M-mode.
 */
export function eventCounters(
  registers: CsrRegisters,
  allocator: RegionAllocator,
  events: CountedEvents | undefined,
): { rows: CsrRow[]; counters: EventCounter[] } {
  const rows: CsrRow[] = []
  const counters: EventCounter[] = []
  // The event of each counter, then what each is ahead of its event's count, or where it stands while it is stopped.
  const words = events && allocator.allocate(2 * COUNT * 8).u64
  for (let index = 0; index < COUNT; index++) {
    const number = FIRST + index
    const csr = csrFamily.mhpmcounter3 + index
    const name = `mhpmcounter${number}`
    const event = csrFamily.mhpmevent3 + index
    const eventName = `mhpmevent${number}`
    if (events === undefined || words === undefined) {
      rows.push(constant(csr, name, 0n))
      rows.push({ ...constant(event, eventName, 0n), write: () => [{ csr: event, value: 0n }] })
      continue
    }
    const stopped = () => (registers.get('mcountinhibit') & bits(number)) !== 0n
    const count = () => (words[index] === 0n ? 0n : events.count(Number(words[index])))
    const counted = () => (stopped() ? 0n : count())
    const move = (by: bigint) => {
      words[COUNT + index] = BigInt.asUintN(64, words[COUNT + index] + by)
    }
    const read = () => BigInt.asUintN(64, counted() + words[COUNT + index])
    rows.push({
      csr,
      name,
      warl: 'any value',
      read,
      write(value) {
        move(value - read())
        return [{ csr, value }]
      },
    })
    rows.push({
      csr: event,
      name: eventName,
      warl: `0 to ${events.number}; else 0`,
      read: () => words[index],
      write(value) {
        const before = counted()
        words[index] = value <= BigInt(events.number) ? value : 0n
        move(before - counted())
        return [{ csr: event, value: words[index] }]
      },
    })
    const view = { csr: csrFamily.hpmcounter3 + index, name: `hpmcounter${number}`, bit: number, read }
    counters.push({ ...view, stop: () => move(count()), start: () => move(-count()) })
  }
  return { rows, counters }
}
