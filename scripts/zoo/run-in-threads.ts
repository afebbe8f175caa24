import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { Piscina } from 'piscina'
import { packageRoot } from '../terminal/package-root.ts'

export interface Threads {
  readonly workers: number
  /** Ends what is under way; what is done is kept. */
  readonly signal: AbortSignal
}

/**
 * Has threads of a worker's file do tasks, in their order, some at a time. Tells of each result as it comes.
 * @param worker name of the built file, without extension
 * @returns the results in the order of the tasks; those that were not done are left out
 */
export async function runInThreads<Task, Result>(
  worker: string,
  tasks: readonly Task[],
  { workers, signal }: Threads,
  done: (result: Result) => void = () => {},
): Promise<Result[]> {
  // One listener for each thread.
  setMaxListeners(0, signal)
  const pool = new Piscina({
    filename: join(packageRoot(), `dist/${worker}.js`),
    minThreads: Math.min(workers, tasks.length),
    maxThreads: workers,
  })
  const results: (Result | undefined)[] = tasks.map(() => undefined)
  // A queue of the pool's own would change the order.
  const queue = tasks.entries()
  const thread = async (): Promise<void> => {
    for (const [index, task] of queue) {
      try {
        const result: Result = await pool.run(task, { signal })
        results[index] = result
        done(result)
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: workers }, thread))
    return results.filter((result) => result !== undefined)
  } finally {
    await pool.destroy()
  }
}
