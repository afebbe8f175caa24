import { MmuUnit, type PageGrant } from '../../../rtl-model/memory/mmu.ts'

/** An MMU that is asked for each load and store, so that the load-store unit sees all of them. */
export class AskingMmu extends MmuUnit {
  override pageGrant(...parts: Parameters<MmuUnit['pageGrant']>): PageGrant | undefined {
    const granted = super.pageGrant(...parts)
    return granted?.fetch ? { ...granted, load: false, store: false } : undefined
  }
}
