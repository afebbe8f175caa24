import { ALL_RIGHTS, PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class DefaultAllow extends PmpUnit {
  protected override unmatchedRights(): number {
    return ALL_RIGHTS
  }
}

export const unmatchedAllowed: Fault = {
  kind: 'fault',
  id: 'P45',
  title: 'S and U may access what no entry matches.',
  source: 'QEMU d102f19a208',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(DefaultAllow),
}
