import type { CoreConfig } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import type { RetirementBatch } from '../../rtl-model/core/recorder.ts'
import { Driver } from '../calls/driver.ts'
import type { Standpoint } from '../calls/follow.ts'
import { perform, writePokes } from '../calls/perform.ts'
import { RAM } from '../calls/places.ts'
import type { Point, Position } from '../calls/play.ts'
import type { ElfFile } from '../elf/image.ts'
import type { Listener } from '../witness/events.ts'
import { Witness } from '../witness/witness.ts'
import { planOf } from './actions.ts'
import { type Control, noControl } from './control.ts'
import type { CorpusEntry } from './corpus.ts'
import { type Feature, featureListener } from './features.ts'
import type { Step } from './finding.ts'
import type { Breach, Promised } from './promise.ts'
import { codePokes, runCode } from './run-code.ts'
import { isSlow } from './slow-calls.ts'
import { watchUnits } from './unit-features.ts'

/** What a case does next, given where things stand; undefined for nothing. */
export type StepPlan = (position: Position) => Step | undefined

/** What one case came to. */
export interface Trial {
  /** What was done, up to the breach. */
  readonly steps: readonly Step[]
  /** The first, if any. */
  readonly breach: Breach | undefined
  readonly reached: ReadonlySet<Feature>
  /** Steps of the hart. */
  readonly instructions: number
  /** Page-table walks by how many entries they read, from one on. */
  readonly walks: readonly number[]
  /** Whether it was judged together with a second run. */
  readonly isPair: boolean
}

export interface PlayerOptions {
  readonly config?: CoreConfig
  readonly units?: Partial<CoreUnits>
  readonly control?: Control
}

/** Instructions within which a monitor comes back: signing and hashing take millions, clearing a region hundreds of thousands. */
const SLOW_BOUND = 40_000_000
const BOUND = 4_000_000

const patienceFor = (step: Step): number => ('call' in step && isSlow(step.call.call) ? SLOW_BOUND : BOUND)

/** Where a case has come to. */
export interface End {
  readonly point: Point
  /** Steps that were made, and instructions that they took. */
  readonly turns: number
  readonly instructions: number
}

/** Where a case begins that goes on from nothing. */
export const endAt = (point: Point): End => ({ point, turns: 0, instructions: 0 })

/** Looks on while a case is played. */
export interface Spectator {
  readonly listener?: Pick<Listener, 'visited'>
  observe?(batch: RetirementBatch): void
  stepped?(step: Step, standpoints: { readonly before: Standpoint; readonly after: Standpoint }): void
}

/** A firmware with a witness of all that its hart does, and promises that are judged as it goes. */
export class Player {
  readonly driver: Driver
  readonly control: Control
  readonly promises: readonly Promised[]
  readonly #witness: Witness
  #isWatching = false
  #spectator: Spectator = {}
  #breaches: Breach[] = []
  #reached = new Set<Feature>()
  #walks = [0, 0, 0]
  /** Steps of the hart before the case. */
  #first = 0n
  /** Steps of the case so far. */
  #turns = 0
  /** Where cases of the corpus ended, so that those that go on from them need not play them again. */
  readonly #ends = new WeakMap<CorpusEntry, End | undefined>()

  /** @throws InputError for a firmware that never hands the hart to the host. */
  constructor(firmware: ElfFile, promises: readonly Promised[], options: PlayerOptions = {}) {
    const { config, units, control = noControl } = options
    this.control = control
    this.promises = promises
    const judges = promises.map(({ name, judge }) =>
      judge((breach) => this.#breaches.push({ promise: name, ...breach })),
    )
    const features = featureListener((feature) => this.#reached.add(feature))
    const walked: Listener = { walked: (_, reads) => this.#walks[reads - 1]++ }
    this.#witness = new Witness(
      RAM,
      together([...judges, features, walked, { visited: (visit) => this.#spectator.listener?.visited?.(visit) }]),
    )
    this.driver = new Driver(firmware, {
      ...(config && { config }),
      ...(units && { units }),
      observers: [(batch) => this.#observe(batch)],
      outside: {
        paused: (place) => this.#isWatching && this.#witness.paused(place),
        placed: (registers) => this.#witness.placed(registers),
        poked: (pa, bytes) => this.#witness.poked(pa, bytes),
      },
    })
    watchUnits(this.driver.machine.core, (feature) => this.#reached.add(feature))
  }

  /** Plays plans from a point, until they end or a promise is broken. */
  play(start: Point, plans: readonly StepPlan[], spectator?: Spectator): Trial {
    return this.playFrom(endAt(start), plans, spectator)
  }

  /**
   * Plays a case that goes on from another: from where that ended, as long as no promise is broken; steps and walks are
   * then those behind that end alone.
   */
  playOn(start: Point, before: CorpusEntry, plans: readonly StepPlan[]): Trial {
    const first = before.actions.map(planOf)
    if (!this.#ends.has(before)) {
      const { breach } = this.play(start, first)
      this.#ends.set(before, breach === undefined ? this.end() : undefined)
    }
    const end = this.#ends.get(before)
    if (end === undefined) return this.play(start, [...first, ...plans])
    const trial = this.playFrom(end, plans)
    if (trial.breach !== undefined) return this.play(start, [...first, ...plans])
    return { ...trial, reached: new Set([...before.features, ...trial.reached]) }
  }

  /** Remembers that the case played last, without a breach, is this one. */
  keepEnd(entry: CorpusEntry): void {
    this.#ends.set(entry, this.end())
  }

  /** Plays plans from where another case has come to; what it comes to counts from there. */
  playFrom(from: End, plans: readonly StepPlan[], spectator: Spectator = {}): Trial {
    this.#spectator = spectator
    this.#begin(from)
    const steps: Step[] = []
    const { driver } = this
    for (const plan of plans) {
      const before = this.#witness.standpoint
      const { state, roots } = before
      const root = state.running === undefined ? undefined : roots.get(state.running)
      const step = plan({ state, memory: this.#witness.memory, root })
      if (step === undefined) continue
      steps.push(step)
      this.#turns++
      this.#make(step, { state, memory: this.#witness.memory, root }, this.#turns)
      this.#witness.settle(driver.machine.core.hart)
      spectator.stepped?.(step, { before, after: this.#witness.standpoint })
      if (this.#breaches.length > 0) break
    }
    this.#isWatching = false
    const reached = this.#reached
    const instructions = this.#instructions()
    return { steps, breach: this.#breaches[0], reached, instructions, walks: this.#walks, isPair: false }
  }

  #instructions(): number {
    return Number(this.driver.machine.core.hart.steps - this.#first)
  }

  /** Where the case played last has come to. */
  end(): End {
    const point = { ...this.#witness.standpoint, snapshot: this.driver.snapshot() }
    return { point, turns: this.#turns, instructions: this.#instructions() }
  }

  #make(step: Step, position: Position, turn: number): void {
    const { driver } = this
    const { running } = position.state
    driver.patience = patienceFor(step)
    if (!('code' in step)) {
      writePokes(driver, step)
      const { standing } = perform(driver, running, step, turn)
      if (step.by === 'timer' && standing.privilege === 0) this.#witness.overstayed(standing.pc)
      return
    }
    const pokes = codePokes(step, position)
    if (pokes !== undefined) runCode(driver, step, pokes, { running, turn })
  }

  #observe(batch: RetirementBatch): void {
    if (!this.#isWatching) return
    this.#witness.observe(batch)
    this.#spectator.observe?.(batch)
  }

  #begin({ point: start, turns, instructions }: End): void {
    const { driver } = this
    driver.restore(start.snapshot)
    const { hart, csr } = driver.machine.core
    this.#first = hart.steps - BigInt(instructions)
    this.#turns = turns
    this.#breaches = []
    this.#reached = new Set()
    this.#walks = [0, 0, 0]
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
export function together(listeners: readonly Listener[]): Listener {
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
    overstayed: (event) => {
      for (const listener of listeners) listener.overstayed?.(event)
    },
    executedOld: (event) => {
      for (const listener of listeners) listener.executedOld?.(event)
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
