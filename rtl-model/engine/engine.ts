import type { Core } from '../core/core.ts'
import { RING_RECORDS } from '../core/recorder.ts'

/** Runs a core. Both engines make the same records and leave the same state. */
export interface Engine {
  /**
   * Runs up to `steps` steps (instructions retired, traps, interrupts) and hands their records to the observers. Returns how
   * many were made: fewer where the program ended.
   */
  run(steps: number): number
}

/** Cycles that no single step exceeds. */
const LONGEST_STEP = 4096n

/** Steps that can be made before `cycles` have passed, however long each takes; at least one. */
function stepsWithin(cycles: bigint): bigint {
  const steps = cycles / LONGEST_STEP
  return steps > 0n ? steps : 1n
}

/**
 * The engine around a function that runs instructions: interrupts, the timer and the observers are between its calls.
 *
 * @param execute runs up to `budget` instructions or traps; returns early when `core.attention` is set
 */
export function createEngine(core: Core, execute: (budget: number) => void): Engine {
  const { hart, recorder, timing } = core
  const flush = (): void => {
    recorder!.flush(hart.pc)
    if (timing) timing.next = 0
  }
  return {
    run(steps) {
      const start = hart.steps
      const end = start + BigInt(steps)
      while (hart.steps < end && !core.stopped) {
        const untilTimer = core.timerDue() - hart.clock
        core.attention = false
        if (!core.takePendingInterrupt()) {
          const left = end - hart.steps
          const free = recorder === undefined ? steps : RING_RECORDS - recorder.index
          const bound = timing === undefined ? untilTimer : stepsWithin(untilTimer)
          execute(Math.min(free, Number(left < bound ? left : bound)))
          if (timing) core.timeRecords(recorder!.index)
        }
        if (recorder !== undefined && recorder.index === RING_RECORDS) flush()
      }
      if (recorder !== undefined) flush()
      return Number(hart.steps - start)
    },
  }
}
