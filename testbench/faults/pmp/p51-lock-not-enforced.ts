import { PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class Unlocked extends PmpUnit {
  protected override isConfigLocked(): boolean {
    return false
  }

  protected override isAddressLocked(): boolean {
    return false
  }
}

export const lockNotEnforced: Fault = {
  kind: 'fault',
  id: 'P51-lock',
  title: 'A locked entry can be written.',
  source: 'Minres DBT-RISE-RISCV PR #57',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(Unlocked),
}
