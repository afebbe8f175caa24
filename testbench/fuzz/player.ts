import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { Driver, type DriverOptions } from '../calls/driver.ts'
import { type Move, perform, writePokes } from '../calls/perform.ts'
import { RAM } from '../calls/places.ts'
import type { Plan, Point } from '../calls/play.ts'
import type { ElfFile } from '../elf/image.ts'
import type { Listener } from '../witness/events.ts'
import { Witness } from '../witness/witness.ts'
import type { Breach, Promised } from './promise.ts'

/** What one case came to. */
export interface Trial {
  readonly moves: readonly Move[]
  /** The first breach, if any. */
  readonly breach: Breach | undefined
}

/** A firmware with a witness of all that its hart does, and promises that are judged as it goes. */
export class Player {
  readonly driver: Driver
  readonly #witness: Witness
  #isWatching = false
  #breaches: Breach[] = []

  constructor(firmware: ElfFile, promises: readonly Promised[], options: Pick<DriverOptions, 'config'> = {}) {
    const judges = promises.map(({ name, judge }) =>
      judge((breach) => this.#breaches.push({ promise: name, ...breach })),
    )
    this.#witness = new Witness(RAM, together(judges))
    this.driver = new Driver(firmware, {
      ...options,
      observers: [(batch) => this.#isWatching && this.#witness.observe(batch)],
      outside: {
        placed: (registers) => this.#witness.placed(registers),
        poked: (pa, bytes) => this.#witness.poked(pa, bytes),
      },
    })
  }

  /** Plays plans from a point, until they end or a promise is broken. */
  play(start: Point, plans: readonly Plan[]): Trial {
    this.#begin(start)
    const moves: Move[] = []
    const { driver } = this
    for (const plan of plans) {
      const { state, roots } = this.#witness.standpoint
      const root = state.running === undefined ? undefined : roots.get(state.running)
      const move = plan({ state, memory: this.#witness.memory, root })
      if (move === undefined) continue
      moves.push(move)
      writePokes(driver, move)
      perform(driver, state.running, move, moves.length)
      this.#witness.settle(driver.machine.core.hart)
      if (this.#breaches.length > 0) break
    }
    this.#isWatching = false
    return { moves, breach: this.#breaches[0] }
  }

  #begin(start: Point): void {
    const { driver } = this
    driver.restore(start.snapshot)
    const { hart, csr } = driver.machine.core
    this.#breaches = []
    this.#witness.restart({
      standpoint: start,
      pages: start.snapshot.pages,
      registers: [...hart.x],
      satp: csr.read(csrAddress.satp, 3)!,
    })
    this.#isWatching = true
  }
}

/** One listener for many. */
function together(listeners: readonly Listener[]): Listener {
  return {
    trespassed: (event) => {
      for (const listener of listeners) listener.trespassed?.(event)
    },
    changedSpace: (event) => {
      for (const listener of listeners) listener.changedSpace?.(event)
    },
    bypassed: (event) => {
      for (const listener of listeners) listener.bypassed?.(event)
    },
    visited: (event) => {
      for (const listener of listeners) listener.visited?.(event)
    },
    trapped: (domain, cause, isInterrupt) => {
      for (const listener of listeners) listener.trapped?.(domain, cause, isInterrupt)
    },
  }
}
