import type { Privilege } from '../../../rtl-model/core/retirement.ts'
import type { RegionAllocator } from '../../../rtl-model/core/state.ts'
import { type PageRights, type PmpConfig, PmpUnit } from '../../../rtl-model/memory/pmp.ts'

/** Pages that are remembered, of those with the same remainder one. */
const PLACES = 512n
const PAGE_BITS = 12n
const VALID = 0x80n
const RIGHTS_BITS = 8n

/** A PMP that can remember its verdicts by page, past changes of its registers. */
export class RememberingPmp extends PmpUnit {
  /** Page number and privilege above, VALID and rights in the low byte. */
  readonly #places: BigUint64Array

  constructor(allocator: RegionAllocator, config: PmpConfig) {
    super(allocator, config)
    this.#places = allocator.allocate(Number(PLACES) * 8).u64
  }

  forget(): void {
    this.#places.fill(0n)
  }

  /**
   * The verdict on the page of an address as it was first found, if one entry, or none, decided on the whole page.
   *
   * @param keeps whether it is remembered from now on; a place that is taken stays so
   */
  protected remembered(pa: bigint, privilege: Privilege, keeps: boolean): PageRights {
    const page = pa >> PAGE_BITS
    const key = (page << 2n) | BigInt(privilege)
    const place = Number(page % PLACES)
    const word = this.#places[place]
    if (word !== 0n && word >> RIGHTS_BITS === key) return { uniform: true, rights: Number(word & 7n) }
    const found = super.pageRights(page << PAGE_BITS, privilege)
    if (keeps && found.uniform && word === 0n) {
      this.#places[place] = (key << RIGHTS_BITS) | VALID | BigInt(found.rights)
    }
    return found
  }
}
