import type { Core } from '../../rtl-model/core/core.ts'
import type { Feature } from './features.ts'

const MODES = ['U', 'S', undefined, 'M']

/**
 * Tells which PMP entries decide, and what happens to the TLBs: features of the kinds pmp and tlb. Engines ask the units once
 * for a page, not at each access.
 */
export function watchUnits({ hart, pmp, itlb, dtlb }: Core, reached: (feature: Feature) => void): void {
  const mode = (): string | undefined => MODES[hart.privilege]
  const match = pmp.match.bind(pmp)
  pmp.match = (pa, size, from) => {
    const found = match(pa, size, from)
    if (found !== undefined) reached(`pmp:${mode()} ${found.entry}${found.whole ? '' : ' in part'}`)
    return found
  }
  for (const [name, tlb] of Object.entries({ itlb, dtlb })) {
    const insert = tlb.insert.bind(tlb)
    tlb.insert = (entry) => {
      reached(`tlb:${name} fill from ${mode()}, level ${entry.level}${entry.global ? ', global' : ''}`)
      return insert(entry)
    }
    const flush = tlb.flush.bind(tlb)
    tlb.flush = (va, asid) => {
      const named = [...(va === undefined ? [] : ['address']), ...(asid === undefined ? [] : ['ASID'])]
      reached(`tlb:${name} flush of ${named.join(' and ') || 'all'}`)
      flush(va, asid)
    }
  }
}
