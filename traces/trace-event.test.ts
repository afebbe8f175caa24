import { expect, test } from 'vitest'
import type { Retirement } from '../rtl-model/core/retirement.ts'
import { traceEvent } from './trace-event.ts'

const retirement: Retirement = {
  order: 9n,
  cycle: 0n,
  pc: 0x80000000n,
  nextPc: 0x80000002n,
  instruction: 0x4505,
  privilege: 1,
  rs1: 0,
  rs1Value: 0n,
  rs2: 0,
  rs2Value: 0n,
  rd: 10,
  rdValue: 1n,
  csrWrites: [{ csr: 0x180, value: 5n }],
  memory: [{ kind: 'load', va: 0x1000n, pa: 0x80001000n, size: 8, value: 1n }],
  walk: [],
}
const csrName = (csr: number) => (csr === 0x180 ? 'satp' : 'other')

test('a retired instruction becomes a commit with all that the record knows', () => {
  expect(traceEvent(retirement, csrName)).toEqual({
    kind: 'commit',
    line: 10,
    hart: 0,
    privilege: 1,
    pc: 0x80000000n,
    instruction: 0x4505,
    length: 2,
    registers: [{ file: 'x', number: 10, value: 1n }],
    csrs: [{ csr: 0x180, name: 'satp', value: 5n }],
    memory: [{ kind: 'load', va: 0x1000n, size: 8, value: 1n }],
  })
})

test('x0 is never a written register, and 32-bit instructions have four bytes', () => {
  expect(traceEvent({ ...retirement, instruction: 0x13, rd: 0, rdValue: 0n }, csrName)).toMatchObject({
    registers: [],
    length: 4,
  })
})

test.each([
  ['trap_instruction_page_fault', { cause: 12, interrupt: false, tval: 0n }, 0n],
  ['trap_illegal_instruction', { cause: 2, interrupt: false, tval: 3n }, 3n],
  ['trap_machine_ecall', { cause: 11, interrupt: false, tval: 0n }, undefined],
  ['trap #24', { cause: 24, interrupt: false, tval: 0n }, undefined],
  ['interrupt #5', { cause: 5, interrupt: true, tval: 0n }, undefined],
])('%s is shown on request only, with the value that Spike prints', (name, trap, tval) => {
  expect(traceEvent({ ...retirement, trap }, csrName)).toBeUndefined()
  const event = traceEvent({ ...retirement, trap }, csrName, { exceptions: true })
  expect(event).toMatchObject({
    kind: 'exception',
    name,
    cause: trap.cause,
    interrupt: trap.interrupt,
    epc: retirement.pc,
  })
  expect(event?.kind === 'exception' && event.tval).toBe(tval)
})
