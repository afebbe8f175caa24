import { describe } from 'vitest'
import { encode } from '../../../rtl-model/isa/decode.ts'
import { DATA, directed, NO_TRAP, open, region, setCsr } from '../scene.ts'
import { ghostStore, ghostWrite } from './m08-ghost-write.ts'
import { halt, haltAndCatchFire } from './m09-halt-and-catch-fire.ts'

/** Of the CLINT. */
const MTIMECMP = 0x200_4000n

describe('a planted bug of decoding shows in a program', () => {
  directed([
    {
      of: ghostWrite,
      program: ` li t0, 0x5a\n .word ${encode(ghostStore, { rs1: 8, rs2: 5 })}\n ecall`,
      mode: 0,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        open(core)
      },
      see: (core) => ({ cause: core.csr.get('mcause'), byte: core.bus.load(DATA, 1) }),
      honest: { cause: 2n, byte: 0n },
      planted: { cause: 8n, byte: 0x5an },
    },
    // A timer interrupt is due after some steps.
    {
      of: haltAndCatchFire,
      program: ` .word ${encode(halt, {})}\n ecall`,
      mode: 0,
      steps: 3000,
      setup(core) {
        open(core)
        core.bus.store(MTIMECMP, 8, 10n)
        setCsr(core, 'mie', 1n << 7n)
      },
      honest: { cause: 2 },
      planted: { cause: NO_TRAP },
    },
  ])
})
