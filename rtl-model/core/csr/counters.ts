import type { Privilege } from '../retirement.ts'
import type { RegionAllocator } from '../state.ts'
import { type CsrName, csrAddress, csrFamily } from './addresses.ts'
import { bits } from './causes.ts'
import type { CsrRegisters } from './registers.ts'
import { type CsrRow, constant, row } from './row.ts'

/** Bits of `mcounteren`, `scounteren` and `mcountinhibit`. */
const CY = 0
const TM = 1
const IR = 2

const FIRST_EVENT_COUNTER = 3
const LAST_EVENT_COUNTER = 31

/**
 * Counters (privileged specification, 3.1.10 to 3.1.12, 4.1.5; Zicntr). The hart's counts never stop; `mcycle` and
 * `minstret` are that count plus a word, or the word alone while `mcountinhibit` stops them.
 *
 * @param time value of `mtime`
 */
export function counterRows(registers: CsrRegisters, time: () => bigint): CsrRow[] {
  const counters: Counter[] = [
    { name: 'mcycle', bit: CY, count: () => registers.hart.clock },
    { name: 'minstret', bit: IR, count: () => registers.hart.retired },
  ]
  const [mcycle, minstret] = counters.map((counter) => machineCounter(registers, counter))
  return [
    mcycle,
    minstret,
    shadow(registers, 'cycle', CY, mcycle.read),
    shadow(registers, 'time', TM, time),
    shadow(registers, 'instret', IR, minstret.read),
    enable(registers, 'mcounteren'),
    enable(registers, 'scounteren'),
    mcountinhibit(registers, counters),
  ]
}

interface Counter {
  name: 'mcycle' | 'minstret'
  /** Its bit in `mcountinhibit`. */
  bit: number
  /** The hart's count before the current instruction. */
  count(): bigint
}

function machineCounter(registers: CsrRegisters, { name, bit, count }: Counter): CsrRow {
  const csr = csrAddress[name]
  const stopped = () => (registers.get('mcountinhibit') & bits(bit)) !== 0n
  return {
    csr,
    name,
    warl: 'any value',
    read: () => (stopped() ? registers.get(name) : BigInt.asUintN(64, count() + registers.get(name))),
    write(value) {
      // The written value is what the next instruction reads, before which the hart will have counted this one.
      registers.set(name, stopped() ? value : value - (count() + 1n))
      return [{ csr, value }]
    },
  }
}

function mcountinhibit(registers: CsrRegisters, counters: Counter[]): CsrRow {
  const mask = bits(CY, IR)
  return row(
    'mcountinhibit',
    'CY and IR are written; else 0',
    () => registers.get('mcountinhibit'),
    (value) => {
      const before = registers.get('mcountinhibit')
      for (const { name, bit, count } of counters) {
        const was = (before & bits(bit)) !== 0n
        const stops = (value & bits(bit)) !== 0n
        if (stops && !was) registers.set(name, registers.get(name) + count())
        if (was && !stops) registers.set(name, registers.get(name) - count())
      }
      registers.set('mcountinhibit', value & mask)
    },
  )
}

/** The read-only view of a counter below M-mode. */
function shadow(registers: CsrRegisters, name: CsrName, bit: number, read: () => bigint): CsrRow {
  return {
    ...constant(csrAddress[name], name, 0n),
    warl: 'read-only',
    read,
    accessible: (privilege) => counterEnabled(registers, bit, privilege),
  }
}

/** Whether `privilege` may read the counter of a bit: `mcounteren` guards S and U, `scounteren` U as well (3.1.11). */
function counterEnabled(registers: CsrRegisters, bit: number, privilege: Privilege): boolean {
  if (privilege < 3 && (registers.get('mcounteren') & bits(bit)) === 0n) return false
  return privilege > 0 || (registers.get('scounteren') & bits(bit)) !== 0n
}

function enable(registers: CsrRegisters, name: 'mcounteren' | 'scounteren'): CsrRow {
  return row(
    name,
    'CY, TM and IR are written; else 0',
    () => registers.get(name),
    (value) => registers.set(name, value & bits(CY, TM, IR)),
  )
}

/** What the event counters can count: 0 is nothing, then the events in order. */
export interface CountedEvents {
  readonly number: number
  /** How often the event, from 1 on, has happened. */
  count(event: number): bigint
}

/** `mhpmcounter3` to `31`, which count what `mhpmevent3` to `31` say (3.1.11). Without events they are 0. */
export function eventCounterRows(allocator: RegionAllocator, events: CountedEvents | undefined): CsrRow[] {
  const rows: CsrRow[] = []
  const count = LAST_EVENT_COUNTER - FIRST_EVENT_COUNTER + 1
  // The event of each counter, then what each is ahead of its event's count.
  const words = events && allocator.allocate(2 * count * 8).u64
  for (let index = 0; index < count; index++) {
    const name = `mhpmcounter${FIRST_EVENT_COUNTER + index}`
    const eventName = `mhpmevent${FIRST_EVENT_COUNTER + index}`
    const csr = csrFamily.mhpmcounter3 + index
    const event = csrFamily.mhpmevent3 + index
    if (events === undefined || words === undefined) {
      rows.push(constant(csr, name, 0n))
      rows.push({ ...constant(event, eventName, 0n), write: () => [{ csr: event, value: 0n }] })
      continue
    }
    const counted = () => (words[index] === 0n ? 0n : events.count(Number(words[index])))
    const read = () => BigInt.asUintN(64, counted() + words[count + index])
    const set = (value: bigint) => {
      words[count + index] = BigInt.asUintN(64, value - counted())
    }
    rows.push({
      csr,
      name,
      warl: 'any value',
      read,
      write(value) {
        set(value)
        return [{ csr, value }]
      },
    })
    rows.push({
      csr: event,
      name: eventName,
      warl: `0 to ${events.number}; else 0`,
      read: () => words[index],
      write(value) {
        const before = read()
        words[index] = value <= BigInt(events.number) ? value : 0n
        set(before)
        return [{ csr: event, value: words[index] }]
      },
    })
  }
  return rows
}
