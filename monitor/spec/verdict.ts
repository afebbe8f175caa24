import { error } from '../abi.ts'
import { type Input, type Outcome, refuse } from './outcome.ts'
import type { State } from './state.ts'

/**
 * Whether a monitor has to grant what is asked. `either` is for what the documents leave open and what harms nobody: the
 * monitor may refuse it, or grant it in the one way that the specification describes.
 */
export type Verdict = 'grant' | 'either' | 'refuse'

/** The strictest of them. */
export function strictest(verdicts: Iterable<Verdict>): Verdict {
  let strictest: Verdict = 'grant'
  for (const verdict of verdicts) {
    if (verdict === 'refuse') return 'refuse'
    if (verdict === 'either') strictest = 'either'
  }
  return strictest
}

export const unless = (allowed: boolean): Verdict => (allowed ? 'grant' : 'refuse')
export const mayUnless = (allowed: boolean): Verdict => (allowed ? 'grant' : 'either')

/** The ways that a call may go by a verdict; `granted` is only asked where it may be. */
export function ways(
  verdict: Verdict,
  state: State,
  input: Input,
  granted: () => Outcome | readonly Outcome[],
): readonly Outcome[] {
  const refused = refuse(state, input)
  if (verdict === 'refuse') return [refused]
  return verdict === 'grant' ? [granted()].flat() : [...[granted()].flat(), refused]
}

/** Monitor memory kept in whole chunks that the host gave runs out at latest after this many kinds of things to keep. */
const ENOUGH_DONATIONS = 6

/** The refusal for want of memory, for a monitor that may be short of it. */
export function shortage(state: State, input: Input, isLikely = false): readonly Outcome[] {
  const isShort = isLikely || state.donations < ENOUGH_DONATIONS
  return isShort ? [refuse(state, input, error.ENCLAVE_NO_MEM), refuse(state, input)] : []
}
