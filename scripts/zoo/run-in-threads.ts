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
  // One listener for each task that waits.
  setMaxListeners(0, signal)
  const pool = new Piscina({
    filename: join(packageRoot(), `dist/${worker}.js`),
    minThreads: Math.min(workers, tasks.length),
    maxThreads: workers,
  })
  try {
    const results = await Promise.all(
      tasks.map(async (task): Promise<Result | undefined> => {
        try {
          const result: Result = await pool.run(task, { signal })
          done(result)
          return result
        } catch (error) {
          if (signal.aborted) return undefined
          throw error
        }
      }),
    )
    return results.filter((result): result is Awaited<Result> & Result => result !== undefined)
  } finally {
    await pool.destroy()
  }
}
