import { PmpUnit } from '../../../rtl-model/memory/pmp.ts'
import type { Fault } from '../fault.ts'
import { withPmp } from '../units.ts'

class AllOrNothing extends PmpUnit {
  override writeConfig(register: number, value: bigint): boolean {
    for (let byte = 0n; byte < 8n; byte++) {
      const written = Number((value >> (8n * byte)) & 0xffn)
      if (this.legalConfig(written) !== written) return register * 4 < this.entries
    }
    return super.writeConfig(register, value)
  }
}

export const illegalByteDropsRegister: Fault = {
  kind: 'fault',
  id: 'P17',
  title: 'A write of pmpcfg is dropped whole where the byte of one entry is illegal.',
  source: 'cva6 #1740, #1996, PR #2019',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withPmp(AllOrNothing),
}
