import { csrFamily } from '../../rtl-model/core/csr/addresses.ts'
import type { CodeBuffer } from './code-buffer.ts'
import type { PmpEntry } from './pmp.ts'
import { SCRATCH, SCRATCH2 } from './pointers.ts'

/** M-mode code that writes one PMP entry and leaves the others of its register as they are. */
export function writeEntry(code: CodeBuffer, { entry, address, config }: PmpEntry): void {
  const register = csrFamily.pmpcfg0 + (entry >> 3) * 2
  const shift = BigInt((entry & 7) * 8)
  code.li(SCRATCH, address)
  code.csrw(csrFamily.pmpaddr0 + entry, SCRATCH)
  code.li(SCRATCH, 0xffn << shift)
  code.op('csrrc', { rs1: SCRATCH, immediate: register })
  code.li(SCRATCH, BigInt(config) << shift)
  code.op('csrrs', { rd: SCRATCH2, rs1: SCRATCH, immediate: register })
}
