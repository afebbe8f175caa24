import { type SystemFunction, systemActions } from '../../../rtl-model/core/system.ts'
import type { Control } from '../fault.ts'
import { withActions } from '../units.ts'

const counted =
  (honest: SystemFunction): SystemFunction =>
  (core, operands) => {
    const to = honest(core, operands)
    core.hart.trapped--
    return to
  }

export const callsCounted: Control = {
  kind: 'control',
  id: 'I07',
  title: 'ecall and ebreak count as instructions retired.',
  source: 'rocket #2345',
  certainty: 'I',
  units: () => withActions({ ecall: counted(systemActions.ecall), ebreak: counted(systemActions.ebreak) }),
}
