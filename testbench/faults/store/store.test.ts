import { describe } from 'vitest'
import { directed, open, setCsr } from '../scene.ts'
import { handlerStoreNotForwarded } from './s02-handler-store-not-forwarded.ts'
import { misalignedStoreNotForwarded } from './s03-misaligned-store-not-forwarded.ts'

describe('a planted bug of store forwarding shows in a program', () => {
  directed([
    {
      of: handlerStoreNotForwarded,
      program: `
  la t0, below
  csrw mepc, t0
  li t1, 7
  sd t1, 0(s0)
  mret
  .balign 4
below: ld a0, 0(s0)
  ecall`,
      setup(core) {
        open(core)
        setCsr(core, 'mstatus', 1n << 11n)
      },
      honest: { a0: 7n },
      planted: { a0: 0n },
    },
    {
      of: misalignedStoreNotForwarded,
      program: ' li t1, -1\n sw t1, 2(s0)\n ld a0, 0(s0)\n ecall',
      honest: { a0: 0xffff_ffff_0000n },
      planted: { a0: 0n },
    },
  ])
})
