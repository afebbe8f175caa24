const NONE = -1

/**
 * Numbers for the entries of a table: those with another number than the present one are out of date. What M-mode finds
 * without translation stays while others run, under a number of its own.
 */
export class TableVersions {
  readonly #count: number
  readonly #clear: () => void
  #last = NONE
  #machine = NONE
  /** The present number. */
  version = 0

  /**
   * @param count how many numbers there are, from 0 on
   * @param clear empties the table, of whatever numbers
   */
  constructor(count: number, clear: () => void) {
    this.#count = count
    this.#clear = clear
  }

  /** What entries say may be wrong now: of M-mode only where `isSameForMachine` is false. */
  change(isSameForMachine: boolean, isMachine: boolean): void {
    if (!isSameForMachine) this.#machine = NONE
    if (!isMachine) this.version = this.#next()
    else {
      if (this.#machine === NONE) this.#machine = this.#next()
      this.version = this.#machine
    }
  }

  #next(): number {
    if (this.#last + 1 === this.#count) {
      this.#clear()
      this.#machine = NONE
      this.#last = NONE
    }
    return ++this.#last
  }
}
