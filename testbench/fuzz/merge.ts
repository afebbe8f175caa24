import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../traces/input-error.ts'
import { countsOf } from './campaign.ts'
import { readCorpus } from './corpus.ts'
import { files } from './publish.ts'
import { addRound, emptyTally, type Tally } from './tally.ts'
import { type Identity, readTally } from './tally-file.ts'

/** What stands for a shard in the tally of several together, which no campaign goes on from. */
export const MERGED = 'merged'

export interface Merged {
  readonly identity: Identity
  readonly tally: Tally
  /** Of all shards together. */
  readonly seconds: number
  readonly shards: number
  /** A line for each shard that is missing, and for each corpus entry that could not be read. */
  readonly notes: readonly string[]
}

/**
 * What shards of one campaign came to together, from their folders.
 * @throws InputError for a folder that no campaign left, for a shard that is there twice, and for one of another campaign
 */
export async function mergeFolders(folders: readonly string[]): Promise<Merged> {
  const tally = emptyTally()
  const seen = new Map<string, string>()
  const notes: string[] = []
  let identity: Identity | undefined
  let seconds = 0
  for (const folder of folders) {
    const file = join(folder, files.tally)
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text === undefined) throw new InputError(`${folder}: no campaign has left its tally here (${files.tally})`)
    const part = readTally(text, file)
    const other = seen.get(part.shard)
    if (other !== undefined) throw new InputError(`${folder}: shard ${part.shard} is in ${other} already`)
    const [first] = seen.keys()
    if (first !== undefined && first.split('/')[1] !== part.shard.split('/')[1])
      throw new InputError(`${folder}: shard ${part.shard} has cases in common with shard ${first} in ${folders[0]}`)
    seen.set(part.shard, folder)
    identity ??= part.identity
    checkSame(identity, part.identity, folder, folders[0])
    const { entries, skipped } = await readCorpus(join(folder, files.corpus))
    notes.push(...skipped)
    const { found, reached } = part.progress.tally
    const results = { found: [...found.values()], features: [...reached.keys()], corpus: entries }
    addRound(tally, { ...countsOf(part.progress), ...results })
    seconds += part.seconds
  }
  notes.push(...missingOf([...seen.keys()]).map((shard) => `shard ${shard} is missing`))
  return { identity: identity!, tally, seconds, shards: folders.length, notes }
}

function checkSame(one: Identity, other: Identity, folder: string, first: string): void {
  const parts = Object.keys(one) as (keyof Identity)[]
  const different = parts.filter((part) => String(one[part]) !== String(other[part]))
  if (different.length > 0)
    throw new InputError(`${folder}: another campaign than in ${first}: different ${different.join(', ')}`)
}

function missingOf(shards: readonly string[]): string[] {
  const count = Number(shards[0].split('/')[1] ?? 0)
  const all = Array.from({ length: count }, (_, index) => `${index + 1}/${count}`)
  return all.filter((shard) => !shards.includes(shard))
}
