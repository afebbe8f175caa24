/** What a case reached, for steering and for telling how far a campaign came. */

import { PAGE_SIZE } from '../../monitor/abi.ts'
import { type State, topOf } from '../../monitor/spec/state.ts'
import type { Listener, Visit } from '../witness/events.ts'

/** `kind:what`, of the kinds call, error, trap, walk, state, pmp and tlb. */
export type Feature = string

/** Tells each thing that it sees reached; the same thing again and again. */
export function featureListener(reached: (feature: Feature) => void): Listener {
  return {
    trapped: (domain, cause, isInterrupt) =>
      reached(`trap:${domain === 'host' ? 'host' : 'enclave'} ${isInterrupt ? 'interrupt' : 'exception'} ${cause}`),
    walked: (domain, reads, isFault) =>
      reached(`walk:${domain === 'host' ? 'host' : 'enclave'} ${reads}${isFault ? ' fault' : ''}`),
    visited(visit) {
      const { input } = visit
      if (input !== undefined && 'call' in input) {
        reached(`call:${input.by} ${input.call.call}`)
        reached(`error:${input.by} ${input.call.call} ${resultOf(visit)}`)
      }
      if (visit.after.state !== visit.before.state) reached(`state:${stateText(visit.after.state)}`)
    },
  }
}

/** A result as far as it tells results apart: small numbers and errors as they are. */
function resultOf({ standing, after, before }: Visit): string {
  if (after.state.running !== before.state.running) return 'switch'
  const [a0, a1] = [BigInt.asIntN(64, standing.registers[10]), standing.registers[11]]
  if (a0 < 0n) return a0.toString()
  if (a0 === 0n && before.state.running === undefined) return a1 < PAGE_SIZE ? `0 ${a1}` : '0'
  return a0 < 8n ? a0.toString() : 'value'
}

/** A state without numbers and addresses. */
function stateText(state: State): string {
  const { enclaves, templates, relays, shares, running } = state
  const kinds = [...enclaves.values()].map((enclave) => {
    const { type, state: at, template, callee, mmaps, heap } = enclave
    const parts = [type === 'server' ? 's' : template === undefined ? 'n' : 'f', at.slice(0, 2)]
    if (callee !== undefined) parts.push('>')
    if (mmaps.length > 0) parts.push('m')
    if (heap.length > 0) parts.push('h')
    return parts.join('')
  })
  const depth = running === undefined ? 0 : depthOf(state, running)
  const held = [...relays.values()].filter(({ holder }) => holder !== undefined).length
  const attached = [...shares.values()].reduce((sum, share) => sum + share.attached.size, 0)
  return `${kinds.sort().join(' ')} t${Math.min(templates.size, 2)} r${held}/${relays.size} s${attached}/${shares.size} d${depth}`
}

/** How many enclaves wait for the one that runs, which is counted too. */
function depthOf(state: State, running: number): number {
  let depth = 1
  for (let at = topOf(state, state.enclaves.get(running)!); at.callee !== undefined; depth++)
    at = state.enclaves.get(at.callee)!
  return depth
}
