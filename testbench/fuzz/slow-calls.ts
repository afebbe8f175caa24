import type { State } from '../../monitor/spec/state.ts'
import type { Move } from '../calls/perform.ts'

const creations = ['createEnclave', 'createServer', 'createShadow']
const attestations = ['attestEnclave', 'attestShadow']
const slow = new Set([...creations, ...attestations, 'getReport', 'getKey'])

/** Whether a call hashes or signs, and takes hundreds of times as long as others. */
export const isSlow = (call: string): boolean => slow.has(call)

/** Of so many moves like this one that are planned, one is made: those that tell most for their time more often. */
export function seldom(move: Move, { running, enclaves }: State): number {
  if (!('call' in move) || !isSlow(move.call.call)) return 1
  const { call } = move.call
  // What it reports on can be compared: with its template.
  if (call === 'getReport' && enclaves.get(running ?? -1)?.template !== undefined) return 2
  return attestations.includes(call) ? 16 : 32
}
