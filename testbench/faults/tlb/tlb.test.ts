import { describe } from 'vitest'
import { directed, FAR, leaf, map, RAM, translated } from '../scene.ts'
import { fenceMissesSuperpages } from './v10-fence-misses-superpages.ts'

describe('a planted bug of a TLB shows in a program', () => {
  directed([
    // A superpage is used, taken out of its table, and fenced by an address that is not its first.
    {
      of: fenceMissesSuperpages,
      program:
        ' li t0, 0x5000\n add s1, s1, t0\n ld t1, 0(s1)\n sd zero, 0(s2)\n sfence.vma s1, zero\n ld t1, 0(s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        const entry = map(core, FAR, RAM, leaf.rw, 1)
        map(core, entry & ~0xfffn, entry & ~0xfffn, leaf.rw)
        core.hart.x[18] = entry
      },
      honest: { cause: 13 },
      planted: { cause: 9 },
    },
  ])
})
