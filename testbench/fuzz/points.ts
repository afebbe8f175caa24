import type { Point } from '../calls/play.ts'

/** A point with a name that says how things stand there. */
export interface PreparedPoint extends Point {
  readonly name: string
}
