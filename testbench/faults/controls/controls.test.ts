import { describe } from 'vitest'
import type { Core } from '../../../rtl-model/core/core.ts'
import { csrFamily } from '../../../rtl-model/core/csr/addresses.ts'
import { DATA, directed, FAR, leaf, map, open, RAM, region, setCsr, translated } from '../scene.ts'
import { pmpChangeAtOnce } from './i01-pmp-change-at-once.ts'
import { pmpChangeWaitsForFence } from './i01-pmp-change-waits-for-fence.ts'
import { partialMatchFailsMachine } from './i02-partial-match-fails-machine.ts'
import { coarseTor } from './i03-coarse-tor.ts'
import { lockedTorFromZero } from './i04-locked-tor-from-zero.ts'
import { refusedTranslationKept } from './i05-refused-translation-kept.ts'
import { reservationLostByTrap } from './i06-reservation-lost-by-trap.ts'
import { reservationOfPage } from './i06-reservation-of-page.ts'
import { callsCounted } from './i07-calls-counted.ts'
import { walkReadsWholeLine } from './i08-walk-reads-whole-line.ts'
import { accessFaultBeforeMisaligned } from './i09-access-fault-before-misaligned.ts'
import { misalignedDone } from './i09-misaligned-done.ts'
import { globalEntriesHitEverywhere } from './i10-global-entries-hit-everywhere.ts'
import { fewerLegalValues } from './i11-fewer-legal-values.ts'
import { noBitsOfIllegalInstruction } from './i11-no-bits-of-illegal-instruction.ts'
import { hardwareSetsAccessedAndDirty } from './i12-hardware-sets-accessed-and-dirty.ts'

describe('a legal variation shows in a program', () => {
  directed([
    // PMP denies a page that is in the TLB, without a fence.
    ...[
      { of: pmpChangeWaitsForFence, planted: { cause: 11 } },
      { of: pmpChangeAtOnce, planted: { cause: 5 } },
    ].map((row) => ({
      ...row,
      program: ' ld a0, 0(s1)\n csrw pmpcfg0, t0\n ld a0, 0(s1)\n csrw mstatus, zero\n ecall',
      setup(core: Core) {
        translated(core)
        map(core, FAR, DATA, leaf.rw)
        core.csr.write(csrFamily.pmpaddr0, (DATA >> 2n) | 511n, 3)
        core.hart.x[5] = 0x18n
        setCsr(core, 'mstatus', (1n << 17n) | (1n << 11n))
      },
      honest: { cause: 11 },
    })),
    {
      of: partialMatchFailsMachine,
      program: ' ld a0, 0(s0)\n ecall',
      setup: (core) => region(core, 0, 'na4', DATA + 4n, 4, 'rw'),
      honest: { cause: 5 },
      planted: { cause: 5 },
    },
    {
      of: coarseTor,
      program: ' sd zero, 0(s0)\n ecall',
      mode: 1,
      setup(core) {
        region(core, 1, 'tor', DATA - 64n, 68, '')
        open(core)
      },
      honest: { cause: 7 },
      planted: { cause: 9 },
    },
    {
      of: lockedTorFromZero,
      program: ' jr s0',
      setup: (core) => region(core, 0, 'tor', 0n, 0x8000_8000, 'rwl'),
      honest: { cause: 1 },
      planted: { cause: 1 },
    },
    // A page becomes readable after a refused load, without a fence.
    {
      of: refusedTranslationKept,
      program: `
  la t0, again
  csrw stvec, t0
  ld t1, 0(s1)
  ecall
  .balign 4
again: bnez s3, done
  li s3, 1
  sd s4, 0(s2)
  ld t1, 0(s1)
  li a0, 1
done: ecall`,
      mode: 1,
      setup(core) {
        translated(core)
        const entry = map(core, FAR, DATA, leaf.x)
        map(core, entry & ~0xfffn, entry & ~0xfffn, leaf.rw)
        core.hart.x[18] = entry
        core.hart.x[20] = core.bus.load(entry, 8)! | 2n
        setCsr(core, 'medeleg', 1n << 13n)
      },
      honest: { a0: 1n },
      planted: { a0: 0n },
    },
    {
      of: reservationOfPage,
      program: ' addi t1, s0, 0x100\n lr.w t0, (s0)\n sc.w a0, zero, (t1)\n ecall',
      honest: { a0: 1n },
      planted: { a0: 0n },
    },
    {
      of: reservationLostByTrap,
      program: `
  la t0, next
  csrw mtvec, t0
  lr.w t0, (s0)
  ecall
  .balign 4
next: sc.w a0, zero, (s0)
stop: j stop`,
      honest: { a0: 0n },
      planted: { a0: 1n },
    },
    {
      of: callsCounted,
      program: `
  la t0, next
  csrw mtvec, t0
  rdinstret t1
  ecall
  .balign 4
next: rdinstret a0
  sub a0, a0, t1
stop: j stop`,
      honest: { a0: 1n },
      planted: { a0: 2n },
    },
    // The entry beside that of a walk, timed.
    {
      of: walkReadsWholeLine,
      program: ` li t0, 0x20800
  csrs mstatus, t0
  ld t1, 64(s1)
  .balign 64
  csrw mstatus, zero
  rdcycle t0
  ld t1, 8(s2)
  add t1, t1, t1
  rdcycle a0
  sub a0, a0, t0
  sltiu a0, a0, 20
  ecall`,
      setup(core) {
        translated(core)
        core.hart.x[18] = map(core, FAR, DATA, leaf.rw)
      },
      honest: { a0: 1n },
      planted: { a0: 1n },
    },
    { of: misalignedDone, program: ' ld a0, 1(s0)\n ecall', honest: { cause: 4 }, planted: { cause: 11 } },
    {
      of: accessFaultBeforeMisaligned,
      program: ' ld a0, 1(s0)\n ecall',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        open(core)
      },
      honest: { cause: 4 },
      planted: { cause: 5 },
    },
    // Used with ASID 0, taken out of its table, and used with ASID 1.
    {
      of: globalEntriesHitEverywhere,
      program:
        ' ld a0, 0(s1)\n sd zero, 0(s2)\n csrr t0, satp\n li t1, 1\n slli t1, t1, 44\n or t0, t0, t1\n csrw satp, t0\n ld a0, 0(s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        for (let page = 0n; page < 16n; page++) map(core, RAM + 0x1000n * page, RAM + 0x1000n * page, leaf.rwx | leaf.g)
        const entry = map(core, FAR, DATA, leaf.rw | leaf.g)
        map(core, entry & ~0xfffn, entry & ~0xfffn, leaf.rw)
        core.hart.x[18] = entry
      },
      honest: { cause: 9 },
      planted: { cause: 9 },
    },
    {
      of: noBitsOfIllegalInstruction,
      program: ' .word 0xffffffff',
      honest: { cause: 2, tval: 0xffff_ffffn },
      planted: { cause: 2, tval: 0n },
    },
    {
      of: fewerLegalValues,
      program: ' csrwi stvec, 1\n csrr a0, stvec\n ecall',
      honest: { a0: 1n },
      planted: { a0: 0n },
    },
    {
      // A page that is in the TLB, clean and global, is stored to.
      of: hardwareSetsAccessedAndDirty,
      program: ' ld a0, 0(s1)\n sd zero, 0(s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        core.hart.x[18] = map(core, FAR, DATA, 0x67)
      },
      see: ({ bus, csr, hart }) => ({ cause: csr.get('mcause'), flags: bus.load(hart.x[18], 1) }),
      honest: { cause: 15n, flags: 0x67n },
      planted: { cause: 9n, flags: 0xe7n },
    },
    {
      of: hardwareSetsAccessedAndDirty,
      program: ' sd zero, 0(s1)\n ecall',
      mode: 1,
      setup(core) {
        translated(core)
        core.hart.x[18] = map(core, FAR, DATA, 0x07)
      },
      see: ({ bus, csr, hart }) => ({ cause: csr.get('mcause'), flags: bus.load(hart.x[18], 1) }),
      honest: { cause: 15n, flags: 0x07n },
      planted: { cause: 9n, flags: 0xc7n },
    },
  ])
})
