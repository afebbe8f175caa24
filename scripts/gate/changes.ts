/** Changes of the hardware model, for the gate to judge. */

import type { CoreConfig } from '../../rtl-model/core/config.ts'
import { presets } from '../../rtl-model/core/config.ts'
import { exceptionCode } from '../../rtl-model/core/csr/causes.ts'
import { Traps } from '../../rtl-model/core/trap.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { PmpUnit } from '../../rtl-model/memory/pmp.ts'
import type { TimingConfig } from '../../rtl-model/pipeline/timing-config.ts'
import { variationById } from '../../testbench/faults/index.ts'
import { withTlb, withTraps } from '../../testbench/faults/units.ts'
import type { Model, PartName } from '../../testbench/gate/tasks.ts'

/** A change that may go in, or one that may not, with the part of the gate that must say so. */
export interface Change {
  readonly name: string
  readonly model: Model
  readonly stoppedBy?: PartName
  /** Whether kernels take more or fewer cycles with it. */
  readonly movesCycles?: true
}

const timing = (change: (before: TimingConfig) => Partial<TimingConfig>): NonNullable<Model['changes']> => {
  return (config: CoreConfig) =>
    config.timing === undefined ? {} : { timing: { ...config.timing, ...change(config.timing) } }
}

class RefactoredPmp extends PmpUnit {
  protected override verdict(...parts: Parameters<PmpUnit['verdict']>): number {
    const rights = super.verdict(...parts)
    return [1, 2, 4].reduce((sum, right) => sum + (rights & right), 0)
  }
}

export const honestChanges: readonly Change[] = [
  {
    name: 'TLBs of twice as many entries, up to 32',
    model: {
      changes: ({ itlbEntries, dtlbEntries }) => ({
        itlbEntries: Math.min(32, 2 * itlbEntries),
        dtlbEntries: Math.min(32, 2 * dtlbEntries),
      }),
    },
  },
  {
    name: 'a data TLB of half as many entries',
    movesCycles: true,
    model: { changes: ({ dtlbEntries }) => ({ dtlbEntries: dtlbEntries / 2 }) },
  },
  {
    name: 'TLBs that replace entries in another order',
    movesCycles: true,
    model: {
      units: withTlb(
        (Base) =>
          class extends Base {
            override touchMasks(): { and: number; or: number } {
              return { and: -1, or: 0 }
            }
          },
      ),
    },
  },
  {
    name: 'a multiplier without early end',
    movesCycles: true,
    model: { changes: timing(() => ({ multiplierEarlyOut: false })) },
  },
  {
    name: 'a memory that answers one cycle later',
    movesCycles: true,
    model: { changes: ({ memoryLatency }) => ({ memoryLatency: memoryLatency + 1 }) },
  },
  {
    name: 'an instruction cache of twice as many ways',
    movesCycles: true,
    model: { changes: ({ icacheWays }) => ({ icacheWays: 2 * icacheWays }) },
  },
  { name: 'PMP verdicts that are not cached', model: { changes: () => ({ pmpVerdictCached: false }) } },
  { name: 'reservations of 128 bytes', model: { changes: () => ({ reservationBytes: 128 }) } },
  {
    name: 'a larger branch history table',
    model: {
      changes: timing(({ predictor }) => ({
        predictor: predictor && { ...predictor, bhtEntries: 2 * predictor.bhtEntries },
      })),
    },
  },
  {
    name: 'PMP written in another way',
    model: { units: { createPmp: (allocator, config) => new RefactoredPmp(allocator, config) } },
  },
]

const bug = (id: string): Model => ({ units: variationById(id).units(presets.default) })
const row = (name: string) => instructions.find((one) => one.name === name)!
const swapped = instructions.map((one) => (one.name === 'remuw' ? { ...one, semantics: row('remu').semantics } : one))

class ForgetfulTraps extends Traps {
  override reported(cause: number, tval: bigint): { cause: number; tval: bigint } {
    return super.reported(cause, cause === exceptionCode.loadPage ? 0n : tval)
  }
}

export const wrongChanges: readonly Change[] = [
  { name: 'remuw that extends by zeros', model: { units: { instructions: swapped } }, stoppedBy: 'recorded' },
  { name: 'a load page fault without its address', model: { units: withTraps(ForgetfulTraps) }, stoppedBy: 'recorded' },
  { name: 'AMOs that report load page faults', model: bug('V17'), stoppedBy: 'recorded' },
  {
    name: 'remuw that extends by zeros in one engine',
    model: { wasmUnits: { instructions: swapped } },
    stoppedBy: 'engines',
  },
  {
    name: 'TLB hits that count in one engine only',
    model: {
      wasmUnits: withTlb(
        (Base) =>
          class extends Base {
            override lookup(va: bigint, asid: number): number {
              return this.peek(va, asid)
            }
          },
      ),
    },
    stoppedBy: 'engines',
  },
  { name: 'stores that PMP does not check', model: bug('P15'), stoppedBy: 'properties' },
  { name: 'supervisors that may change satp', model: bug('T01a'), stoppedBy: 'properties' },
  {
    name: 'a memory of half the latency and no branch prediction',
    model: {
      changes: (config) => ({
        memoryLatency: Math.ceil(config.memoryLatency / 2),
        ...timing(() => ({ predictor: undefined }))(config),
      }),
    },
    stoppedBy: 'cycles',
  },
  {
    name: 'a multiplier of a bit a cycle, and a slow bus',
    model: {
      changes: timing(({ bus }) => ({
        multiplierBits: 1,
        bus: { ...bus, dataRefill: 3 * bus.dataRefill, fetchRefill: 3 * bus.fetchRefill },
      })),
    },
    stoppedBy: 'cycles',
  },
  { name: 'NAPOT ranges of half their size', model: bug('P31'), stoppedBy: 'properties' },
]
