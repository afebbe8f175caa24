import { InputError } from '../../traces/input-error.ts'
import type { Shard } from './campaign.ts'

/** Where schedulers tell a task its number and how many there are: Kubernetes' Indexed Jobs, Slurm's arrays, GitLab's parallel jobs. */
const schedulers = [
  { index: 'JOB_COMPLETION_INDEX', count: 'JOB_COMPLETIONS', first: 0 },
  { index: 'SLURM_ARRAY_TASK_ID', count: 'SLURM_ARRAY_TASK_COUNT', first: 'SLURM_ARRAY_TASK_MIN' },
  { index: 'CI_NODE_INDEX', count: 'CI_NODE_TOTAL', first: 1 },
] as const

/**
 * Reads `i/n` (i from 1 to n), or with `auto` what the environment says.
 * @throws InputError for anything else
 */
export function parseShard(text: string, environment: Record<string, string | undefined>): Shard {
  if (text !== 'auto')
    return checked(/^(\d+)\/(\d+)$/.exec(text)?.slice(1), `--shard ${text}: write it as i/n, such as 2/8`)
  for (const { index, count, first } of schedulers) {
    const [at, of] = [environment[index], environment[count]]
    if (at === undefined) continue
    if (of === undefined) throw new InputError(`--shard auto: ${index} is set, and ${count} is not`)
    const base = typeof first === 'number' ? first : Number(environment[first] ?? 0)
    return checked([String(Number(at) - base + 1), of], `--shard auto: ${index}=${at} and ${count}=${of} name no shard`)
  }
  const names = schedulers.map(({ index }) => index).join(', ')
  throw new InputError(`--shard auto: none of ${names} is set`)
}

function checked(parts: readonly string[] | undefined, complaint: string): Shard {
  const [index, count] = (parts ?? []).map(Number)
  if (!(index >= 1 && index <= count)) throw new InputError(complaint)
  return { index, count }
}
