import { expect, test } from 'vitest'
import { type Generation, generationOf } from './generation.ts'
import { parseLine } from './grammar.ts'

function generation(...lines: string[]): Generation {
  return generationOf(lines.reduce((seen, line) => seen | parseLine(line, 1).evidence, 0))
}

const pc = '0x0000000080000000'
const value = '0x0000000000000001'

test.each([
  [[`3 ${pc} (0x00b50023) x 5 ${value}`], 'Spike before 2019-09-18, or a tracer in its form (CVA6)'],
  [[`3 ${pc} (0x00000297) x10 ${value}`], 'Spike before 2020-09-29, or a tracer in its form (CVA6)'],
  [[`3 ${pc} (0x00053503) x 5 ${value}`, `3 ${pc} (0x00b50023) mem ${pc} 0x1`], 'Spike from 2019-09-18 to 2019-12-16'],
  [
    [`3 ${pc} (0x00053503) x 5 ${value} mem ${pc}`],
    'Spike from 2019-12-16 to 2020-09-29, or a tracer in its form (CVA6)',
  ],
  [[`3 ${pc} (0x02058407) e8 m1 v 8 0x01`], 'Spike from 2019-12-19 to 2020-03-03'],
  [[`3 ${pc} (0x02058407) e8 m1 l4 v 8 0x01`], 'Spike from 2020-03-03 to 2020-09-29'],
  [[`3 ${pc} (0x30529073) c773_mtvec ${value}`], 'Spike from 2020-07-01 to 2020-09-29'],
  [[`core   0: 3 ${pc} (0x00000297) x 5 ${value}`], 'Spike from 2020-09-29 to 2022-05-04'],
  [[`core   0: 3 ${pc} (0x00000297) x5  ${value}`], 'Spike 2022-05-04 or later'],
  [[`core   0: 3 ${pc} (0x00b50023) mem ${pc} 0x01`], 'Spike 2022-10-21 or later'],
  [[`core   0: 3 ${pc} (0x00000297) c1_fflags ${value} x5  ${value}`], 'Spike 2022-05-04 or later (ordered)'],
  [[`core   0: 3 ${pc} (0x00000297) x5  ${value} c1_fflags ${value}`], 'Spike from 2022-05-04 to 2024-08-09'],
  [[`core   0: ${pc} (0x00000297) DASM(00000297)`, `3 ${pc} (0x00000297) x 5 ${value}`], 'CVA6 tracer'],
  [
    ['core   0: >>>>  main', 'core   0:           badaddr 0x00000000'],
    'in part since 2020-09-30, in part before 2017-11-27',
  ],
])('%j', (lines, name) => {
  expect(generation(...lines).name).toContain(name)
})

test('says what it concludes from, and whether the log is of -l as well', () => {
  const lines = [`core   0: ${pc} (0x00000297) auipc   t0, 0x0`, `core   0: 3 ${pc} (0x00000297) x5  ${value}`]
  expect(generation(...lines)).toEqual({
    name: 'Spike 2022-05-04 or later',
    since: '2022-05-04',
    disassembly: true,
    exceptions: false,
    evidence: ['commit lines with "core   0: "', 'padding "x5 "'],
  })
  expect(generation(`core   0: exception trap_user_ecall, epc ${pc}`)).toMatchObject({
    exceptions: true,
    name: 'Spike',
  })
})
