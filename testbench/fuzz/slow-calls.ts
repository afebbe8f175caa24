import type { State } from '../../monitor/spec/state.ts'
import type { Move } from '../calls/perform.ts'
import { answers } from '../calls/pick.ts'

const slow = new Set([
  ...['createEnclave', 'createServer', 'createShadow'],
  ...['attestEnclave', 'attestShadow', 'getReport', 'getKey'],
])

/** Bytes of a key that takes no longer than other calls. */
const SHORT_KEY = 64n

/** Whether a call hashes or signs, and takes hundreds of times as long as others. */
export const isSlow = (call: string): boolean => slow.has(call)

/** Of so many moves like this one that are planned, one is made: those that tell most for their time more often. */
export function seldom(move: Move, { running, enclaves }: State): number {
  if (!('call' in move) || !isSlow(move.call.call)) return 1
  const { call } = move
  // A fork's report can be compared with its template's.
  if (call.call === 'getReport' && enclaves.get(running ?? -1)?.template !== undefined) return 2
  if (call.call === 'getKey' && call.size <= SHORT_KEY) return 1
  const isAttestation = call.call === 'attestEnclave' || call.call === 'attestShadow'
  return isAttestation && call.reportPa !== answers.report ? 8 : 32
}
