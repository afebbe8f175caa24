import type { Visit } from '../witness/events.ts'

/** What the visit was for: a call by name, or why the monitor was entered. */
export function visitName({ kind, input }: Visit): string {
  if (input === undefined || !('call' in input)) return kind
  const { call } = input
  return call.call === 'ocall' ? `ocall ${call.ocall}` : call.call
}
