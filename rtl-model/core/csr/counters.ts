import type { Privilege } from '../retirement.ts'
import { csrAddress } from './addresses.ts'
import { bits } from './causes.ts'
import type { EventCounter } from './event-counters.ts'
import type { CsrRegisters } from './registers.ts'
import { type CsrRow, constant, row } from './row.ts'

/** Bits of `mcounteren`, `scounteren` and `mcountinhibit`. */
const CY = 0
const TM = 1
const IR = 2

/**
 * Counters (privileged specification, 3.1.10 to 3.1.12, 4.1.5; Zicntr). The hart's counts never stop; `mcycle` and
 * `minstret` are that count plus a word, or the word alone while `mcountinhibit` stops them.
 *
 * @param time value of `mtime`
 * @param eventCounters those that count; their bits can be written, and S and U have views of them
 */
export function counterRows(
  registers: CsrRegisters,
  time: () => bigint,
  eventCounters: readonly EventCounter[],
): CsrRow[] {
  const counters: FixedCounter[] = [
    { name: 'mcycle', bit: CY, count: () => registers.hart.clock },
    { name: 'minstret', bit: IR, count: () => registers.hart.retired },
  ]
  const enabled = bits(CY, TM, IR, ...eventCounters.map(({ bit }) => bit))
  const [mcycle, minstret] = counters.map((counter) => machineCounter(registers, counter))
  return [
    mcycle,
    minstret,
    shadow(registers, csrAddress.cycle, 'cycle', CY, mcycle.read),
    shadow(registers, csrAddress.time, 'time', TM, time),
    shadow(registers, csrAddress.instret, 'instret', IR, minstret.read),
    ...eventCounters.map(({ csr, name, bit, read }) => shadow(registers, csr, name, bit, read)),
    enable(registers, 'mcounteren', enabled),
    enable(registers, 'scounteren', enabled),
    mcountinhibit(registers, [...counters.map((counter) => stoppable(registers, counter)), ...eventCounters]),
  ]
}

interface FixedCounter {
  name: 'mcycle' | 'minstret'
  /** Its bit in `mcountinhibit`. */
  bit: number
  /** The hart's count before the current instruction. */
  count(): bigint
}

function machineCounter(registers: CsrRegisters, { name, bit, count }: FixedCounter): CsrRow {
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

/** What `mcountinhibit` does to a counter. */
interface Stoppable {
  bit: number
  stop(): void
  start(): void
}

function stoppable(registers: CsrRegisters, { name, bit, count }: FixedCounter): Stoppable {
  return {
    bit,
    stop: () => registers.set(name, registers.get(name) + count()),
    start: () => registers.set(name, registers.get(name) - count()),
  }
}

function mcountinhibit(registers: CsrRegisters, counters: readonly Stoppable[]): CsrRow {
  const mask = bits(...counters.map(({ bit }) => bit))
  return row(
    'mcountinhibit',
    'the bits of counters that count, but TM, are written; else 0',
    () => registers.get('mcountinhibit'),
    (value) => {
      const changed = (registers.get('mcountinhibit') ^ value) & mask
      for (const counter of counters) {
        if ((changed & bits(counter.bit)) === 0n) continue
        if ((value & bits(counter.bit)) !== 0n) counter.stop()
        else counter.start()
      }
      registers.set('mcountinhibit', value & mask)
    },
  )
}

/** The read-only view of a counter below M-mode. */
function shadow(registers: CsrRegisters, csr: number, name: string, bit: number, read: () => bigint): CsrRow {
  return {
    ...constant(csr, name, 0n),
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

function enable(registers: CsrRegisters, name: 'mcounteren' | 'scounteren', mask: bigint): CsrRow {
  return row(
    name,
    'the bits of counters that count are written; else 0',
    () => registers.get(name),
    (value) => registers.set(name, value & mask),
  )
}
