import { presets } from '../rtl-model/core/config.ts'
import { Core } from '../rtl-model/core/core.ts'

/** The CSRs of a core with timing, by name and by number (their address). */
export interface CsrNames {
  /** `0x…` for a number that is no CSR's. */
  csrName(csr: number): string
  csrNumber(name: string): number | undefined
}

export function createCsrNames(): CsrNames {
  const { csr } = new Core(presets.rocket, { output() {} })
  const numbers = new Map(csr.all().map((row) => [row.name, row.csr]))
  return {
    csrName: (number) => csr.name(number) ?? `0x${number.toString(16).padStart(3, '0')}`,
    csrNumber: (name) => numbers.get(name),
  }
}
