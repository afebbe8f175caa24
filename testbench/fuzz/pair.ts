import { type Owner, ownerAt, type State } from '../../monitor/spec/state.ts'
import type { Snapshot } from '../../rtl-model/core/snapshot.ts'
import { changedPages, differences, memoryOf } from '../calls/memory.ts'
import { RAM } from '../calls/places.ts'
import type { Point } from '../calls/play.ts'
import { planOf } from './actions.ts'
import type { Control } from './control.ts'
import type { CorpusEntry } from './corpus.ts'
import { type End, endAt, type Player, type StepPlan, type Trial } from './player.ts'
import type { Breach, Pair } from './promise.ts'
import { discreetPlan, type Secret, secretOf, withOther } from './secret.ts'
import { Sight } from './sight.ts'

/** Plays cases from points. */
export interface CasePlayer {
  readonly control: Control
  play(start: Point, plans: readonly StepPlan[]): Trial
  /** The same, of a case that goes on from another. */
  playOn(start: Point, before: CorpusEntry, plans: readonly StepPlan[]): Trial
  /** The case played last is this one; others will go on from it. */
  keepEnd(entry: CorpusEntry): void
}

/** Whether a promise of the player's is about pairs. */
export const judgesPairs = ({ promises }: Player): boolean => promises.some(({ judgePair }) => judgePair !== undefined)

/** What plays one case by itself, or a pair where all the player's promises are about that. */
export function playerOf(player: Player): CasePlayer {
  const isAboutPairs = judgesPairs(player) && player.promises.every(({ judgePair }) => judgePair !== undefined)
  return isAboutPairs ? new PairPlayer(player) : player
}

/** Where a run ended, and what everyone but the enclave with the secret saw of it. */
interface Run {
  readonly trial: Trial
  readonly sight: Sight
  readonly end: End
}

/** Where the two runs of a pair have come to. */
interface Ends {
  readonly one: End
  readonly other: End
}

/**
 * Plays each case twice, the second time with another secret in one enclave, and has the player's promises judge both
 * together. From a point without an enclave that could have a secret, a case is played once.
 */
export class PairPlayer implements CasePlayer {
  readonly #player: Player
  readonly #others = new WeakMap<Point, { secret: Secret; other: Point } | undefined>()
  /** As the player has them of single cases. */
  readonly #ends = new WeakMap<CorpusEntry, Ends | undefined>()
  /** Of the case played last; undefined where it was no pair that was played to its end. */
  #last: Ends | undefined

  constructor(player: Player) {
    this.#player = player
  }

  get control(): Control {
    return this.#player.control
  }

  /** Whether the core says when things happen. */
  get hasTiming(): boolean {
    return this.#player.driver.machine.core.timing !== undefined
  }

  play(start: Point, plans: readonly StepPlan[]): Trial {
    this.#last = undefined
    const known = this.#otherOf(start)
    if (known === undefined) return this.#player.play(start, plans)
    return this.#playFrom({ one: endAt(start), other: endAt(known.other) }, known.secret, plans)
  }

  playOn(start: Point, before: CorpusEntry, plans: readonly StepPlan[]): Trial {
    const known = this.#otherOf(start)
    this.#last = undefined
    if (known === undefined) return this.#player.playOn(start, before, plans)
    const first = before.actions.map(planOf)
    if (!this.#ends.has(before)) {
      this.play(start, first)
      this.#ends.set(before, this.#last)
    }
    const ends = this.#ends.get(before)
    if (ends === undefined) return this.play(start, [...first, ...plans])
    const trial = this.#playFrom(ends, known.secret, plans)
    if (trial.breach !== undefined) return this.play(start, [...first, ...plans])
    return { ...trial, reached: new Set([...before.features, ...trial.reached]) }
  }

  keepEnd(entry: CorpusEntry): void {
    if (this.#last === undefined) this.#player.keepEnd(entry)
    else this.#ends.set(entry, this.#last)
  }

  #playFrom(from: Ends, secret: Secret, plans: readonly StepPlan[]): Trial {
    const one = this.#run(
      from.one,
      secret,
      plans.map((plan) => discreetPlan(plan, secret)),
    )
    if (one.trial.breach !== undefined) return one.trial
    const { steps } = one.trial
    const second = this.#run(
      from.other,
      secret,
      steps.map((step) => () => step),
    )
    const breach = this.#judge(secret, one, second)
    if (breach === undefined) this.#last = { one: one.end, other: second.end }
    return { ...one.trial, breach, isPair: true }
  }

  #otherOf(start: Point) {
    if (!this.#others.has(start)) {
      const secret = secretOf(start)
      this.#others.set(start, secret && { secret, other: withOther(start, secret) })
    }
    return this.#others.get(start)
  }

  #run(from: End, { serial }: Secret, plans: readonly StepPlan[]): Run {
    const sight = new Sight(from.point.state, serial, this.#player.driver.machine.core.hart)
    const trial = this.#player.playFrom(from, plans, sight)
    return { trial, sight, end: this.#player.end() }
  }

  #judge({ eid, serial }: Secret, one: Run, other: Run): Breach | undefined {
    const breaches: Breach[] = []
    const pair: Pair = {
      eid,
      one: one.sight,
      other: other.sight,
      memory: memoryOfOthers(one.sight.state, serial, one.end.point.snapshot, other.end.point.snapshot),
      otherBreach: other.trial.breach,
      lastOrder: one.sight.lastOrder,
      hasTiming: this.hasTiming,
    }
    for (const { name, judgePair } of this.#player.promises)
      judgePair?.((breach) => breaches.push({ promise: name, ...breach }))(pair)
    return breaches[0]
  }
}

const HIDDEN = new Set<Owner | undefined>(['monitor', 'bitmap', 'pool'])

/** Bytes that differ, of those that belong neither to the monitor nor to the enclave. */
function memoryOfOthers(state: State, serial: number, one: Snapshot, other: Snapshot): Pair['memory'] {
  const pages = changedPages(one, other).filter((page) => {
    const owner = ownerAt(state, RAM.pa + (BigInt(page) << 12n))
    const isIts = [...state.enclaves.values()].some(
      (enclave) => enclave.serial === serial && owner === `enclave ${enclave.eid}`,
    )
    return !HIDDEN.has(owner) && !isIts
  })
  const [left, right] = [memoryOf(one), memoryOf(other)]
  return [...differences(left, right, pages)].map((range) => ({ ...range, owner: ownerAt(state, range.pa)! }))
}
