import { expect, test } from 'vitest'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { parseLine } from './grammar.ts'
import { spikeEventText, spikeText } from './writer.ts'

test.each([
  'core   0: 3 0x0000000080000000 (0x00000297) x5  0x0000000080000000',
  'core   0: 3 0x0000000000001010 (0x00028067)',
  'core   0: 3 0x0000000080000008 (0x30529073) c773_mtvec 0x0000000080000070',
  'core  11: 0 0x0000000080000004 (0x4505) x10 0x0000000000000001',
  'core   0: 1 0x0000000080000044 (0x0002b023) mem 0x0000000080005a30 0x0000000000000000',
  'core   0: 3 0x0000000080000044 (0x00a28023) mem 0x0000000080005a30 0x05',
  'core   0: 3 0x000000000000100c (0x0182b283) x5  0x0000000080000000 mem 0x0000000000001018',
  'core   0: 0 0x0000000080000004 (0x00a5b52f) x10 0x0000000000001020 mem 0x0000000000000008 mem 0x0000000000000008 0x00000000000000ff',
  'core   0: 3 0x0000000080000008 (0x00301073) x1  0x0000000000000001 f1  0xffffffff3f800000 c1_fflags 0x0000000000000010 x2  0x0000000000000002 c768_mstatus 0x0000000000000600',
  'core   0: 0x000000008000004c (0xfe62ece3) bltu    t0, t1, pc - 8',
  'core   0: >>>>  _start',
  'core   0: Executed 12 times',
  'core   0: exception interrupt #7, epc 0x0000000080000010',
  '*** FAILED *** (tohost = 1337)',
])('reproduces %s', (text) => {
  const { event } = parseLine(text, 1)
  if (event.kind === 'tval') expect.fail()
  expect(spikeEventText(event)).toBe(`${text}\n`)
})

const csrName = (csr: number) => (csr === 0x300 ? 'mstatus' : 'mepc')

const retirement: Retirement = {
  order: 41n,
  cycle: 100n,
  pc: 0x80000000n,
  nextPc: 0x80000004n,
  instruction: 0x30529073,
  privilege: 3,
  rs1: 5,
  rs1Value: 0n,
  rs2: 0,
  rs2Value: 0n,
  rd: 0,
  rdValue: 0n,
  csrWrites: [],
  memory: [],
  walk: [],
}

test('a retirement prints as its commit line, CSRs after registers', () => {
  const csrWrites = [{ csr: 0x300, value: 0x600n }]
  expect(spikeText({ ...retirement, rd: 2, rdValue: 7n, csrWrites }, csrName)).toBe(
    'core   0: 3 0x0000000080000000 (0x30529073) x2  0x0000000000000007 c768_mstatus 0x0000000000000600\n',
  )
})

test('a trap prints nothing, and with exceptions what -l prints', () => {
  const fault = { ...retirement, trap: { interrupt: false, cause: 13, tval: 0x1000n } }
  const ecall = { ...retirement, trap: { interrupt: false, cause: 8, tval: 0n } }
  const timer = { ...retirement, trap: { interrupt: true, cause: 7, tval: 0n } }
  expect(spikeText(fault, csrName)).toBe('')
  expect(spikeText(fault, csrName, { exceptions: true, hart: 2 })).toBe(
    'core   2: exception trap_load_page_fault, epc 0x0000000080000000\ncore   2:           tval 0x0000000000001000\n',
  )
  expect(spikeText(ecall, csrName, { exceptions: true })).toBe(
    'core   0: exception trap_user_ecall, epc 0x0000000080000000\n',
  )
  expect(spikeText(timer, csrName, { exceptions: true })).toBe(
    'core   0: exception interrupt #7, epc 0x0000000080000000\n',
  )
})

test('what the text would need and the event does not have is an error', () => {
  const { event } = parseLine('core   0: 3 0x0000000080000000 (0x02058407) e8 m1 l4 v8  0x0102', 1)
  if (event.kind !== 'commit') expect.fail()
  expect(() => spikeEventText(event)).toThrow(RangeError)
  expect(() => spikeEventText({ ...event, registers: [], memory: [{ kind: 'store', va: 0n }] })).toThrow(RangeError)
  const { privilege: _, ...unknown } = event
  expect(() => spikeEventText({ ...unknown, registers: [] })).toThrow(RangeError)
})
