import type { Privilege } from '../../../rtl-model/core/retirement.ts'
import { type SystemFunction, systemActions } from '../../../rtl-model/core/system.ts'
import type { AccessKind } from '../../../rtl-model/memory/access.ts'
import { neededRight, type PageRights, READ, WRITE } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withActions, withPmp } from '../units.ts'
import { RememberingPmp } from './remembering-pmp.ts'

const DATA_RIGHTS = READ | WRITE
const PAGE_BYTES = 4096

class StaleForData extends RememberingPmp {
  override allows(pa: bigint, size: number, kind: AccessKind, privilege: Privilege): boolean {
    if (kind === 'fetch') return super.allows(pa, size, kind, privilege)
    const { uniform, rights } = this.remembered(pa, privilege, true)
    if (!uniform) return super.allows(pa, size, kind, privilege)
    return (rights & neededRight[kind]) !== 0
  }

  override pageRights(page: bigint, privilege: Privilege, bytes = PAGE_BYTES): PageRights {
    const now = super.pageRights(page, privilege, bytes)
    if (bytes > PAGE_BYTES) return now
    const kept = this.remembered(page, privilege, false)
    return {
      uniform: now.uniform && kept.uniform,
      rights: (now.rights & ~DATA_RIGHTS) | (kept.rights & DATA_RIGHTS),
    }
  }
}

const forgetting: SystemFunction = (core, operands) => {
  const to = systemActions['sfence.vma'](core, operands)
  if (to !== undefined && core.pmp instanceof StaleForData) core.pmp.forget()
  return to
}

export const dataVerdictStale: Fault = {
  kind: 'fault',
  id: 'P14',
  title:
    'Where translation is off, the PMP verdict on a page of data is kept until sfence.vma, whatever is written to the PMP registers.',
  source: 'cva6 #3351',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => ({ ...withPmp(StaleForData), ...withActions({ 'sfence.vma': forgetting }) }),
}
