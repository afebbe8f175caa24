import { InputError } from '../../traces/input-error.ts'
import { refusedLoadHangs } from './access/p07-refused-load-hangs.ts'
import { refusedMprvAccessHangs } from './access/p37-refused-mprv-access-hangs.ts'
import { amoIsLoadPageFault } from './access/v17-amo-is-load-page-fault.ts'
import { pmpChangeAtOnce } from './controls/i01-pmp-change-at-once.ts'
import { pmpChangeWaitsForFence } from './controls/i01-pmp-change-waits-for-fence.ts'
import { partialMatchFailsMachine } from './controls/i02-partial-match-fails-machine.ts'
import { coarseTor } from './controls/i03-coarse-tor.ts'
import { lockedTorFromZero } from './controls/i04-locked-tor-from-zero.ts'
import { refusedTranslationKept } from './controls/i05-refused-translation-kept.ts'
import { reservationLostByTrap } from './controls/i06-reservation-lost-by-trap.ts'
import { reservationOfPage } from './controls/i06-reservation-of-page.ts'
import { callsCounted } from './controls/i07-calls-counted.ts'
import { walkReadsWholeLine } from './controls/i08-walk-reads-whole-line.ts'
import { accessFaultBeforeMisaligned } from './controls/i09-access-fault-before-misaligned.ts'
import { misalignedDone } from './controls/i09-misaligned-done.ts'
import { globalEntriesHitEverywhere } from './controls/i10-global-entries-hit-everywhere.ts'
import { fewerLegalValues } from './controls/i11-fewer-legal-values.ts'
import { noBitsOfIllegalInstruction } from './controls/i11-no-bits-of-illegal-instruction.ts'
import { hardwareSetsAccessedAndDirty } from './controls/i12-hardware-sets-accessed-and-dirty.ts'
import { counterGatesInverted } from './csr/c01-counter-gates-inverted.ts'
import { countersNotGated } from './csr/c01-counters-not-gated.ts'
import { tvmNotEnforced } from './csr/t01a-tvm-not-enforced.ts'
import { trapsOfSupervisorAbsent } from './csr/t01b-traps-of-supervisor-absent.ts'
import { lowBitOfEpcKept } from './csr/t05-low-bit-of-epc-kept.ts'
import { supervisorCallsNotDelegable } from './csr/t07-supervisor-calls-not-delegable.ts'
import { ghostWrite } from './encoding/m08-ghost-write.ts'
import { haltAndCatchFire } from './encoding/m09-halt-and-catch-fire.ts'
import type { Control, Fault } from './fault.ts'
import { fetchResumesBeforeFlush } from './fence/f01-fetch-resumes-before-flush.ts'
import { instructionFenceDoesNothing } from './fence/f02-instruction-fence-does-nothing.ts'
import { failingScKeepsReservation } from './lrsc/l01-failing-sc-keeps-reservation.ts'
import { scAlwaysFails } from './lrsc/l03-sc-always-fails.ts'
import { scWithoutReservationUnchecked } from './lrsc/p49-sc-without-reservation-unchecked.ts'
import { monitorControls, monitorFaults } from './monitor/index.ts'
import { lockedEntriesFirst } from './pmp/p01-locked-entries-first.ts'
import { allowancesCombined } from './pmp/p03-allowances-combined.ts'
import { torPageGranular } from './pmp/p04-tor-page-granular.ts'
import { fetchedBlockStaysExecutable } from './pmp/p13-fetched-block-stays-executable.ts'
import { dataVerdictStale } from './pmp/p14-data-verdict-stale.ts'
import { storesUnchecked } from './pmp/p15-stores-unchecked.ts'
import { lockOfAnyModeLocksAddress } from './pmp/p16-lock-of-any-mode-locks-address.ts'
import { illegalByteDropsRegister } from './pmp/p17-illegal-byte-drops-register.ts'
import { fetchesUnchecked } from './pmp/p20-fetches-unchecked.ts'
import { napotMaskShort } from './pmp/p21-napot-mask-short.ts'
import { torLockLocksConfigurationBelow } from './pmp/p23-tor-lock-locks-configuration-below.ts'
import { napotHalfSize } from './pmp/p31-napot-half-size.ts'
import { highAddressBitsIgnored } from './pmp/p33-high-address-bits-ignored.ts'
import { fetchBlockCheckedWhole } from './pmp/p36-fetch-block-checked-whole.ts'
import { endIncluded } from './pmp/p43-end-included.ts'
import { unmatchedAllowed } from './pmp/p45-unmatched-allowed.ts'
import { backwardTorHuge } from './pmp/p46-backward-tor-huge.ts'
import { fullNapotEmpty } from './pmp/p46-full-napot-empty.ts'
import { anyPartialMatchRefuses } from './pmp/p48-any-partial-match-refuses.ts'
import { boundaryMatchesNothing } from './pmp/p49-boundary-matches-nothing.ts'
import { emptyTorMatchesPartly } from './pmp/p49-empty-tor-matches-partly.ts'
import { allOffAllowed } from './pmp/p50-all-off-allowed.ts'
import { lastBytesUnchecked } from './pmp/p51-last-bytes-unchecked.ts'
import { lockNotEnforced } from './pmp/p51-lock-not-enforced.ts'
import { configurationOfEightBelow } from './pmp/p52-configuration-of-eight-below.ts'
import { verdictNeverFlushed } from './pmp/v21-verdict-never-flushed.ts'
import { refusedLoadForwards } from './speculation/m01-refused-load-forwards.ts'
import { deniedLoadFillsCache } from './speculation/m03-denied-load-fills-cache.ts'
import { handlerStoreNotForwarded } from './store/s02-handler-store-not-forwarded.ts'
import { misalignedStoreNotForwarded } from './store/s03-misaligned-store-not-forwarded.ts'
import { fenceMissesSuperpages } from './tlb/v10-fence-misses-superpages.ts'
import { deniedTranslationKept } from './translation/m04-denied-translation-kept.ts'
import { walkRefusedForStoreIsLoadFault } from './translation/p09-walk-refused-for-store-is-load-fault.ts'
import { accessFaultBeforePageFault } from './translation/p12-access-fault-before-page-fault.ts'
import { deniedLoadReachesDevice } from './translation/p27-denied-load-reaches-device.ts'
import { denialIsPageFault } from './translation/p32-denial-is-page-fault.ts'
import { mprvHasMachineRights } from './translation/p41-mprv-has-machine-rights.ts'
import { dividedPageDenied } from './translation/p47-divided-page-denied.ts'
import { mxrKeptInTlb } from './translation/v06-mxr-kept-in-tlb.ts'
import { addressTruncated } from './translation/v08-address-truncated.ts'
import { nonCanonicalAccessFault } from './translation/v08-non-canonical-access-fault.ts'
import { faultingWalkKept } from './translation/v12-faulting-walk-kept.ts'
import { deniedUpdateKept } from './translation/v14-denied-update-kept.ts'
import { dirtyBeforeAccessFault } from './translation/v15-dirty-before-access-fault.ts'
import { loadFaultNamesLine } from './trap/m10-load-fault-names-line.ts'
import { fetchDenialIsLoadFault } from './trap/p51-fetch-denial-is-load-fault.ts'
import { tsrNotEnforced } from './trap/t01a-tsr-not-enforced.ts'
import { twNotEnforced } from './trap/t01b-tw-not-enforced.ts'
import { userFence } from './trap/t01b-user-fence.ts'
import { mprvSurvivesReturn } from './trap/t03-mprv-survives-return.ts'
import { exceptionsVectored } from './trap/t06-exceptions-vectored.ts'
import { vectoredBaseLost } from './trap/t06-vectored-base-lost.ts'
import { machineTrapsDelegated } from './trap/t07-machine-traps-delegated.ts'
import { epcOfSpeculativeFetch } from './trap/t09-epc-of-speculative-fetch.ts'
import { fetchValueNotSignExtended } from './trap/v20-fetch-value-not-sign-extended.ts'
import { walkAsksAsTheAccess } from './walker/p08-walk-asks-as-the-access.ts'
import { refusedEntryIsRead } from './walker/p10-refused-entry-is-read.ts'
import { walkUnchecked } from './walker/p38-walk-unchecked.ts'
import { misalignedSuperpage } from './walker/v01-misaligned-superpage.ts'
import { pointerWithLeafBits } from './walker/v03-pointer-with-leaf-bits.ts'
import { bit63Accepted } from './walker/v04-bit-63-accepted.ts'

/** Every planted bug of the hardware, in the order of the zoo. */
export const hardwareFaults: readonly Fault[] = [
  lockedEntriesFirst,
  allowancesCombined,
  torPageGranular,
  refusedLoadHangs,
  walkAsksAsTheAccess,
  walkRefusedForStoreIsLoadFault,
  refusedEntryIsRead,
  accessFaultBeforePageFault,
  fetchedBlockStaysExecutable,
  dataVerdictStale,
  storesUnchecked,
  lockOfAnyModeLocksAddress,
  illegalByteDropsRegister,
  fetchesUnchecked,
  napotMaskShort,
  torLockLocksConfigurationBelow,
  deniedLoadReachesDevice,
  napotHalfSize,
  denialIsPageFault,
  highAddressBitsIgnored,
  fetchBlockCheckedWhole,
  refusedMprvAccessHangs,
  walkUnchecked,
  mprvHasMachineRights,
  endIncluded,
  unmatchedAllowed,
  fullNapotEmpty,
  backwardTorHuge,
  dividedPageDenied,
  anyPartialMatchRefuses,
  boundaryMatchesNothing,
  emptyTorMatchesPartly,
  scWithoutReservationUnchecked,
  allOffAllowed,
  fetchDenialIsLoadFault,
  lastBytesUnchecked,
  lockNotEnforced,
  configurationOfEightBelow,
  misalignedSuperpage,
  pointerWithLeafBits,
  bit63Accepted,
  mxrKeptInTlb,
  addressTruncated,
  nonCanonicalAccessFault,
  fenceMissesSuperpages,
  faultingWalkKept,
  deniedUpdateKept,
  dirtyBeforeAccessFault,
  amoIsLoadPageFault,
  fetchValueNotSignExtended,
  verdictNeverFlushed,
  tvmNotEnforced,
  tsrNotEnforced,
  trapsOfSupervisorAbsent,
  twNotEnforced,
  userFence,
  mprvSurvivesReturn,
  lowBitOfEpcKept,
  vectoredBaseLost,
  exceptionsVectored,
  machineTrapsDelegated,
  supervisorCallsNotDelegable,
  epcOfSpeculativeFetch,
  countersNotGated,
  counterGatesInverted,
  failingScKeepsReservation,
  scAlwaysFails,
  fetchResumesBeforeFlush,
  instructionFenceDoesNothing,
  handlerStoreNotForwarded,
  misalignedStoreNotForwarded,
  refusedLoadForwards,
  deniedLoadFillsCache,
  deniedTranslationKept,
  ghostWrite,
  haltAndCatchFire,
  loadFaultNamesLine,
]

/** Every planted bug, first those of the hardware. */
export const faults: readonly Fault[] = [...hardwareFaults, ...monitorFaults]

/** Every legal variation of the hardware. */
export const hardwareControls: readonly Control[] = [
  pmpChangeWaitsForFence,
  pmpChangeAtOnce,
  partialMatchFailsMachine,
  coarseTor,
  lockedTorFromZero,
  refusedTranslationKept,
  reservationOfPage,
  reservationLostByTrap,
  callsCounted,
  walkReadsWholeLine,
  misalignedDone,
  accessFaultBeforeMisaligned,
  globalEntriesHitEverywhere,
  noBitsOfIllegalInstruction,
  fewerLegalValues,
  hardwareSetsAccessedAndDirty,
]

/** Every legal variation. */
export const controls: readonly Control[] = [...hardwareControls, ...monitorControls]

const byId = new Map([...faults, ...controls].map((variation) => [variation.id, variation]))

/** The fault or control with that name. @throws InputError where there is none. */
export function variationById(id: string): Fault | Control {
  const found = byId.get(id)
  if (found === undefined)
    throw new InputError(`no planted bug or control is called ${id}: ${[...byId.keys()].join(', ')}`)
  return found
}
