import { describe } from 'vitest'
import { directed, open, setCsr } from '../scene.ts'
import { counterGatesInverted } from './c01-counter-gates-inverted.ts'
import { countersNotGated } from './c01-counters-not-gated.ts'
import { tvmNotEnforced } from './t01a-tvm-not-enforced.ts'
import { trapsOfSupervisorAbsent } from './t01b-traps-of-supervisor-absent.ts'
import { lowBitOfEpcKept } from './t05-low-bit-of-epc-kept.ts'
import { supervisorCallsNotDelegable } from './t07-supervisor-calls-not-delegable.ts'

describe('a planted bug of CSRs shows in a program', () => {
  directed([
    {
      of: tvmNotEnforced,
      program: ' csrr a0, satp\n ecall',
      mode: 1,
      setup(core) {
        open(core)
        setCsr(core, 'mstatus', 1n << 20n)
      },
      honest: { cause: 2 },
      planted: { cause: 9 },
    },
    {
      of: tvmNotEnforced,
      program: ' sfence.vma\n ecall',
      mode: 1,
      setup(core) {
        open(core)
        setCsr(core, 'mstatus', 1n << 20n)
      },
      honest: { cause: 2 },
      planted: { cause: 9 },
    },
    {
      of: trapsOfSupervisorAbsent,
      program: ' li t0, 7 << 20\n csrs mstatus, t0\n csrr a0, mstatus\n and a0, a0, t0\n ecall',
      honest: { a0: 0x70_0000n },
      planted: { a0: 0n },
    },
    { of: lowBitOfEpcKept, program: ' csrwi mepc, 5\n csrr a0, mepc\n ecall', honest: { a0: 4n }, planted: { a0: 5n } },
    {
      of: supervisorCallsNotDelegable,
      program: ' li t0, 0x300\n csrw medeleg, t0\n csrr a0, medeleg\n ecall',
      honest: { a0: 0x300n },
      planted: { a0: 0x100n },
    },
    {
      of: countersNotGated,
      program: ' rdcycle a0\n ecall',
      mode: 1,
      setup: open,
      honest: { cause: 2 },
      planted: { cause: 9 },
    },
    {
      of: counterGatesInverted,
      program: ' rdcycle a0\n ecall',
      mode: 1,
      setup: open,
      honest: { cause: 2 },
      planted: { cause: 9 },
    },
    {
      of: counterGatesInverted,
      program: ' rdinstret a0\n ecall',
      mode: 1,
      setup(core) {
        open(core)
        setCsr(core, 'mcounteren', 7n)
      },
      honest: { cause: 9 },
      planted: { cause: 2 },
    },
  ])
})
