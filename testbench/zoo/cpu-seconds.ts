import { readFileSync } from 'node:fs'

/** Nanoseconds that this thread has been on a processor; Linux has them. */
const SCHEDSTAT = '/proc/thread-self/schedstat'

/** Seconds that this thread has computed; where nothing tells, seconds that have passed. Only differences mean something. */
export function cpuSeconds(): number {
  try {
    return Number(readFileSync(SCHEDSTAT, 'latin1').split(' ')[0]) / 1e9
  } catch {
    return performance.now() / 1000
  }
}
