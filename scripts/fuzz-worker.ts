/** Runs rounds of a campaign, in a thread of their own. */

import { parentPort } from 'node:worker_threads'
import { workerData } from 'piscina'
import { promisesNamed } from '../properties/index.ts'
import { sharedControl } from '../testbench/fuzz/control.ts'
import { type RoundTask, runRound } from '../testbench/fuzz/round.ts'
import { type Prepared, prepare } from '../testbench/fuzz/setup.ts'
import { InputError } from '../traces/input-error.ts'
import type { Answer, WorkerData } from './fuzz/pool.ts'

const { setup, promises, control } = workerData as WorkerData
let prepared: Promise<Prepared> | undefined

export default async function run(task: RoundTask): Promise<Answer> {
  try {
    prepared ??= prepare(setup, promisesNamed(promises), { control: sharedControl(control) })
    const { player, points, missing } = await prepared
    return { result: runRound(player, points, task, (news) => parentPort?.postMessage(news)), missing }
  } catch (error) {
    // An error loses its class on the way to the other thread.
    if (error instanceof InputError) return { unusable: error.message }
    throw error
  }
}
