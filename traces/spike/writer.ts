import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { type CommitEvent, type ExceptionEvent, type TraceEvent, traceEvent } from '../trace-event.ts'

/**
 * The text of a retirement in the commit log of Spike for RV64 (`--log-commits`, since 2024-08), with its line feed;
 * empty for what that log does not show. With `exceptions` traps are shown as with `-l`.
 * `csrName` gives a CSR's name by its number.
 */
export function spikeText(
  retirement: Retirement,
  csrName: (csr: number) => string,
  options: { exceptions?: boolean; hart?: number } = {},
): string {
  const event = traceEvent(retirement, csrName, options)
  return event === undefined ? '' : spikeEventText(event)
}

/**
 * The text of an event in the same form, with its line feed; floating-point registers have 64 bits.
 * @throws RangeError for vector registers, whose width an event does not know, and for an unknown privilege.
 */
export function spikeEventText(event: TraceEvent): string {
  switch (event.kind) {
    case 'commit':
      return commitText(event)
    case 'exception':
      return exceptionText(event)
    case 'disassembly':
      return `${prefix(event.hart)}${hex(event.pc, 16)} (${hex(event.instruction, 8)}) ${event.text}\n`
    case 'symbol':
      return `${prefix(event.hart)}>>>>  ${event.name}\n`
    case 'repeat':
      return `${prefix(event.hart)}Executed ${event.times} times\n`
    case 'note':
      return `${event.text}\n`
  }
}

function prefix(hart: number): string {
  return `core${String(hart).padStart(4)}: `
}

function hex(value: bigint | number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}

function commitText(event: CommitEvent): string {
  if (event.privilege === undefined) throw new RangeError('a commit line needs the privilege mode')
  const items = [
    ...event.registers.map(({ file, number, value }) => {
      if (file === 'v') throw new RangeError('the width of vector registers is not known')
      const name = String(number).padEnd(2)
      return { order: (number << 4) | 'xf'.indexOf(file), text: ` ${file}${name} ${hex(value, 16)}` }
    }),
    ...event.csrs.map(({ csr, name, value }) => {
      return { order: (csr << 4) | 4, text: ` c${csr}_${name} ${hex(value, 16)}` }
    }),
  ]
  items.sort((a, b) => a.order - b.order)
  const accesses = event.memory.map(({ kind, va, size, value }) => {
    if (kind === 'load') return ` mem ${hex(va, 16)}`
    if (size === undefined || value === undefined) throw new RangeError('a store needs its size and value')
    return ` mem ${hex(va, 16)} ${hex(value, size * 2)}`
  })
  const instruction = hex(event.instruction, event.length * 2)
  const start = `${prefix(event.hart)}${event.privilege} ${hex(event.pc, 16)} (${instruction})`
  return `${start}${items.map(({ text }) => text).join('')}${accesses.join('')}\n`
}

function exceptionText({ hart, name, epc, tval }: ExceptionEvent): string {
  const start = `${prefix(hart)}exception ${name}, epc ${hex(epc, 16)}\n`
  return tval === undefined ? start : `${start}${prefix(hart)}          tval ${hex(tval, 16)}\n`
}
