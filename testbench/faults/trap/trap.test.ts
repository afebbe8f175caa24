import { describe } from 'vitest'
import {
  DATA,
  directed,
  ECALL,
  HANDLER,
  JUMP_TO_ITSELF,
  leaf,
  map,
  open,
  region,
  setCsr,
  translated,
} from '../scene.ts'
import { loadFaultNamesLine } from './m10-load-fault-names-line.ts'
import { fetchDenialIsLoadFault } from './p51-fetch-denial-is-load-fault.ts'
import { tsrNotEnforced } from './t01a-tsr-not-enforced.ts'
import { twNotEnforced } from './t01b-tw-not-enforced.ts'
import { userFence } from './t01b-user-fence.ts'
import { mprvSurvivesReturn } from './t03-mprv-survives-return.ts'
import { exceptionsVectored } from './t06-exceptions-vectored.ts'
import { vectoredBaseLost } from './t06-vectored-base-lost.ts'
import { machineTrapsDelegated } from './t07-machine-traps-delegated.ts'
import { epcOfSpeculativeFetch } from './t09-epc-of-speculative-fetch.ts'
import { fetchValueNotSignExtended } from './v20-fetch-value-not-sign-extended.ts'

describe('a planted bug of traps shows in a program', () => {
  directed([
    {
      of: fetchDenialIsLoadFault,
      program: ' jr s0',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, 'rw')
        open(core)
      },
      honest: { cause: 1, tval: DATA },
      planted: { cause: 5, tval: DATA },
    },
    {
      of: fetchValueNotSignExtended,
      program: ' li t0, -4096\n jr t0',
      mode: 1,
      setup: translated,
      honest: { cause: 12, tval: 2n ** 64n - 4096n },
      planted: { cause: 12, tval: 2n ** 39n - 4096n },
    },
    {
      of: loadFaultNamesLine,
      program: ' ld a0, 8(s0)',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        open(core)
      },
      honest: { cause: 5, tval: DATA + 8n },
      planted: { cause: 5, tval: DATA },
    },
    {
      of: tsrNotEnforced,
      program: ' csrw sepc, s0\n sret',
      mode: 1,
      setup(core) {
        open(core)
        core.bus.store(DATA, 4, ECALL)
        setCsr(core, 'mstatus', 1n << 22n)
      },
      honest: { cause: 2 },
      planted: { cause: 8 },
    },
    {
      of: twNotEnforced,
      program: ' wfi\n ecall',
      mode: 1,
      setup(core) {
        open(core)
        setCsr(core, 'mstatus', 1n << 21n)
      },
      honest: { cause: 2 },
      planted: { cause: 9 },
    },
    {
      of: userFence,
      program: ' sfence.vma\n ecall',
      mode: 0,
      setup: open,
      honest: { cause: 2 },
      planted: { cause: 8 },
    },
    {
      of: mprvSurvivesReturn,
      program: ' csrw mepc, s0\n mret',
      setup(core) {
        open(core)
        core.bus.store(DATA, 4, ECALL)
        setCsr(core, 'mstatus', (1n << 17n) | (1n << 11n))
      },
      see: ({ csr }) => ({ cause: csr.get('mcause'), mprv: (csr.mstatus >> 17n) & 1n }),
      honest: { cause: 9n, mprv: 0n },
      planted: { cause: 9n, mprv: 1n },
    },
    {
      of: vectoredBaseLost,
      program: ' csrw mip, 2\n csrw mie, 2\n csrw mstatus, 8\n nop',
      setup(core) {
        core.bus.store(HANDLER + 4n, 4, JUMP_TO_ITSELF)
        setCsr(core, 'mtvec', HANDLER | 1n)
      },
      see: ({ csr, hart }) => ({ cause: csr.get('mcause'), pc: hart.pc }),
      honest: { cause: (1n << 63n) | 1n, pc: HANDLER + 4n },
      planted: { cause: 1n, pc: HANDLER },
    },
    {
      of: exceptionsVectored,
      program: ' ecall',
      setup(core) {
        core.bus.store(HANDLER + 44n, 4, JUMP_TO_ITSELF)
        setCsr(core, 'mtvec', HANDLER | 1n)
      },
      see: ({ hart: { pc } }) => ({ pc }),
      honest: { pc: HANDLER },
      planted: { pc: HANDLER + 44n },
    },
    {
      of: machineTrapsDelegated,
      program: ' .word 0',
      setup(core) {
        open(core)
        setCsr(core, 'medeleg', 1n << 2n)
        setCsr(core, 'stvec', HANDLER)
      },
      see: ({ hart: { privilege, pc } }) => ({ privilege, pc }),
      honest: { privilege: 3, pc: HANDLER },
      planted: { privilege: 1, pc: HANDLER },
    },

    {
      of: epcOfSpeculativeFetch,
      program: ' li t0, 0xffc\n add t0, t0, s0\n jr t0',
      mode: 1,
      setup(core) {
        translated(core)
        map(core, DATA + 0x1000n, DATA + 0x1000n, leaf.rw)
        core.bus.store(DATA + 0xffcn, 4, ECALL)
      },
      see: ({ csr }) => ({ cause: csr.get('mcause'), mepc: csr.get('mepc') }),
      honest: { cause: 9n, mepc: DATA + 0xffcn },
      planted: { cause: 9n, mepc: DATA + 0x1000n },
    },
  ])
})
