/** What promises ask of a visit to the monitor. */

import { visitName } from '../testbench/fuzz/visit-name.ts'
import type { Visit } from '../testbench/witness/events.ts'

const CALLS = new Set(['callEnclave', 'enclaveReturn', 'acquireServer'])

/** Whether a visit makes, ends or interrupts a call of a server, or finds one under way. */
export function concernsCalls(visit: Visit): boolean {
  if (CALLS.has(visitName(visit))) return true
  return [visit.before, visit.after].some(({ state }) =>
    [...state.enclaves.values()].some(({ callee }) => callee !== undefined),
  )
}

/** Whether the caller was told that all went well where nothing may have. */
export function isGranted({ input, outcome, standing, before }: Visit): boolean {
  if (input === undefined || outcome === undefined || outcome.state !== before.state) return false
  const isError = (value: bigint): boolean => value >> 63n === 1n
  return isError(BigInt.asUintN(64, outcome.value)) && !isError(standing.registers[10])
}
