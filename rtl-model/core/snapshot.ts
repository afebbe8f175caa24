import type { Core } from './core.ts'
import { PAGE_BYTES } from './state.ts'

/** A moment of a machine: the units' state, and each page of RAM that is not zero. Pages are shared between snapshots. */
export interface Snapshot {
  readonly state: Uint8Array
  readonly pages: ReadonlyMap<number, Uint8Array>
  readonly exitCode: number | undefined
}

/**
 * Takes and restores snapshots of one core. A snapshot copies the pages written since the one before; a restore copies back
 * the pages written since, or that differ between the two snapshots.
 */
export class Snapshots {
  readonly #core: Core
  readonly #bytes: Uint8Array
  /** What the pages that are not marked as written hold. */
  #pages: ReadonlyMap<number, Uint8Array> = new Map()

  constructor(core: Core) {
    this.#core = core
    this.#bytes = new Uint8Array(core.memory.buffer)
  }

  take(): Snapshot {
    const { bus, csr, stateAllocator, exitCode } = this.#core
    const pages = new Map(this.#pages)
    for (const page of bus.takeWritten()) {
      const at = bus.ramOffset + page * PAGE_BYTES
      pages.set(page, this.#bytes.slice(at, at + PAGE_BYTES))
    }
    // A page that could be written without asking must be asked for again, to be marked again.
    csr.protectionChanged()
    this.#pages = pages
    return { state: this.#bytes.slice(0, stateAllocator.end), pages, exitCode }
  }

  restore(snapshot: Snapshot): void {
    const core = this.#core
    for (const page of core.bus.takeWritten()) this.#restorePage(page, snapshot)
    if (snapshot.pages !== this.#pages) {
      for (const [page, bytes] of this.#pages) {
        if (snapshot.pages.get(page) !== bytes) this.#restorePage(page, snapshot)
      }
      for (const page of snapshot.pages.keys()) {
        if (!this.#pages.has(page)) this.#restorePage(page, snapshot)
      }
      this.#pages = snapshot.pages
    }
    const { misa } = core.csr
    this.#bytes.set(snapshot.state, 0)
    core.stateReplaced()
    if (core.csr.misa !== misa) core.csr.decodeEpoch++
    core.exitCode = snapshot.exitCode
  }

  #restorePage(page: number, { pages }: Snapshot): void {
    const at = this.#core.bus.ramOffset + page * PAGE_BYTES
    const bytes = pages.get(page)
    if (bytes) this.#bytes.set(bytes, at)
    else this.#bytes.fill(0, at, at + PAGE_BYTES)
  }
}
