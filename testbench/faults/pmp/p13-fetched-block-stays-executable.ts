import { honestUnits } from '../../../rtl-model/core/core.ts'
import { CsrFile } from '../../../rtl-model/core/csr/csr-file.ts'
import { MmuUnit } from '../../../rtl-model/memory/mmu.ts'
import type { Fault } from '../fault.ts'
import { withMmu } from '../units.ts'

const BLOCK_MASK = -16n

/** The block with the last write of a PMP register, in a word of the state; 1, which no block is, where none counts. */
type FetchedBlock = BigUint64Array

const NONE = 1n

class NotingCsrFile extends CsrFile {
  readonly fetched: FetchedBlock

  constructor(...parts: ConstructorParameters<typeof CsrFile>) {
    super(...parts)
    this.fetched = parts[0].allocate(8).u64
    this.fetched[0] = NONE
    for (const row of this.all().filter(({ name }) => name.startsWith('pmp'))) {
      const write = (value: bigint) => {
        this.fetched[0] = this.hart.pc & BLOCK_MASK
        return row.write(value)
      }
      this.rows.set(row.csr, { ...row, write })
    }
  }
}

class UncheckedBlock extends MmuUnit {
  fetched: FetchedBlock = new BigUint64Array([NONE])

  override translate(...parts: Parameters<MmuUnit['translate']>): ReturnType<MmuUnit['translate']> {
    const [va, , kind] = parts
    if (kind === 'fetch' && BigInt.asUintN(64, va & BLOCK_MASK) !== this.fetched[0]) this.fetched[0] = NONE
    return super.translate(...parts)
  }

  /** Nothing that is known of a page, so that each instruction is asked for, until another block is fetched. */
  override pageGrant(...parts: Parameters<MmuUnit['pageGrant']>): ReturnType<MmuUnit['pageGrant']> {
    return this.fetched[0] === NONE ? super.pageGrant(...parts) : undefined
  }

  protected override pmpAllows(...parts: Parameters<MmuUnit['pmpAllows']>): boolean {
    return (parts[3] === 'fetch' && this.fetched[0] !== NONE) || super.pmpAllows(...parts)
  }
}

export const fetchedBlockStaysExecutable: Fault = {
  kind: 'fault',
  id: 'P13',
  title: 'After a write of a PMP register the rest of the 16 bytes that were fetched with it is executed unchecked.',
  source: 'cva6 #2567',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => ({
    createCsrFile: (...parts) => new NotingCsrFile(...parts),
    ...withMmu(UncheckedBlock),
    createLoadStore: (core) => {
      const { csr, mmu } = core
      if (csr instanceof NotingCsrFile && mmu instanceof UncheckedBlock) mmu.fetched = csr.fetched
      return honestUnits.createLoadStore(core)
    },
  }),
}
