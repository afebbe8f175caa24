/** Plays a sequence of actions on a firmware and on the specification side by side. */

import { enclaveCall, hostCall } from '../../monitor/abi.ts'
import type { Input } from '../../monitor/spec/outcome.ts'
import type { Context, State } from '../../monitor/spec/state.ts'
import { violations } from '../../monitor/spec/violations.ts'
import type { Snapshot } from '../../rtl-model/core/snapshot.ts'
import type { Observed, Problem } from './compare.ts'
import type { Driver } from './driver.ts'
import { follow, type Standpoint } from './follow.ts'
import { changedPages, memoryOf, type PhysicalMemory } from './memory.ts'
import { type Move, perform, writePokes } from './perform.ts'

/** A firmware and the specification at the same point. */
export interface Point extends Standpoint {
  readonly snapshot: Snapshot
}

/** What happens next, given where things stand; undefined for nothing. */
export type Plan = (position: Position) => Move | undefined

/** What a plan may look at. */
export interface Position {
  readonly state: State
  readonly memory: PhysicalMemory
  /** The root page table of the running enclave. */
  readonly root: bigint | undefined
}

/** Where firmware and specification part. */
export interface Disagreement {
  readonly moves: readonly Move[]
  /** Beside the way of the specification that is the nearest. */
  readonly problems: readonly Problem[]
}

export interface Played {
  readonly moves: number
  /** Calls that changed the specification's state. */
  readonly effective: number
  readonly point: Point
  /** The last may have ended the sequence. */
  readonly disagreements: readonly Disagreement[]
}

/** Where only this is wrong, both still stand at the same point. */
const HARMLESS = new Set<Problem['kind']>(['zeroed', 'written'])

/** Plays from `start` until the plans end or the two part; `made` is told of each move. */
export function play(
  driver: Driver,
  start: Point,
  plans: readonly Plan[],
  made: (move: Move) => void = () => {},
): Played {
  driver.restore(start.snapshot)
  let point = start
  const moves: Move[] = []
  const disagreements: Disagreement[] = []
  let effective = 0
  for (const plan of plans) {
    const { state, roots, snapshot } = point
    const root = state.running === undefined ? undefined : roots.get(state.running)
    const move = plan({ state, memory: memoryOf(snapshot), root })
    if (move === undefined) continue
    moves.push(move)
    made(move)
    if (move.by === 'space') {
      const { standing } = perform(driver, undefined, move, moves.length)
      point = { ...point, snapshot: driver.snapshot(), satp: standing.satp }
      if (standing.satp === move.satp) continue
      const text = `the host could not write 0x${move.satp.toString(16)} to satp`
      disagreements.push({ moves: [...moves], problems: [{ kind: 'domain', text }] })
      break
    }
    const { input, observed, after } = make(driver, point, move, moves.length)
    const { outcome, found, standpoint } = follow(point, input, observed)
    const broken = found.length > 0 ? [] : violations(outcome.state)
    if (broken.length > 0) throw new Error(`the specification breaks its own rules: ${broken.join('; ')}`)
    if (found.length > 0) {
      disagreements.push({ moves: [...moves], problems: found })
      if (!found.every(({ kind }) => HARMLESS.has(kind))) break
    }
    if (outcome.state !== state) effective++
    point = { ...standpoint, snapshot: after }
  }
  return { moves: moves.length, effective, point, disagreements }
}

/** What the specification is told of a call, and what was seen of it. */
function make(
  driver: Driver,
  point: Point,
  move: Exclude<Move, { by: 'space' }>,
  turn: number,
): { input: Input; observed: Observed; after: Snapshot } {
  writePokes(driver, move)
  const before = driver.snapshot()
  const { standing, context } = perform(driver, point.state.running, move, turn)
  const after = driver.snapshot()
  const memory = { before: memoryOf(before), after: memoryOf(after), changed: changedPages(before, after) }
  return { input: inputOf(move, context, point.satp), observed: { ...memory, standing, ...point }, after }
}

function inputOf({ by }: Exclude<Move, { by: 'space' }>, context: Context, satp: bigint): Input {
  const args = context.registers.slice(10, 18)
  if (by === 'host') return { by, call: hostCall(args), satp, context }
  return by === 'enclave' ? { by, call: enclaveCall(args), context } : { by, context }
}
