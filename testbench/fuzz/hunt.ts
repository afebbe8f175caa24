/** How long a campaign takes to catch a planted bug. */

import { variationById } from '../faults/index.ts'
import { cpuSeconds } from '../zoo/cpu-seconds.ts'
import type { Promised } from './promise.ts'
import { type Found, ROUND_CASES, runRound } from './round.ts'
import { prepare, type Setup } from './setup.ts'
import { countSteps } from './shorten.ts'
import { monitorWith } from './variations.ts'

export interface Quarry {
  /** A planted bug or a control, by id. */
  readonly id: string
  readonly promise: Promised
  /** To play on, where the bug does not need another. */
  readonly core?: Setup['core']
  readonly seed: number
  /** Gives up after so many seconds of CPU time; what is found by then is still made shorter. */
  readonly seconds: number
  /** Gives up after so many cases. */
  readonly cases?: number
}

export interface Hunted {
  /** In its shortest form, if the promise broke. */
  readonly found: Found | undefined
  /** Until it broke, or in all. */
  readonly cases: number
  /** CPU time from the start of the boot until then. */
  readonly seconds: number
  /** Steps of the shortest form. */
  readonly steps: number | undefined
  /** CPU time of making it shorter. */
  readonly shorteningSeconds: number
}

/**
 * Attacks a core, or a monitor, with a planted bug until a promise breaks, round by round as a campaign of that seed does.
 * @param root the folder of the package, with a slash at its end
 * @throws InputError for an id that nothing has
 */
export async function hunt(
  { id, promise, core: wanted = 'default', seed, seconds, cases: most = Number.POSITIVE_INFINITY }: Quarry,
  root: string,
): Promise<Hunted> {
  const start = cpuSeconds()
  let met: number | undefined
  const control = {
    isStopped: () => met === undefined && cpuSeconds() - start > seconds,
    played() {},
    met() {
      met = cpuSeconds()
    },
  }
  const core = variationById(id).core ?? wanted
  const monitor = root + (monitorWith([id]) ?? 'monitor/images/firmware.elf')
  const { player, points } = await prepare({ monitor, core, faults: [id] }, [promise], { control })
  let cases = 0
  for (let round = 0; !control.isStopped() && cases < most; round++) {
    const task = { seed, round, cases: Math.min(ROUND_CASES, most - cases), known: [], untilFound: true, corpus: [] }
    const result = runRound(player, points, task)
    const [found] = result.found
    if (found === undefined || met === undefined) {
      cases += result.cases
      continue
    }
    cases += found.afterCases
    const steps = countSteps(found.steps)
    return { found, cases, seconds: met - start, steps, shorteningSeconds: cpuSeconds() - met }
  }
  return { found: undefined, cases, seconds: cpuSeconds() - start, steps: undefined, shorteningSeconds: 0 }
}
