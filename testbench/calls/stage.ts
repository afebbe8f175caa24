/** The point from which sequences start: the monitor has the host's page tables and memory for itself. */

import { initialState } from '../../monitor/spec/state.ts'
import { InputError } from '../../traces/input-error.ts'
import { hostAgent } from './agents.ts'
import type { Driver } from './driver.ts'
import { BITMAP, DESK, HOST_SATP, hostTables, ORDERS, POOL, RAM, TABLES } from './places.ts'
import { type Move, type Point, play } from './play.ts'

/** @throws InputError where the firmware does not even do this as specified. */
export function setStage(driver: Driver): Point {
  driver.write(TABLES.pa, hostTables())
  const registers = Array.from({ length: 32 }, () => 0n)
  driver.asHost(hostAgent.setup, registers.with(10, HOST_SATP).with(11, hostAgent.trap))
  const start = { snapshot: driver.snapshot(), state: initialState(RAM), roots: new Map() }
  const pool = Array.from({ length: Number(POOL.pieces) }, (_, index) => POOL.pa + BigInt(index) * POOL.size)
  const moves: Move[] = [
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
    ...pool.map((pa): Move => ({ by: 'host', call: { call: 'memoryExtend', pa, size: POOL.size }, pokes: [] })),
  ]
  const { point, disagreements } = play(
    driver,
    start,
    moves.map((move) => () => move),
  )
  const [disagreement] = disagreements
  if (disagreement !== undefined) {
    const problem = disagreement.problems[0].text
    throw new InputError(`the monitor does not start as specified, at call ${disagreement.moves.length}: ${problem}`)
  }
  return point
}
