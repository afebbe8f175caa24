import type { Core, CoreUnits } from '../../../rtl-model/core/core.ts'
import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import type { Fault as Refusal } from '../../../rtl-model/memory/access.ts'
import { DataCache } from '../../../rtl-model/memory/dcache.ts'
import { LINE_BYTES } from '../../../rtl-model/memory/icache.ts'
import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import { withLoadStore, withMmu } from '../units.ts'

// What a core does with a refused load before it has noticed: seen by nobody but in the data cache.

/** An MMU that notes which physical address was refused. */
class NotingMmu extends MmuUnit {
  refused: bigint | undefined

  override translate(...parts: Parameters<MmuUnit['translate']>): ReturnType<MmuUnit['translate']> {
    this.refused = undefined
    return super.translate(...parts)
  }

  protected override refusal(...parts: Parameters<MmuUnit['refusal']>): Refusal | undefined {
    const fault = super.refusal(...parts)
    if (fault !== undefined) this.refused = parts[1]
    return fault
  }

  protected override pmpAllows(...parts: Parameters<MmuUnit['pmpAllows']>): boolean {
    const isAllowed = super.pmpAllows(...parts)
    if (!isAllowed) this.refused = parts[1]
    return isAllowed
  }
}

/** A data cache into which a line comes without anyone waiting for it. */
class WrongPathCache extends DataCache {
  touch(pa: bigint): void {
    const line = Number(BigInt.asIntN(32, pa / BigInt(LINE_BYTES)))
    if (this.tags.find(line) < 0) this.bring(0, line)
  }
}

/** A load-store unit that goes on for a while with a refused load of memory, where there is a data cache to see it in. */
export abstract class TransientLoads extends LoadStore {
  protected override refuse(fault: Refusal, kind: 'load' | 'store', va: bigint): undefined {
    const { bus, mmu, recorder, timing } = this.core
    const pa = mmu instanceof NotingMmu && kind === 'load' ? mmu.refused : undefined
    if (timing && recorder && pa !== undefined && bus.memoryOffset(pa, 1) >= bus.ramOffset) {
      this.core.timeRecords(recorder.index)
      this.goOn(pa, fault)
    }
    return super.refuse(fault, kind, va)
  }

  /** What happens behind the load, whose physical address this is, before the trap. */
  protected abstract goOn(pa: bigint, fault: Refusal): void

  /** Brings a line into the data cache. */
  protected touch(pa: bigint): void {
    const { timing } = this.core
    if (timing?.dcache instanceof WrongPathCache) timing.dcache.touch(pa)
  }
}

export const withTransientLoads = (Unit: new (core: Core) => TransientLoads): Partial<CoreUnits> => ({
  ...withMmu(NotingMmu),
  ...withLoadStore(Unit),
  createDataCache: (...parts) => new WrongPathCache(...parts),
})
