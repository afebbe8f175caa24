import { join } from 'node:path'
import { Piscina } from 'piscina'
import { CONTROL_BYTES, sharedControl } from '../../testbench/fuzz/control.ts'
import type { News, RoundResult, RoundTask } from '../../testbench/fuzz/round.ts'
import type { Setup } from '../../testbench/fuzz/setup.ts'
import { InputError } from '../../traces/input-error.ts'
import { packageRoot } from '../terminal/package-root.ts'

/** What a worker is started with. */
export interface WorkerData {
  readonly setup: Setup
  /** Names of promises. */
  readonly promises: readonly string[]
  /** Shared by all workers. */
  readonly control: Int32Array
}

/** What a worker says to a task: what came of it, or why there can be none. */
export type Answer =
  | { readonly result: RoundResult; readonly missing: readonly string[] }
  | { readonly unusable: string }

/** Threads that run rounds. */
export interface Pool {
  /**
   * Runs a round; again if the thread that ran it was killed.
   * @throws InputError for a monitor that cannot be played on, and where threads are killed again and again
   */
  run(task: RoundTask): Promise<RoundResult>
  /** Cases played so far, also of rounds that are not done. */
  readonly played: number
  /** Points that the monitor does not reach: a line each. Known after the first round. */
  readonly missing: readonly string[]
  /** Ends the rounds under way where they are. */
  stop(): void
  /** Kills a thread, as lack of memory does. */
  killOne(): Promise<void>
  close(): Promise<void>
}

/** The program that the threads run. */
export const workerFile = (): string => join(packageRoot(), 'dist/fuzz-worker.js')

const ATTEMPTS = 3

/** @param hear is told at once what rounds under way reach and find */
export function createPool(
  setup: Setup,
  promises: readonly string[],
  workers: number,
  hear: (news: News) => void = () => {},
): Pool {
  const words = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES))
  const control = sharedControl(words)
  const workerData: WorkerData = { setup, promises, control: words }
  const pool = new Piscina({ filename: workerFile(), minThreads: workers, maxThreads: workers, workerData })
  let missing: readonly string[] = []
  pool.on('message', hear)
  // Of a thread that had nothing to do: another takes its place.
  pool.on('error', () => {})
  return {
    async run(task) {
      for (let attempt = 1; ; attempt++) {
        try {
          const answer: Answer = await pool.run(task)
          if ('unusable' in answer) throw new InputError(answer.unusable)
          missing = answer.missing
          return answer.result
        } catch (error) {
          if (!isKilled(error)) throw error
          if (attempt === ATTEMPTS)
            throw new InputError(`round ${task.round}: ${ATTEMPTS} threads were killed that ran it (${error.message})`)
        }
      }
    },
    get played() {
      return control.count
    },
    get missing() {
      return missing
    },
    stop: () => control.stop(),
    async killOne() {
      await pool.threads[0].terminate()
    },
    close: () => pool.close({ force: true }),
  }
}

/** Whether the thread itself has died, of no fault of its round. */
const isKilled = (error: unknown): error is Error =>
  error instanceof Error &&
  (('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') || /^worker exited/i.test(error.message))
