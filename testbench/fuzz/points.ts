/** Prepared states, from which test cases start. */

import type { Enclave, State } from '../../monitor/spec/state.ts'
import { InputError } from '../../traces/input-error.ts'
import { describeMove } from '../calls/describe.ts'
import type { Driver } from '../calls/driver.ts'
import type { Move } from '../calls/perform.ts'
import { type Point, play } from '../calls/play.ts'
import { type Action, planOf } from '../calls/sequences.ts'
import { POPULATION, setStage, stageMoves } from '../calls/stage.ts'

export interface PreparedPoint extends Point {
  readonly name: string
  /** What leads there from where the host has its page tables and the monitor does not know of them. */
  readonly moves: readonly Move[]
}

export interface PreparedPoints {
  /** By name. */
  readonly points: ReadonlyMap<string, PreparedPoint>
  /** Why those that are left out cannot be reached: one line each, beginning with the name. */
  readonly missing: readonly string[]
}

interface Recipe {
  readonly from: string
  readonly actions: readonly Action[]
  /** Whether a state is what the name says. */
  is(state: State): boolean
}

const host = (name: Action['host'], ...numbers: number[]): Action => ({ host: name, enclave: 'exit', numbers })
const enclave = (name: Action['enclave'], ...numbers: number[]): Action => ({ host: 'stop', enclave: name, numbers })
/** For what is created: another name than the plain one. */
const second = [0, 0, 1]
/** For a call to a server: the handle of this index, and no memory. */
const calling = (handle: number) => [0, handle, 2]

const enclaves = ({ enclaves: all }: State): Enclave[] => [...all.values()]
const onHart = ({ enclaves: all, running }: State): Enclave | undefined => all.get(running ?? -1)
const callerOf = (state: State): Enclave | undefined => state.enclaves.get(onHart(state)?.caller ?? -1)

const recipes: Record<string, Recipe> = {
  populated: {
    from: 'stage',
    actions: POPULATION,
    is: ({ enclaves: all, templates }) => all.size === 4 && templates.size === 1,
  },
  'enclave running': {
    from: 'populated',
    actions: [host('resume')],
    is: (state) => onHart(state)?.type === 'normal',
  },
  called: {
    from: 'enclave running',
    actions: [enclave('callServer', ...calling(0))],
    is: (state) => callerOf(state)?.calling?.size === 0n,
  },
  chain: {
    from: 'called',
    actions: [enclave('callServer', ...calling(1))],
    is: (state) => callerOf(state)?.type === 'server',
  },
  passed: {
    from: 'enclave running',
    actions: [enclave('callServer')],
    is: (state) => (callerOf(state)?.calling?.size ?? 0n) > 0n,
  },
  'server replaced': {
    from: 'populated',
    actions: [host('destroyServer'), host('createServer'), host('resume')],
    is: (state) =>
      onHart(state)?.type === 'normal' &&
      [...state.handles.values()].some((serial) => enclaves(state).every((one) => one.serial !== serial)),
  },
  'ocall pending': {
    from: 'enclave running',
    actions: [enclave('write')],
    is: (state) => enclaves(state).some((one) => one.state === 'OCALLING'),
  },
  stopped: {
    from: 'populated',
    actions: [host('stop', 0, 2)],
    is: (state) => enclaves(state).some((one) => one.state === 'STOPPED'),
  },
  'fork running': {
    from: 'stage',
    actions: [host('createShadow'), host('fork'), enclave('yield'), host('fork', 0, 1)],
    is: (state) =>
      onHart(state)?.template !== undefined && enclaves(state).filter((one) => one.template !== undefined).length === 2,
  },
  'relay held': {
    from: 'stage',
    actions: [host('createEnclave'), host('run', 0, 0, 0, 0, 0, 3)],
    is: ({ relays, running }) => [...relays.values()].some(({ holder }) => holder?.eid === running),
  },
  shares: {
    from: 'stage',
    actions: [
      ...[host('createEnclave'), host('run'), enclave('shmGet'), host('resume'), enclave('shmAttach')],
      ...[enclave('yield'), host('createEnclave', ...second), host('run'), enclave('shmAttach')],
    ],
    is: ({ shares }) => [...shares.values()].some(({ attached }) => attached.size === 2),
  },
  'after destroy': {
    from: 'stage',
    actions: [
      ...[host('createEnclave'), host('createServer', ...second), host('createShadow')],
      ...[host('run'), enclave('mmap'), host('resume'), enclave('yield')],
      ...[host('destroy'), host('destroyServer'), host('destroyShadow'), host('createEnclave'), host('run')],
    ],
    is: (state) => state.enclaves.size === 1 && state.templates.size === 0 && onHart(state) !== undefined,
  },
}

/**
 * Brings the firmware to each point in turn.
 * @throws InputError where the firmware does not even come to the first, the stage.
 */
export function preparePoints(driver: Driver): PreparedPoints {
  const stage: PreparedPoint = { ...setStage(driver), name: 'stage', moves: stageMoves }
  const points = new Map([[stage.name, stage]])
  const missing: string[] = []
  for (const [name, recipe] of Object.entries(recipes)) {
    const from = points.get(recipe.from)
    try {
      if (from === undefined) throw new InputError(`${name}: begins at '${recipe.from}', which is missing`)
      points.set(name, preparePoint(driver, from, name, recipe))
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      missing.push(error.message)
    }
  }
  return { points, missing }
}

/** @throws InputError naming the point where firmware and specification part, or end elsewhere. */
function preparePoint(driver: Driver, from: PreparedPoint, name: string, { actions, is }: Recipe): PreparedPoint {
  const moves = [...from.moves]
  const { point, disagreements } = play(driver, from, actions.map(planOf), (move) => moves.push(move))
  const [first] = disagreements
  if (first !== undefined) {
    const { kind, text } = first.problems[0]
    throw new InputError(`${name}: at ${describeMove(first.moves.at(-1)!)}: ${kind}: ${text}`)
  }
  if (!is(point.state)) throw new InputError(`${name}: the specification allows another way, and the firmware went it`)
  return { ...point, name, moves }
}
