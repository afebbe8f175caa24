import { describe } from 'vitest'
import { DATA, directed, FAR, leaf, map, NO_TRAP, open, region, setCsr, translated } from '../scene.ts'
import { refusedLoadHangs } from './p07-refused-load-hangs.ts'
import { refusedMprvAccessHangs } from './p37-refused-mprv-access-hangs.ts'
import { amoIsLoadPageFault } from './v17-amo-is-load-page-fault.ts'

describe('a planted bug of loads and stores shows in a program', () => {
  directed([
    {
      of: refusedLoadHangs,
      program: ' ld a0, 0(s0)\n ecall',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        open(core)
      },
      honest: { cause: 5 },
      planted: { cause: NO_TRAP },
    },
    {
      of: refusedMprvAccessHangs,
      program: ' sd a0, 0(s0)\n ecall',
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        open(core)
        setCsr(core, 'mstatus', (1n << 17n) | (1n << 11n))
      },
      honest: { cause: 7 },
      planted: { cause: NO_TRAP },
    },
    {
      of: amoIsLoadPageFault,
      program: ' amoadd.w a0, a0, (s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        map(core, FAR, DATA, leaf.r)
      },
      honest: { cause: 15 },
      planted: { cause: 13 },
    },
  ])
})
