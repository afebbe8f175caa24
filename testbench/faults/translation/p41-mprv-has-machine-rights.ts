import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { Fault } from '../fault.ts'
import { withLoadStore, withMmu } from '../units.ts'

class MachineRights extends MmuUnit {
  /** Whether the hart is in M while this access is made. */
  inMachine = false

  protected override pmpAllows(...parts: Parameters<MmuUnit['pmpAllows']>): boolean {
    const [, pa, size, kind] = parts
    return this.inMachine ? this.parts.pmp.allows(pa, size, kind, MACHINE) : super.pmpAllows(...parts)
  }
}

class MachineAccesses extends LoadStore {
  protected override translateData(va: bigint, size: number, kind: 'load' | 'store'): bigint | undefined {
    const { mmu, hart } = this.core
    if (!(mmu instanceof MachineRights)) return super.translateData(va, size, kind)
    mmu.inMachine = hart.privilege === MACHINE
    const pa = super.translateData(va, size, kind)
    mmu.inMachine = false
    return pa
  }
}

const MACHINE = 3

export const mprvHasMachineRights: Fault = {
  kind: 'fault',
  id: 'P41',
  title: 'A load or store that MPRV makes as S or U is translated so, but PMP gives it the rights of M.',
  source: 'xs #6126',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => ({ ...withMmu(MachineRights), ...withLoadStore(MachineAccesses) }),
}
