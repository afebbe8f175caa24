/** Runs rounds of a campaign, in a thread of their own. */

import { workerData } from 'piscina'
import { promisesNamed } from '../properties/index.ts'
import { sharedControl } from '../testbench/fuzz/control.ts'
import { type RoundResult, type RoundTask, runRound } from '../testbench/fuzz/round.ts'
import { prepare } from '../testbench/fuzz/setup.ts'
import type { WorkerData } from './fuzz/pool.ts'

const { setup, promises, control } = workerData as WorkerData
const { player, points } = await prepare(setup, promisesNamed(promises), { control: sharedControl(control) })

export default function run(task: RoundTask): RoundResult {
  return runRound(player, points, task)
}
