/** Names that CSRs have in RVFI field names, `csr_<name>_wdata`: those given, or the number where a name is not unique. */
export class CsrFields {
  readonly #names: string[] = []
  readonly #numbers = new Map<string, number>()

  constructor(csrName: (csr: number) => string) {
    const given = Array.from({ length: 4096 }, (_, csr) => csrName(csr))
    const uses = new Map<string, number>()
    for (const name of given) uses.set(name, (uses.get(name) ?? 0) + 1)
    for (const [csr, name] of given.entries()) {
      this.#names[csr] = uses.get(name) === 1 ? name : `0x${csr.toString(16).padStart(3, '0')}`
      this.#numbers.set(this.#names[csr], csr)
    }
  }

  name(csr: number): string {
    return this.#names[csr]
  }

  /** Undefined for a name that no CSR has. */
  number(name: string): number | undefined {
    return this.#numbers.get(name)
  }
}
