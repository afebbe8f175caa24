/** The points from which sequences start. */

import { initialState } from '../../monitor/spec/state.ts'
import { InputError } from '../../traces/input-error.ts'
import { hostAgent } from './agents.ts'
import type { Driver } from './driver.ts'
import type { Move } from './perform.ts'
import { BITMAP, DESK, hostTables, ORDERS, POOL, RAM, SPACES, TABLES } from './places.ts'
import { type Point, play } from './play.ts'
import { type Action, planOf } from './sequences.ts'

/** The calls by which the host tells the monitor of its page tables, and gives it memory for itself. */
export const stageMoves: readonly Move[] = [
  {
    by: 'host',
    call: {
      call: 'smInit',
      tables: TABLES.pa,
      tablesSize: TABLES.size,
      bitmap: BITMAP.pa,
      bitmapSize: BITMAP.size,
      flagPa: DESK.pa,
    },
    pokes: [],
  },
  { by: 'host', call: { call: 'separateTables', ...ORDERS }, pokes: [] },
  ...Array.from(
    { length: Number(POOL.pieces) },
    (_, index): Move => ({
      by: 'host',
      call: { call: 'memoryExtend', pa: POOL.pa + BigInt(index) * POOL.size, size: POOL.size },
      pokes: [],
    }),
  ),
]

/** The host runs in an address space of its own, of which it has told nobody yet. */
export function setHost(driver: Driver): Point {
  driver.write(TABLES.pa, hostTables())
  const registers = Array.from({ length: 32 }, () => 0n)
  driver.asHost(hostAgent.setup, registers.with(10, SPACES[0]).with(11, hostAgent.trap))
  const snapshot = driver.snapshot()
  return { snapshot, state: initialState(RAM), roots: new Map(), given: new Map(), satp: SPACES[0] }
}

/**
 * The monitor has the host's page tables, and memory for itself.
 * @throws InputError where the firmware does not even do this as specified.
 */
export function setStage(driver: Driver): Point {
  const plans = stageMoves.map((move) => () => move)
  const { point, disagreements } = play(driver, setHost(driver), plans)
  const [disagreement] = disagreements
  if (disagreement !== undefined) {
    const problem = disagreement.problems[0].text
    throw new InputError(`the monitor does not start as specified, at call ${disagreement.moves.length}: ${problem}`)
  }
  return point
}

/** Numbers for a plan that makes something with the name of this index. */
const named = (index: number) => [0, 0, index]

/** Two servers, a template, an enclave that has not begun, and one that has: it knows the servers and has memory to pass. */
export const POPULATION: readonly Action[] = [
  { host: 'createServer', numbers: named(0) },
  { host: 'createServer', numbers: named(1) },
  { host: 'createShadow', numbers: [] },
  { host: 'createEnclave', numbers: named(2) },
  { host: 'run', numbers: [] },
  { enclave: 'acquire', numbers: [0, 0] },
  { enclave: 'acquire', numbers: [0, 1] },
  { enclave: 'mmap', numbers: [] },
  { host: 'resume', numbers: [] },
  { enclave: 'mmap', numbers: [0, 0, 1] },
  { host: 'resume', numbers: [] },
  { enclave: 'yield', numbers: [] },
  { host: 'createEnclave', numbers: named(3) },
].map((action) => ({ host: 'stop', enclave: 'exit', ...action }) as Action)

/** The bare stage, and a populated one if the firmware gets there as specified. */
export function startingPoints(driver: Driver): readonly Point[] {
  const stage = setStage(driver)
  const { point, disagreements } = play(driver, stage, POPULATION.map(planOf))
  return disagreements.length === 0 ? [stage, point] : [stage]
}
