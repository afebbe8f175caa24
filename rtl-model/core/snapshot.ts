import type { Core } from './core.ts'
import { Pages } from './pages.ts'
import { PAGE_BYTES } from './state.ts'

/** A moment of a machine: the units' state, and each page of RAM that is not zero. Pages are shared between snapshots. */
export interface Snapshot {
  readonly state: Uint8Array
  readonly pages: Pages
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
  #pages = new Pages()

  constructor(core: Core) {
    this.#core = core
    this.#bytes = new Uint8Array(core.memory.buffer)
  }

  take(): Snapshot {
    const { bus, csr, stateAllocator, exitCode } = this.#core
    const written = bus.takeWritten().map((page) => {
      const at = bus.ramOffset + page * PAGE_BYTES
      return [page, this.#bytes.slice(at, at + PAGE_BYTES)] as const
    })
    // A page that could be written without asking must be asked for again, to be marked again.
    csr.protectionChanged()
    this.#pages = this.#pages.with(written)
    return { state: this.#bytes.slice(0, stateAllocator.end), pages: this.#pages, exitCode }
  }

  restore(snapshot: Snapshot): void {
    const core = this.#core
    for (const page of core.bus.takeWritten()) this.#restorePage(page, snapshot)
    for (const page of snapshot.pages.differing(this.#pages)) this.#restorePage(page, snapshot)
    this.#pages = snapshot.pages
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
