/** Makes a counterexample shorter than fast-check could: by the steps themselves, and by the instructions in them. */

import type { Step } from './finding.ts'
import type { CasePlayer } from './pair.ts'
import type { PreparedPoint } from './points.ts'
import type { Breach } from './promise.ts'

/** A call is a step, and so is each instruction. */
export const countSteps = (steps: readonly Step[]): number =>
  steps.reduce((sum, step) => sum + ('code' in step ? step.code.length : 1), 0)

/** The same sort of breach without the steps and instructions that it does not need. */
export function shortened(
  player: CasePlayer,
  point: PreparedPoint,
  steps: readonly Step[],
  breach: Breach,
): { steps: readonly Step[]; breach: Breach } {
  let best = { steps, breach }
  const tries = (candidate: readonly Step[]): boolean => {
    const trial = player.play(
      point,
      candidate.map((step) => () => step),
    )
    if (trial.breach?.promise !== breach.promise || trial.breach.sort !== breach.sort) return false
    best = { steps: trial.steps, breach: trial.breach }
    return true
  }
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.steps.length; ) if (!tries(best.steps.toSpliced(at, size))) at += size
  }
  for (let index = 0; index < best.steps.length; index++) {
    for (let at = 0; ; ) {
      const step = best.steps[index]
      if (step === undefined || !('code' in step) || at >= step.code.length || step.code.length === 1) break
      if (!tries(best.steps.with(index, { ...step, code: step.code.toSpliced(at, 1) }))) at++
    }
  }
  return best
}
