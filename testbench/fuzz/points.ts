import type { Driver } from '../calls/driver.ts'
import type { Point } from '../calls/play.ts'
import { startingPoints } from '../calls/stage.ts'

/** A point with a name that says how things stand there. */
export interface PreparedPoint extends Point {
  readonly name: string
}

export function preparePoints(driver: Driver): { points: readonly PreparedPoint[]; missing: readonly string[] } {
  const points = startingPoints(driver).map((point, index) => ({ ...point, name: ['stage', 'populated'][index] }))
  return { points, missing: [] }
}
