import { expect, test } from 'vitest'
import { assembleProgram } from './assembler/program.ts'
import { parseElf } from './elf/read.ts'
import { runProgram } from './run-program.ts'

/** Goes to S-mode under a page table with one page of 1 GiB, stores and loads there, and ends with an environment call. */
const source = `
  csrr t0, mhartid
  li   t0, -1
  csrw pmpaddr0, t0
  li   t0, 0x1f
  csrw pmpcfg0, t0
  la   t0, end
  csrw mtvec, t0
  la   t0, table
  srli t0, t0, 12
  li   t1, 8 << 60
  or   t0, t0, t1
  csrw satp, t0
  la   t0, supervisor
  csrw mepc, t0
  li   t0, 0x800
  csrs mstatus, t0
  mret
supervisor:
  la   t0, word
  sd   t0, 0(t0)
  ld   t1, 0(t0)
  ecall
  .balign 4
end:
  li   t0, 1
  la   t1, tohost
  sd   t0, 0(t1)
1: j   1b
  .data
  .balign 4096
table:
  .dword 0, 0, (0x80000000 >> 2) | 0xcf
  .balign 4096
word: .dword 0
tohost: .dword 0
fromhost: .dword 0
`

test.each(['wasm', 'reference'] as const)('traps, fills and walks are counted on the %s engine', async (engine) => {
  const elf = parseElf(assembleProgram(source, 'walks.S', 0x8000_0000n), 'walks.elf')
  const { exitCode, statistics } = await runProgram(elf, { engine, maxInstructions: 1000 })
  expect(exitCode).toBe(0)
  expect(statistics).toEqual({
    traps: { trap_supervisor_ecall: 1 },
    itlbFills: 1,
    dtlbFills: 1,
    walks: 2,
    // One line of the boot ROM, two of the program.
    icacheFills: 3,
  })
})
