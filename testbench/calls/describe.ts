/** Calls and problems as text. */

import type { Problem } from './compare.ts'
import type { Move } from './perform.ts'

const MOST_PROBLEMS = 6

/** A call with its arguments. */
export function describeMove(move: Move): string {
  if (move.by === 'space') return `host    csrw satp, 0x${move.satp.toString(16)}`
  if (!('call' in move)) return move.by
  const { call, ...args } = move.call
  const values = Object.entries(args).map(
    ([name, value]) => `${name} ${value < 10n ? value : `0x${value.toString(16)}`}`,
  )
  return `${move.by.padEnd(7)} ${call}(${values.join(', ')})`
}

/** A line for each problem, and for how many are left out. */
export function describeProblems(problems: readonly Problem[]): string[] {
  const lines = problems.slice(0, MOST_PROBLEMS).map(({ kind, text }) => `${kind}: ${text}`)
  return problems.length > MOST_PROBLEMS ? [...lines, `and ${problems.length - MOST_PROBLEMS} more`] : lines
}
