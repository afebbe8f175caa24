import { describe } from 'vitest'
import type { Core } from '../../../rtl-model/core/core.ts'
import { DATA, directed, open, region } from '../scene.ts'
import { refusedLoadForwards } from './m01-refused-load-forwards.ts'
import { deniedLoadFillsCache } from './m03-denied-load-fills-cache.ts'

const SECRET = 5n
const PROBE = DATA + 0x2000n

/** Runs `attack` with loads as those of S until it traps; a0 is whether the line at `probed` is in the data cache then. */
function timedAfter(attack: string, probed: string): string {
  return `
  la t0, refused
  csrw mtvec, t0
  li t0, 0x20800
  csrs mstatus, t0
${attack}
  .balign 4
refused: li t0, 0x20000
  csrc mstatus, t0
  rdcycle t0
  ld t1, 0(${probed})
  add t1, t1, t1
  rdcycle a0
  sub a0, a0, t0
  sltiu a0, a0, 20
stop: j stop`
}

/** A secret that S may not read, and lines to load by it: s2 is the first, s3 that of the secret. */
function denied(core: Core): void {
  region(core, 0, 'napot', DATA, 4096, '')
  open(core)
  core.bus.store(DATA, 1, SECRET)
  core.hart.x[18] = PROBE
  core.hart.x[19] = PROBE + 64n * SECRET
}

describe('a planted bug of speculation shows in the time of a program', () => {
  directed([
    {
      of: deniedLoadFillsCache,
      program: timedAfter('  lbu t1, 0(s0)', 's0'),
      setup: denied,
      honest: { a0: 0n },
      planted: { a0: 1n },
    },
    {
      of: refusedLoadForwards,
      program: timedAfter('  lbu t1, 0(s0)\n  slli t1, t1, 6\n  add t1, t1, s2\n  ld t2, 0(t1)', 's3'),
      setup: denied,
      honest: { a0: 0n },
      planted: { a0: 1n },
    },
    {
      of: refusedLoadForwards,
      program: timedAfter('  lbu t1, 0(s0)\n  slli t1, t1, 6\n  add t1, t1, s2\n  ld t2, 0(t1)', 's2'),
      setup: denied,
      honest: { a0: 0n },
      planted: { a0: 0n },
    },
  ])
})
