import type { WalkAccess } from '../../../rtl-model/core/retirement.ts'
import type { AccessKind, Fault as Refusal } from '../../../rtl-model/memory/access.ts'
import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { TlbEntry } from '../../../rtl-model/memory/tlb.ts'
import type { Fault } from '../fault.ts'
import { withMmu } from '../units.ts'

class KeepingFaults extends MmuUnit {
  protected override refill(va: bigint, kind: AccessKind, satp: bigint, asid: number): TlbEntry | Refusal {
    let last: WalkAccess | undefined
    const walked = this.parts.walker.walk(va, satp, kind, (access) => {
      last = access
      this.parts.observeWalk?.(access, kind)
    })
    if (!('fault' in walked)) return this.entryOf(walked, va, asid)
    if (walked.fault === 'page' && last !== undefined) {
      this.tlbFor(kind).insert(this.entryOf({ pte: last.pte, level: last.level, global: false }, va, asid))
    }
    return walked.fault
  }
}

export const faultingWalkKept: Fault = {
  kind: 'fault',
  id: 'V12',
  title: 'A walk that ends in a page fault puts the refused entry into the TLB, where the next access finds it.',
  source: 'cva6 PR #3486',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withMmu(KeepingFaults),
}
