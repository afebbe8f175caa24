import type { CoreConfig } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { Driver } from '../calls/driver.ts'
import { perform, writePokes } from '../calls/perform.ts'
import { RAM } from '../calls/places.ts'
import type { Point, Position } from '../calls/play.ts'
import type { ElfFile } from '../elf/image.ts'
import type { Listener } from '../witness/events.ts'
import { Witness } from '../witness/witness.ts'
import { type Control, noControl } from './control.ts'
import { type Feature, featureListener } from './features.ts'
import type { Step } from './finding.ts'
import type { Breach, Promised } from './promise.ts'
import type { Sight } from './sight.ts'

/** What a case does next, given where things stand; undefined for nothing. */
export type StepPlan = (position: Position) => Step | undefined

/** What one case came to. */
export interface Trial {
  /** What was done, up to the breach. */
  readonly steps: readonly Step[]
  /** The first, if any. */
  readonly breach: Breach | undefined
  readonly reached: ReadonlySet<Feature>
}

export interface PlayerOptions {
  readonly config?: CoreConfig
  readonly units?: Partial<CoreUnits>
  readonly control?: Control
  /** Is told of all that a case does, beside the promises. */
  readonly listener?: Listener
}

/** A firmware with a witness of all that its hart does, and promises that are judged as it goes. */
export class Player {
  readonly driver: Driver
  readonly control: Control
  readonly promises: readonly Promised[]
  readonly #witness: Witness
  #isWatching = false
  #breaches: Breach[] = []
  #reached = new Set<Feature>()
  #sight: Sight | undefined

  /** @throws InputError for a firmware that never hands the hart to the host. */
  constructor(firmware: ElfFile, promises: readonly Promised[], options: PlayerOptions = {}) {
    const { config, units, control = noControl, listener = {} } = options
    this.control = control
    this.promises = promises
    const judges = promises.map(({ name, judge }) =>
      judge((breach) => this.#breaches.push({ promise: name, ...breach })),
    )
    const features = featureListener((feature) => this.#reached.add(feature))
    const sight: Listener = { visited: (visit) => this.#sight?.visited(visit) }
    this.#witness = new Witness(RAM, together([...judges, features, listener, sight]))
    this.driver = new Driver(firmware, {
      ...(config && { config }),
      ...(units && { units }),
      observers: [
        (batch) => {
          if (!this.#isWatching) return
          this.#witness.observe(batch)
          this.#sight?.observe(batch)
        },
      ],
      outside: {
        placed: (registers) => this.#witness.placed(registers),
        poked: (pa, bytes) => this.#witness.poked(pa, bytes),
      },
    })
  }

  /** Plays plans from a point, until they end or a promise is broken. */
  play(start: Point, plans: readonly StepPlan[]): Trial {
    const trial = this.run(start, plans)
    this.control.played()
    return trial
  }

  /** As `play`, for a case that is not counted; `sight` sees what it shows. */
  run(start: Point, plans: readonly StepPlan[], sight?: Sight): Trial {
    this.#sight = sight
    this.#begin(start)
    const steps: Step[] = []
    const { driver } = this
    for (const plan of plans) {
      const { state, roots } = this.#witness.standpoint
      const root = state.running === undefined ? undefined : roots.get(state.running)
      const step = plan({ state, memory: this.#witness.memory, root })
      if (step === undefined) continue
      steps.push(step)
      if ('code' in step) throw new Error('code is not played yet')
      writePokes(driver, step)
      const { standing } = perform(driver, state.running, step, steps.length)
      this.#witness.settle(driver.machine.core.hart)
      sight?.rested(standing)
      if (this.#breaches.length > 0) break
    }
    this.#isWatching = false
    return { steps, breach: this.#breaches[0], reached: this.#reached }
  }

  #begin(start: Point): void {
    const { driver } = this
    driver.restore(start.snapshot)
    const { hart, csr } = driver.machine.core
    this.#breaches = []
    this.#reached = new Set()
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
    walked: (domain, reads, isFault) => {
      for (const listener of listeners) listener.walked?.(domain, reads, isFault)
    },
    trapped: (domain, cause, isInterrupt) => {
      for (const listener of listeners) listener.trapped?.(domain, cause, isInterrupt)
    },
  }
}
