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

/**
 * The engine around a function that runs instructions: interrupts, the timer and the observers are between its calls.
 *
 * @param execute runs up to `budget` instructions or traps; returns early when `core.attention` is set
 */
export function createEngine(core: Core, execute: (budget: number) => void): Engine {
  const { hart, recorder } = core
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
          execute(Math.min(free, Number(left < untilTimer ? left : untilTimer)))
        }
        if (recorder !== undefined && recorder.index === RING_RECORDS) recorder.flush(hart.pc)
      }
      recorder?.flush(hart.pc)
      return Number(hart.steps - start)
    },
  }
}
