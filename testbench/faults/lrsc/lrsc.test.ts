import { describe } from 'vitest'
import { DATA, directed, open, region } from '../scene.ts'
import { failingScKeepsReservation } from './l01-failing-sc-keeps-reservation.ts'
import { scAlwaysFails } from './l03-sc-always-fails.ts'
import { scWithoutReservationUnchecked } from './p49-sc-without-reservation-unchecked.ts'

describe('a planted bug of LR and SC shows in a program', () => {
  directed([
    {
      of: failingScKeepsReservation,
      program: ' addi t1, s0, 0x100\n lr.w t0, (s0)\n sc.w t2, zero, (t1)\n sc.w a0, zero, (s0)\n ecall',
      honest: { a0: 1n },
      planted: { a0: 0n },
    },
    {
      of: scAlwaysFails,
      program: ' lr.d t0, (s0)\n sc.d a0, zero, (s0)\n ecall',
      honest: { a0: 0n },
      planted: { a0: 1n },
    },
    {
      of: scWithoutReservationUnchecked,
      program: ' sc.w a0, zero, (s0)\n ecall',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        open(core)
      },
      honest: { cause: 7 },
      planted: { cause: 9, a0: 1n },
    },
  ])
})
