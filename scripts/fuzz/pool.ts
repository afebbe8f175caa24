import { join } from 'node:path'
import { Piscina } from 'piscina'
import { CONTROL_BYTES, sharedControl } from '../../testbench/fuzz/control.ts'
import type { RoundResult, RoundTask } from '../../testbench/fuzz/round.ts'
import type { Setup } from '../../testbench/fuzz/setup.ts'
import { packageRoot } from '../terminal/package-root.ts'

/** What a worker is started with. */
export interface WorkerData {
  readonly setup: Setup
  /** Names of promises. */
  readonly promises: readonly string[]
  /** Shared by all workers. */
  readonly control: Int32Array
}

/** Threads that run rounds. */
export interface Pool {
  /** Runs a round; again if the worker that ran it was killed. */
  run(task: RoundTask): Promise<RoundResult>
  /** Cases played so far, also of rounds that are not done. */
  readonly played: number
  /** Ends the rounds under way where they are. */
  stop(): void
  close(): Promise<void>
}

const ATTEMPTS = 3

export function createPool(setup: Setup, promises: readonly string[], workers: number): Pool {
  const words = new Int32Array(new SharedArrayBuffer(CONTROL_BYTES))
  const control = sharedControl(words)
  const workerData: WorkerData = { setup, promises, control: words }
  const pool = new Piscina({
    filename: join(packageRoot(), 'dist/fuzz-worker.js'),
    minThreads: workers,
    maxThreads: workers,
    workerData,
  })
  return {
    async run(task) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await pool.run(task)
        } catch (error) {
          if (attempt === ATTEMPTS || !isKilled(error)) throw error
        }
      }
    },
    get played() {
      return control.count
    },
    stop: () => control.stop(),
    close: () => pool.close({ force: true }),
  }
}

/** Whether the thread itself has died, of no fault of its round. */
const isKilled = (error: unknown): boolean =>
  (error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_WORKER_OUT_OF_MEMORY' || error.code === 'ERR_WORKER_PATH')) ||
  (error instanceof Error && /worker.*exited/i.test(error.message))
