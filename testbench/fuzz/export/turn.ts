/** A finding played once more, as what each domain did: what a program that shows it is made from. */

/** Stays the same for an enclave's life, unlike its eid. */
export type Serial = number

/** What one domain does at a time. */
export interface Turn {
  /** How the console calls it. */
  readonly name: string
  /** The enclave that does it; undefined for the host. */
  readonly by: Serial | undefined
  /** What it runs: its agent's call, write of satp or load, the code at its place for that, or what lasts until the timer. */
  readonly runs: 'call' | 'space' | 'load' | 'code' | 'timer'
  /** x0 to x31, before. */
  readonly registers: readonly bigint[]
  /** What it stores first, at its own virtual addresses. */
  readonly pokes: readonly StoredBytes[]
  /** Who goes on; 'nobody' where the monitor does not come back. */
  readonly next: Serial | 'host' | 'nobody'
  /** Instructions that it took, the monitor's too. */
  readonly instructions: number
}

export interface StoredBytes {
  readonly va: bigint
  readonly bytes: Uint8Array
}

/** An enclave, from its creation on. */
export interface Life {
  readonly serial: Serial
  readonly eid: number
  /** The turn that created it. */
  readonly since: number
  /** Where the host put the image that it began with: its own, or its template's. */
  readonly image: bigint
  /** What it found in a2 when it began: forks of a template tell themselves apart by that. */
  readonly a2: bigint | undefined
}
