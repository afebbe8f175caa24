import { describe } from 'vitest'
import { DATA, directed, FAR, leaf, map, open, region, setCsr, translated } from '../scene.ts'
import { deniedTranslationKept } from './m04-denied-translation-kept.ts'
import { walkRefusedForStoreIsLoadFault } from './p09-walk-refused-for-store-is-load-fault.ts'
import { accessFaultBeforePageFault } from './p12-access-fault-before-page-fault.ts'
import { deniedLoadReachesDevice } from './p27-denied-load-reaches-device.ts'
import { denialIsPageFault } from './p32-denial-is-page-fault.ts'
import { mprvHasMachineRights } from './p41-mprv-has-machine-rights.ts'
import { dividedPageDenied } from './p47-divided-page-denied.ts'
import { mxrKeptInTlb } from './v06-mxr-kept-in-tlb.ts'
import { addressTruncated } from './v08-address-truncated.ts'
import { nonCanonicalAccessFault } from './v08-non-canonical-access-fault.ts'
import { faultingWalkKept } from './v12-faulting-walk-kept.ts'
import { deniedUpdateKept } from './v14-denied-update-kept.ts'
import { dirtyBeforeAccessFault } from './v15-dirty-before-access-fault.ts'

const DEVICE = 0x3000_0000n
/** MPRV with S in MPP. */
const MPRV_AS_S = (1n << 17n) | (1n << 11n)
const NOT_CANONICAL = ' li t0, 1 << 40\n add t0, t0, s1\n ld a0, 0(t0)\n ecall'
const VALID = 1
const ACCESSED_DIRTY = 0xc0
/** Loads, and where that goes to `again` tries once more: a0 is 1 where that succeeds. */
const RETRIED = `
  la t0, again
  csrw stvec, t0
  ld t1, 0(s1)
  ecall
  .balign 4
again: bnez s2, done
  li s2, 1
  ld t1, 0(s1)
  li a0, 1
done: ecall`

describe('a planted bug of address translation shows in a program', () => {
  directed([
    {
      of: walkRefusedForStoreIsLoadFault,
      program: ' sd zero, 0(s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        const entry = map(core, FAR, DATA, leaf.rw)
        region(core, 0, 'napot', entry & ~0xfffn, 4096, '')
      },
      honest: { cause: 7 },
      planted: { cause: 5 },
    },
    {
      of: accessFaultBeforePageFault,
      program: ' ld a0, 0(s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        map(core, FAR, DATA, leaf.rw | leaf.u)
        region(core, 0, 'napot', DATA, 4096, '')
      },
      honest: { cause: 13 },
      planted: { cause: 5 },
    },
    {
      of: deniedLoadReachesDevice,
      program: ' li t0, 0x30000000\n lw a0, 0(t0)\n ecall',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DEVICE, 8, '')
        open(core)
        // Tells in memory that it was asked.
        const load = () => {
          core.bus.store(DATA, 8, 1n)
          return 0n
        }
        core.bus.devices.push({ name: 'witness', base: DEVICE, size: 8n, load, store: () => true })
      },
      see: (core) => ({ cause: core.csr.get('mcause'), asked: core.bus.load(DATA, 8) }),
      honest: { cause: 5n, asked: 0n },
      planted: { cause: 5n, asked: 1n },
    },
    {
      of: denialIsPageFault,
      program: ' ld a0, 0(s0)\n ecall',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        open(core)
      },
      honest: { cause: 5 },
      planted: { cause: 13 },
    },
    {
      of: mprvHasMachineRights,
      program: ' ld a0, 0(s0)\n csrw mstatus, zero\n ecall',
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        open(core)
        setCsr(core, 'mstatus', MPRV_AS_S)
      },
      honest: { cause: 5 },
      planted: { cause: 11 },
    },
    {
      of: mprvHasMachineRights,
      program: ' ld a0, 0(s1)\n csrw mstatus, zero\n ecall',
      setup(core) {
        translated(core)
        map(core, FAR, DATA, leaf.rw)
        region(core, 0, 'napot', DATA, 4096, '')
        setCsr(core, 'mstatus', MPRV_AS_S)
      },
      honest: { cause: 5 },
      planted: { cause: 11 },
    },
    {
      of: dividedPageDenied,
      program: ' ld a0, 0(s0)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        region(core, 0, 'na4', DATA + 8n, 4, '')
      },
      honest: { cause: 9 },
      planted: { cause: 5 },
    },
    {
      of: mxrKeptInTlb,
      program: ' li t0, 1 << 19\n csrs sstatus, t0\n ld a0, 0(s1)\n csrc sstatus, t0\n ld a0, 0(s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        map(core, FAR, DATA, leaf.x)
      },
      honest: { cause: 13 },
      planted: { cause: 9 },
    },
    {
      of: addressTruncated,
      program: NOT_CANONICAL,
      mode: 1,
      setup(core) {
        translated(core)
        map(core, FAR, DATA, leaf.rw)
      },
      honest: { cause: 13 },
      planted: { cause: 9 },
    },
    {
      of: nonCanonicalAccessFault,
      program: NOT_CANONICAL,
      mode: 1,
      setup(core) {
        translated(core)
        map(core, FAR, DATA, leaf.rw)
      },
      honest: { cause: 13 },
      planted: { cause: 5 },
    },
    // The first load goes to `again`, which tries once more.
    {
      of: faultingWalkKept,
      program: RETRIED,
      mode: 1,
      setup(core) {
        translated(core)
        map(core, FAR, DATA, leaf.rw & ~VALID)
        setCsr(core, 'medeleg', 1n << 13n)
      },
      honest: { a0: 0n },
      planted: { a0: 1n },
    },
    {
      of: deniedTranslationKept,
      program: ' ld a0, 0(s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        map(core, FAR, DATA, leaf.rw)
        region(core, 0, 'napot', DATA, 4096, '')
      },
      see: ({ dtlb }) => ({ kept: dtlb.peek(FAR, 0) >= 0 }),
      honest: { kept: false },
      planted: { kept: true },
    },

    // The leaf has no A, and PMP lets nobody below M write it.
    {
      of: deniedUpdateKept,
      program: RETRIED,
      mode: 1,
      setup(core) {
        translated(core)
        const entry = map(core, FAR, DATA, leaf.rw & ~ACCESSED_DIRTY)
        region(core, 0, 'napot', entry & ~0xfffn, 4096, 'r')
        setCsr(core, 'medeleg', (1n << 13n) | (1n << 5n))
      },
      honest: { a0: 0n },
      planted: { a0: 1n },
    },
    {
      of: dirtyBeforeAccessFault,
      program: ' sd zero, 0(s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        core.hart.x[18] = map(core, FAR, DATA, leaf.rw & ~ACCESSED_DIRTY)
        region(core, 0, 'napot', DATA, 4096, '')
      },
      see: ({ bus, hart }) => ({ flags: bus.load(hart.x[18], 1) }),
      honest: { flags: 0x07n },
      planted: { flags: 0xc7n },
    },
  ])
})
