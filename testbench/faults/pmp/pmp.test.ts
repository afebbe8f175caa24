import { describe } from 'vitest'
import type { Core } from '../../../rtl-model/core/core.ts'
import { csrFamily } from '../../../rtl-model/core/csr/addresses.ts'
import { DATA, directed, ECALL, open, RAM, region, setCsr } from '../scene.ts'
import { lockedEntriesFirst } from './p01-locked-entries-first.ts'
import { allowancesCombined } from './p03-allowances-combined.ts'
import { torPageGranular } from './p04-tor-page-granular.ts'
import { fetchedBlockStaysExecutable } from './p13-fetched-block-stays-executable.ts'
import { dataVerdictStale } from './p14-data-verdict-stale.ts'
import { storesUnchecked } from './p15-stores-unchecked.ts'
import { lockOfAnyModeLocksAddress } from './p16-lock-of-any-mode-locks-address.ts'
import { illegalByteDropsRegister } from './p17-illegal-byte-drops-register.ts'
import { fetchesUnchecked } from './p20-fetches-unchecked.ts'
import { napotMaskShort } from './p21-napot-mask-short.ts'
import { torLockLocksConfigurationBelow } from './p23-tor-lock-locks-configuration-below.ts'
import { napotHalfSize } from './p31-napot-half-size.ts'
import { highAddressBitsIgnored } from './p33-high-address-bits-ignored.ts'
import { fetchBlockCheckedWhole } from './p36-fetch-block-checked-whole.ts'
import { endIncluded } from './p43-end-included.ts'
import { unmatchedAllowed } from './p45-unmatched-allowed.ts'
import { backwardTorHuge } from './p46-backward-tor-huge.ts'
import { fullNapotEmpty } from './p46-full-napot-empty.ts'
import { anyPartialMatchRefuses } from './p48-any-partial-match-refuses.ts'
import { boundaryMatchesNothing } from './p49-boundary-matches-nothing.ts'
import { emptyTorMatchesPartly } from './p49-empty-tor-matches-partly.ts'
import { allOffAllowed } from './p50-all-off-allowed.ts'
import { lastBytesUnchecked } from './p51-last-bytes-unchecked.ts'
import { lockNotEnforced } from './p51-lock-not-enforced.ts'
import { configurationOfEightBelow } from './p52-configuration-of-eight-below.ts'
import { verdictNeverFlushed } from './v21-verdict-never-flushed.ts'

const load = ' ld a0, 0(s0)\n ecall'
const loadAt = (offset: number) => ` li t0, ${offset}\n add t0, t0, s0\n ld a0, 0(t0)\n ecall`
/** `ecall` of S, load access fault, and so on: what mcause says in the end. */
const passed = { cause: 9 }
const loadDenied = { cause: 5 }
const fetchDenied = { cause: 1 }

/** Loads as S, denies the page by what is in t0, and loads again. */
const DENIED_MEANWHILE = ' ld a0, 0(s0)\n csrw pmpcfg0, t0\n #\n ld a0, 0(s0)\n csrw mstatus, zero\n ecall'

function readyToDeny(core: Core): void {
  open(core)
  core.csr.write(csrFamily.pmpaddr0, (DATA >> 2n) | 511n, 3)
  core.hart.x[5] = 0x18n
  setCsr(core, 'mstatus', (1n << 17n) | (1n << 11n))
}

describe('a planted bug of the PMP shows in a program', () => {
  directed([
    {
      of: lockedEntriesFirst,
      program: load,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        region(core, 1, 'napot', DATA, 4096, 'l')
      },
      honest: { cause: 11 },
      planted: loadDenied,
    },
    {
      of: allowancesCombined,
      program: load,
      mode: 1,
      setup(core) {
        region(core, 0, 'na4', DATA, 4, 'l')
        open(core)
      },
      honest: loadDenied,
      planted: passed,
    },
    {
      of: torPageGranular,
      program: loadAt(0x100),
      mode: 1,
      setup(core) {
        region(core, 1, 'tor', DATA, 0x800, '')
        open(core)
      },
      honest: loadDenied,
      planted: passed,
    },
    {
      of: storesUnchecked,
      program: ' sd zero, 0(s0)\n ecall',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, 'r')
        open(core)
      },
      honest: { cause: 7 },
      planted: passed,
    },
    {
      of: lockOfAnyModeLocksAddress,
      program: ' li t0, 0x1234\n csrw pmpaddr0, t0\n csrr a0, pmpaddr0\n ecall',
      setup: (core) => region(core, 1, 'napot', DATA, 4096, 'l'),
      honest: { a0: 0x1234n },
      planted: { a0: 0n },
    },
    {
      of: illegalByteDropsRegister,
      program: ' li t0, 0x1f02\n csrw pmpcfg0, t0\n csrr a0, pmpcfg0\n ecall',
      honest: { a0: 0x1f00n },
      planted: { a0: 0n },
    },
    {
      of: fetchesUnchecked,
      program: ' jr s0',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, 'rw')
        open(core)
        core.bus.store(DATA, 4, ECALL)
      },
      honest: fetchDenied,
      planted: passed,
    },
    {
      of: napotMaskShort,
      program: loadAt(0x800),
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 8, '')
        open(core)
      },
      honest: loadDenied,
      planted: passed,
    },
    {
      of: torLockLocksConfigurationBelow,
      program: ' csrs pmpcfg0, 0x1f\n csrr a0, pmpcfg0\n ecall',
      setup: (core) => region(core, 1, 'tor', DATA, 4096, 'l'),
      honest: { a0: 0x881fn },
      planted: { a0: 0x8800n },
    },
    {
      of: napotHalfSize,
      program: loadAt(0x1000),
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 0x2000, '')
        open(core)
      },
      honest: loadDenied,
      planted: passed,
    },
    {
      of: highAddressBitsIgnored,
      program: load,
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA - 0x8000_0000n, 4096, '')
        open(core)
      },
      honest: passed,
      planted: loadDenied,
    },
    {
      of: fetchBlockCheckedWhole,
      program: ' jr s0',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 8, 'rx')
        region(core, 1, 'napot', DATA, 4096, '')
        open(core)
        core.bus.store(DATA, 4, ECALL)
      },
      honest: passed,
      planted: fetchDenied,
    },
    {
      of: endIncluded,
      program: ' li t0, 0x1000\n add t0, t0, s0\n lb a0, 0(t0)\n ecall',
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 4096, '')
        open(core)
      },
      honest: passed,
      planted: loadDenied,
    },
    {
      of: unmatchedAllowed,
      program: load,
      mode: 1,
      setup: (core) => region(core, 0, 'napot', DATA - 0x4000n, 4096, 'rx'),
      honest: loadDenied,
      planted: passed,
    },
    {
      of: fullNapotEmpty,
      program: load,
      mode: 1,
      setup: open,
      honest: passed,
      planted: fetchDenied,
    },
    {
      of: backwardTorHuge,
      program: loadAt(0x2000),
      mode: 1,
      setup(core) {
        region(core, 1, 'tor', DATA + 0x1000n, -0x1000, '')
        open(core)
      },
      honest: passed,
      planted: loadDenied,
    },
    {
      of: anyPartialMatchRefuses,
      program: load,
      mode: 1,
      setup(core) {
        region(core, 0, 'napot', DATA, 8, 'r')
        region(core, 1, 'na4', DATA + 4n, 4, '')
        open(core)
      },
      honest: passed,
      planted: loadDenied,
    },
    {
      of: emptyTorMatchesPartly,
      program: load,
      mode: 1,
      setup(core) {
        region(core, 1, 'tor', DATA + 4n, 0, '')
        open(core)
      },
      honest: passed,
      planted: loadDenied,
    },
    {
      of: boundaryMatchesNothing,
      program: load,
      mode: 1,
      setup(core) {
        region(core, 0, 'na4', DATA + 4n, 4, '')
        open(core)
      },
      honest: loadDenied,
      planted: passed,
    },
    { of: allOffAllowed, program: ' ecall', mode: 1, honest: fetchDenied, planted: passed },
    {
      of: lockNotEnforced,
      program: ' csrw pmpcfg0, zero\n csrr a0, pmpcfg0\n ecall',
      setup: (core) => region(core, 0, 'napot', DATA, 4096, 'l'),
      honest: { a0: 0x98n },
      planted: { a0: 0n },
    },
    {
      of: lastBytesUnchecked,
      program: load,
      mode: 1,
      setup(core) {
        region(core, 0, 'na4', DATA + 4n, 4, '')
        open(core)
      },
      honest: loadDenied,
      planted: passed,
    },
    {
      of: configurationOfEightBelow,
      program: load,
      mode: 1,
      setup(core) {
        region(core, 0, 'off', 0n, 0, 'rwx')
        region(core, 7, 'off', 0n, 0, 'rwx')
        region(core, 8, 'napot', DATA, 4096, '')
        open(core)
      },
      honest: loadDenied,
      planted: passed,
    },

    // The page of the code is locked without X; what is left of the 16 bytes is one instruction.
    {
      of: fetchedBlockStaysExecutable,
      program: ' csrw pmpcfg0, t0\n .word 0x00100513\n .word 0x00000013\n .word 0x00000013\n .word 0x00200513',
      setup(core) {
        core.csr.write(csrFamily.pmpaddr0, (RAM >> 2n) | 511n, 3)
        core.hart.x[5] = 0x99n
      },
      honest: { cause: 1, a0: 0n },
      planted: { cause: 1, a0: 1n },
    },
    {
      of: dataVerdictStale,
      program: DENIED_MEANWHILE,
      setup: readyToDeny,
      honest: { cause: 5 },
      planted: { cause: 11 },
    },
    {
      of: verdictNeverFlushed,
      program: DENIED_MEANWHILE.replace('#', 'sfence.vma'),
      setup: readyToDeny,
      honest: { cause: 5 },
      planted: { cause: 11 },
    },
  ])
})
