import { csrAddress } from '../../../rtl-model/core/csr/addresses.ts'
import { CsrFile } from '../../../rtl-model/core/csr/csr-file.ts'
import { row } from '../../../rtl-model/core/csr/row.ts'
import type { Fault } from '../fault.ts'

class OddEpc extends CsrFile {
  constructor(...parts: ConstructorParameters<typeof CsrFile>) {
    super(...parts)
    for (const name of ['mepc', 'sepc'] as const) {
      this.rows.set(
        csrAddress[name],
        row(
          name,
          'any value',
          () => this.get(name),
          (value) => this.set(name, value),
        ),
      )
    }
  }

  override epc(word: 'mepc' | 'sepc'): bigint {
    return super.epc(word) & ~1n
  }
}

export const lowBitOfEpcKept: Fault = {
  kind: 'fault',
  id: 'T05',
  title: 'Bit 0 of mepc and sepc can be written, and is read back.',
  source: 'vex #489, cva6 #3316, cv32e40p #163',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => ({ createCsrFile: (...parts) => new OddEpc(...parts) }),
}
