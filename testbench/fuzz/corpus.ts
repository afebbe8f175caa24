/** Cases worth going on from, in a folder: one file each. */

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, writeWhole } from '../../traces/output-file.ts'
import { type Action, isAction } from './actions.ts'
import type { Feature } from './features.ts'

const VERSION = 1

export interface CorpusEntry {
  /** The point that it starts from. */
  readonly start: string
  readonly actions: readonly Action[]
  /** What it reaches, in order. */
  readonly features: readonly Feature[]
}

/** The same for the same case, wherever it was found. */
export function entryId({ start, actions }: CorpusEntry): string {
  return createHash('sha256')
    .update(JSON.stringify([start, actions]))
    .digest('hex')
    .slice(0, 16)
}

/** Entries in order of their names, and a line for each file that is none. A folder that is not there is empty. */
export async function readCorpus(folder: string): Promise<{ entries: CorpusEntry[]; skipped: string[] }> {
  const names = await readdir(folder).catch(() => [])
  const entries: CorpusEntry[] = []
  const skipped: string[] = []
  for (const name of names.filter((file) => file.endsWith('.json')).sort()) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '')
    const entry = readEntry(text)
    if (entry === undefined) skipped.push(`${join(folder, name)}: no corpus entry of version ${VERSION}, skipped`)
    else entries.push(entry)
  }
  return { entries, skipped }
}

/** Writes the entries; those that are there already stay as they are. @throws InputError where they cannot be written */
export async function writeCorpus(folder: string, entries: Iterable<CorpusEntry>): Promise<void> {
  await makeFolder(folder)
  const there = new Set(await readdir(folder))
  for (const entry of entries) {
    const name = `${entryId(entry)}.json`
    if (there.has(name)) continue
    there.add(name)
    await writeWhole(join(folder, name), entryText(entry))
  }
}

/** What the case reaches and what it does a line each, as a person reads it. */
function entryText({ start, features, actions }: CorpusEntry): string {
  const lines = (values: readonly unknown[]): string => values.map((value) => `\n  ${JSON.stringify(value)}`).join(',')
  const head = `"version": ${VERSION}, "start": ${JSON.stringify(start)}`
  return `{ ${head}, "features": [${lines(features)}\n], "actions": [${lines(actions)}\n] }\n`
}

function readEntry(text: string): CorpusEntry | undefined {
  try {
    const { version, start, actions, features } = JSON.parse(text)
    const isEntry =
      version === VERSION &&
      typeof start === 'string' &&
      Array.isArray(actions) &&
      actions.every(isAction) &&
      Array.isArray(features) &&
      features.every((feature) => typeof feature === 'string')
    return isEntry ? { start, actions, features } : undefined
  } catch {
    return undefined
  }
}
