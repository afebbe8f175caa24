import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../traces/input-error.ts'
import { readCorpus } from './corpus.ts'
import { files } from './publish.ts'
import { addRound, emptyTally } from './tally.ts'
import { type Identity, readTally, type TallyFile } from './tally-file.ts'

export interface Merged extends Pick<TallyFile, 'identity' | 'tally' | 'seconds'> {
  readonly shards: number
  /** A line for each corpus entry that could not be read. */
  readonly skipped: readonly string[]
}

/**
 * What shards of one campaign came to together, from their folders.
 * @throws InputError for a folder that no campaign left, for a shard that is there twice, and for one of another campaign
 */
export async function mergeFolders(folders: readonly string[]): Promise<Merged> {
  const tally = emptyTally()
  const seen = new Map<string, string>()
  const skipped: string[] = []
  let identity: Identity | undefined
  let seconds = 0
  for (const folder of folders) {
    const file = join(folder, files.tally)
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) throw new InputError(`${folder}: no campaign has left its tally here (${files.tally})`)
    const part = readTally(text, file)
    const other = seen.get(part.shard)
    if (other !== undefined) throw new InputError(`${folder}: shard ${part.shard} is in ${other} already`)
    seen.set(part.shard, folder)
    identity ??= part.identity
    if (JSON.stringify(identity) !== JSON.stringify(part.identity))
      throw new InputError(
        `${folder}: another campaign than in ${folders[0]}: seed, monitor, core, faults or promises differ`,
      )
    const { entries, skipped: lines } = await readCorpus(join(folder, files.corpus))
    skipped.push(...lines)
    const { cases, walks, found, reached } = part.tally
    addRound(tally, { cases, walks, found: [...found.values()], features: [...reached.keys()], corpus: entries })
    seconds += part.seconds
  }
  return { identity: identity!, tally, seconds, shards: folders.length, skipped }
}
