import type { Core, CoreUnits } from '../../../rtl-model/core/core.ts'
import { honestUnits } from '../../../rtl-model/core/core.ts'
import type { WalkAccess } from '../../../rtl-model/core/retirement.ts'
import type { AccessKind, Fault as Refusal } from '../../../rtl-model/memory/access.ts'
import { type AccessContext, MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import { pteBits } from '../../../rtl-model/memory/pte.ts'
import type { TlbEntry } from '../../../rtl-model/memory/tlb.ts'

const SUPERVISOR = 1

/**
 * An MMU that sets A and D of a leaf itself where an access needs them (Svadu), instead of leaving that to software. The
 * update is a store by S to the page table, which PMP checks; it is made only where nothing else refuses the access.
 */
export class UpdatingMmu extends MmuUnit {
  /** Where the tables are. */
  bus: Core['bus'] | undefined

  override translate(...parts: Parameters<MmuUnit['translate']>): bigint | Refusal {
    const answer = super.translate(...parts)
    if (answer !== 'page') return answer
    const refusal = this.update(...parts)
    return refusal ?? super.translate(...parts)
  }

  /** Updates the leaf of a page-faulting access; why it does not, otherwise. */
  protected update(va: bigint, size: number, kind: AccessKind, context: AccessContext): Refusal | undefined {
    if (!this.isTranslatable(va)) return 'page'
    let leaf: WalkAccess | undefined
    const walked = this.parts.walker.walk(va, context.satp, kind, (access) => {
      leaf = access
    })
    if ('fault' in walked || leaf === undefined) return 'page'
    const needed = BigInt(kind === 'store' ? pteBits.A | pteBits.D : pteBits.A)
    const pte = leaf.pte | needed
    const asid = Number((context.satp >> 44n) & 0xffffn)
    const entry = this.entryOf({ ...walked, pte }, va, asid)
    const pa = (entry.ppn << 12n) | (va & (4096n * 512n ** BigInt(entry.level) - 1n))
    const refusal = this.refusal(entry, pa, size, kind, context)
    if (this.hinders(refusal)) return refusal
    if (pte !== leaf.pte) {
      if (!this.parts.pmp.allows(leaf.pa, 8, 'store', SUPERVISOR)) {
        this.updateDenied(entry, kind)
        return 'access'
      }
      this.bus?.store(leaf.pa, 8, pte)
    }
    // What the TLB has may be global, or older than the table.
    this.tlbFor(kind).flush(va)
    return undefined
  }

  /** Whether an access that would be refused in this way, were A and D set, keeps them from being set. */
  protected hinders(refusal: Refusal | undefined): boolean {
    return refusal !== undefined
  }

  /** Called where PMP denies the update: nothing comes of it. */
  protected updateDenied(_entry: TlbEntry, _kind: AccessKind): void {}
}

/** Such an MMU with its way to memory. */
export function withUpdatingMmu(Unit: typeof UpdatingMmu): Partial<CoreUnits> {
  return {
    createMmu: (parts) => new Unit(parts),
    createLoadStore: (core) => {
      if (core.mmu instanceof UpdatingMmu) core.mmu.bus = core.bus
      return honestUnits.createLoadStore(core)
    },
  }
}
