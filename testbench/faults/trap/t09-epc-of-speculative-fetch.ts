import { type Core, honestUnits } from '../../../rtl-model/core/core.ts'
import { Traps } from '../../../rtl-model/core/trap.ts'
import type { Fault } from '../fault.ts'
import { withTraps } from '../units.ts'

const PAGE_MASK = -4096n

class FetchingAhead extends Traps {
  core: Core | undefined

  override enter(cause: number, interrupt: boolean, tval: bigint): void {
    const { pc, privilege } = this.hart
    const ahead = BigInt.asUintN(64, pc + 4n) & PAGE_MASK
    const isAtEnd = privilege < 3 && ahead !== BigInt.asUintN(64, pc & PAGE_MASK)
    const answer = isAtEnd ? this.core?.mmu.translate(ahead, 2, 'fetch', this.core.fetchContext()) : undefined
    super.enter(cause, interrupt, tval)
    if (typeof answer === 'string') this.csr.set(this.hart.privilege === 1 ? 'sepc' : 'mepc', ahead)
  }
}

export const epcOfSpeculativeFetch: Fault = {
  kind: 'fault',
  id: 'T09',
  title: 'A trap in the last four bytes of a page saves the address of the next page where that cannot be fetched.',
  source: 'boom #753',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => ({
    ...withTraps(FetchingAhead),
    createLoadStore: (core) => {
      if (core.traps instanceof FetchingAhead) core.traps.core = core
      return honestUnits.createLoadStore(core)
    },
  }),
}
