import { describe } from 'vitest'
import { directed, FAR, leaf, map, RAM, region, TABLES, translated } from '../scene.ts'
import { walkAsksAsTheAccess } from './p08-walk-asks-as-the-access.ts'
import { refusedEntryIsRead } from './p10-refused-entry-is-read.ts'
import { walkUnchecked } from './p38-walk-unchecked.ts'
import { misalignedSuperpage } from './v01-misaligned-superpage.ts'
import { pointerWithLeafBits } from './v03-pointer-with-leaf-bits.ts'
import { bit63Accepted } from './v04-bit-63-accepted.ts'

const load = ' ld a0, 0(s1)\n ecall'

describe('a planted bug of the page-table walker shows in a program', () => {
  directed([
    {
      of: walkAsksAsTheAccess,
      program: ' sd zero, 0(s0)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        region(core, 0, 'napot', TABLES, 0x8000, 'rx')
      },
      honest: { cause: 9 },
      planted: { cause: 7 },
    },
    {
      // M times a load of the entry that PMP refused to the walker just before.
      of: refusedEntryIsRead,
      program: `
        la t0, refused
        csrw mtvec, t0
        csrs mstatus, s2
        ld a0, 0(s1)
        .balign 4
refused: csrc mstatus, s2
        rdcycle t0
        ld t1, 0(s3)
        add t1, t1, t1
        rdcycle a0
        sub a0, a0, t0
        sltiu a0, a0, 20
stop:   j stop`,
      setup(core) {
        translated(core)
        const entry = map(core, FAR, RAM, leaf.rw)
        region(core, 0, 'napot', entry & ~0xfffn, 4096, '')
        core.hart.x[18] = (1n << 17n) | (1n << 11n)
        core.hart.x[19] = entry
      },
      honest: { a0: 0n },
      planted: { a0: 1n },
    },
    {
      of: walkUnchecked,
      program: load,
      mode: 1,
      setup(core) {
        translated(core)
        const entry = map(core, FAR, RAM, leaf.rw)
        region(core, 0, 'napot', entry & ~0xfffn, 4096, '')
      },
      honest: { cause: 5 },
      planted: { cause: 9 },
    },
    {
      of: misalignedSuperpage,
      program: load,
      mode: 1,
      setup(core) {
        translated(core)
        map(core, FAR, RAM + 0x1000n, leaf.rw, 1)
      },
      honest: { cause: 13 },
      planted: { cause: 9 },
    },
    {
      of: pointerWithLeafBits,
      program: load,
      mode: 1,
      setup(core) {
        translated(core)
        map(core, FAR, RAM, leaf.rw)
        const root = TABLES + 8n * (FAR >> 30n)
        core.bus.store(root, 8, core.bus.load(root, 8)! | 0x80n)
      },
      honest: { cause: 13 },
      planted: { cause: 9 },
    },
    {
      of: bit63Accepted,
      program: load,
      mode: 1,
      setup(core) {
        translated(core)
        const entry = map(core, FAR, RAM, leaf.rw)
        core.bus.store(entry, 8, core.bus.load(entry, 8)! | (1n << 63n))
      },
      honest: { cause: 13 },
      planted: { cause: 9 },
    },
  ])
})
