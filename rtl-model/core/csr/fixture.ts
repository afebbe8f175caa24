import { type CoreConfig, presets } from '../config.ts'
import { Hart } from '../hart.ts'
import { RegionAllocator } from '../state.ts'
import { type CsrFile, createCsrFile } from './csr-file.ts'

/** A hart with its CSRs, a PMP unit that keeps whatever is written, and a clock that the test sets. */
export interface CsrFixture {
  hart: Hart
  csr: CsrFile
  /** pmpaddr registers, and those that refuse writes. */
  pmpAddress: bigint[]
  pmpLocked: Set<number>
  pmpConfig: bigint[]
  mtime: bigint
}

export function csrFixture(changes: Partial<CoreConfig> = {}): CsrFixture {
  const config = { ...presets.default, ...changes }
  const allocator = new RegionAllocator(new ArrayBuffer(4096))
  const hart = new Hart(allocator)
  hart.privilege = 3
  const pmpAddress = new Array<bigint>(config.pmpEntries).fill(0n)
  const pmpConfig = new Array<bigint>(config.pmpEntries / 4).fill(0n)
  const pmpLocked = new Set<number>()
  const pmp = {
    readAddress: (entry: number) => pmpAddress[entry],
    writeAddress(entry: number, value: bigint) {
      if (pmpLocked.has(entry)) return false
      pmpAddress[entry] = BigInt.asUintN(54, value)
      return true
    },
    readConfig: (register: number) => pmpConfig[register],
    writeConfig(register: number, value: bigint) {
      pmpConfig[register] = value & 0x9f9f9f9f9f9f9f9fn
      return true
    },
  }
  const fixture: CsrFixture = {
    hart,
    csr: createCsrFile(allocator, hart, config, { pmp, time: () => fixture.mtime }),
    pmpAddress,
    pmpLocked,
    pmpConfig,
    mtime: 0n,
  }
  return fixture
}
