/** By what a program can see, from the inside, that a promise is broken. */

import { ownerAt } from '../../../monitor/spec/state.ts'
import type { Retirement } from '../../../rtl-model/core/retirement.ts'
import { InputError } from '../../../traces/input-error.ts'
import type { Visit } from '../../witness/events.ts'
import type { Breach } from '../promise.ts'
import type { Serial } from './turn.ts'

/** Who goes on; nobody where the monitor does not come back. */
type Runner = Serial | 'host' | 'nobody'

/** After the last turn. Addresses are those of the host, which has its memory mapped where it lies. */
export type Evidence =
  /** The monitor does not come back. */
  | { readonly by: 'hang' }
  /** Whoever goes on has these in registers. */
  | { readonly by: 'registers'; readonly of: Runner; readonly registers: readonly (readonly [number, bigint])[] }
  /** The host reads another byte than this. */
  | { readonly by: 'byte'; readonly pa: bigint; readonly expected: number }
  /** The host reads a page that is not all zeroes. */
  | { readonly by: 'page'; readonly pa: bigint }
  /** The host can read there. */
  | { readonly by: 'mapped'; readonly pa: bigint }
  /** The host cannot read there. */
  | { readonly by: 'lost'; readonly pa: bigint }
  /** The host has this in satp. */
  | { readonly by: 'satp'; readonly satp: bigint }
  /** The host's instruction at `pc` does not trap. It may have loaded a register. */
  | { readonly by: 'access'; readonly pc: bigint; readonly register: number | undefined }
  /** This domain goes on. */
  | { readonly by: 'running'; readonly of: Runner }

const HOST_READS = new Set(['host', 'tables'])

/**
 * What shows that this visit to the monitor broke the promise; to be asked while the visit's memory is there.
 * @param next who goes on
 * @throws InputError for what nobody in the program can see
 */
export function visitEvidence(visit: Visit, { sentence }: Breach, next: Runner): Evidence {
  const { problems, after, memory } = visit
  const problem = problems.find(({ text }) => sentence.includes(text))
  if (problem === undefined) {
    if (visit.kind === 'service' && after.satp !== visit.before.satp) return { by: 'satp', satp: after.satp }
    return unseen(sentence)
  }
  // Where nobody has the hart again, silence is what there is to see.
  if (next === 'nobody') return { by: 'hang' }
  const { kind, pa, registers } = problem
  switch (kind) {
    case 'domain':
      return { by: 'running', of: next }
    case 'result':
    case 'registers':
      return { by: 'registers', of: next, registers: registers! }
    case 'zeroed':
      return { by: 'page', pa: pa! - (pa! % 4096n) }
    case 'mapping':
      return { by: 'mapped', pa: pa! }
    case 'lost':
      return { by: 'lost', pa: pa! }
    case 'memory':
      if (!HOST_READS.has(ownerAt(after.state, pa!) ?? '')) return unseen(sentence)
      return { by: 'byte', pa: pa!, expected: memory.before.read(pa!, 1)![0] }
    default:
      return unseen(sentence)
  }
}

/** What shows that this instruction, of a domain, broke the promise. */
export function recordEvidence({ privilege, pc, rd, memory }: Retirement, next: Runner): Evidence {
  if (privilege === 0) return { by: 'running', of: next }
  const isLoad = memory.some(({ kind }) => kind === 'load')
  return { by: 'access', pc, register: isLoad && rd !== 0 ? rd : undefined }
}

const unseen = (sentence: string): never => {
  throw new InputError(`nothing in a program can see this breach: ${sentence}`)
}
