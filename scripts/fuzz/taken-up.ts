import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { files } from '../../testbench/fuzz/publish.ts'
import { emptyTally } from '../../testbench/fuzz/tally.ts'
import { type Identity, readTally, type TallyFile } from '../../testbench/fuzz/tally-file.ts'
import { InputError } from '../../traces/input-error.ts'

/**
 * What a folder has of the same campaign, or of that shard of it; a fresh start where it has none.
 * @param seed of the campaign; absent for that of the one in the folder, or of the clock
 * @throws InputError for a tally that cannot be read
 */
export async function takenUp(
  folder: string,
  campaign: Omit<Identity, 'seed'>,
  shard: string,
  seed?: number,
): Promise<TallyFile> {
  const file = join(folder, files.tally)
  const text = await readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined
    throw new InputError(`${file}: cannot be read (${error.code})`)
  })
  const before = text === undefined ? undefined : readTally(text, file)
  const identity: Identity = { seed: seed ?? before?.identity.seed ?? Date.now() | 0, ...campaign }
  if (before?.shard === shard && JSON.stringify(before.identity) === JSON.stringify(identity)) return before
  const progress = { tally: emptyTally(), next: 0, unfinished: new Map() }
  return { identity: { ...identity, seed: seed ?? Date.now() | 0 }, shard, seconds: 0, progress }
}
