import { describe } from 'vitest'
import { DATA, directed } from '../scene.ts'
import { fetchResumesBeforeFlush } from './f01-fetch-resumes-before-flush.ts'
import { instructionFenceDoesNothing } from './f02-instruction-fence-does-nothing.ts'

describe('a planted bug of fences shows in a program', () => {
  directed([
    // Runs `li a0, 1; ret` at DATA, makes it `li a0, 2; ret`, and runs it again.
    {
      of: instructionFenceDoesNothing,
      program: ' jalr s0\n li t0, 0x00200513\n sw t0, 0(s0)\n fence.i\n jalr s0\n ecall',
      setup(core) {
        core.bus.store(DATA, 8, 0x0000_8067_0010_0513n)
      },
      honest: { a0: 2n },
      planted: { a0: 1n },
    },
    // What is written is in the line behind the fence, which has been cached.
    {
      of: fetchResumesBeforeFlush,
      program: `
  la t1, written
  li t0, 0x00200513
  .balign 64
  sw t0, 0(t1)
  fence.i
written: .word 0x00100513
  ecall`,
      honest: { a0: 2n },
      planted: { a0: 1n },
    },
  ])
})
