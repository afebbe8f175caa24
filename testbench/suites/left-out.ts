import { readFile } from 'node:fs/promises'
import { InputError } from '../../traces/input-error.ts'

/** Why tests may fail, by name. */
export type LeftOut = ReadonlyMap<string, string>

/**
 * Reads a table of tests that are left out: a line for each, its name and then the reason. Lines that begin with `#` are
 * comments.
 * @throws InputError for a file that cannot be read, and `file:line: …` for a test without a reason or named twice.
 */
export async function readLeftOut(path: string): Promise<LeftOut> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new InputError(`${path}: no such file`)
  })
  return parseLeftOut(text, path)
}

/** As `readLeftOut`; `path` is what errors call the text. */
export function parseLeftOut(text: string, path: string): LeftOut {
  const reasons = new Map<string, string>()
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim()
    if (content === '' || content.startsWith('#')) continue
    const [, name, reason] = /^(\S+)\s+(.+)$/.exec(content) ?? []
    if (name === undefined) throw new InputError(`${path}:${index + 1}: ${content} is left out without a reason`)
    if (reasons.has(name)) throw new InputError(`${path}:${index + 1}: ${name} is there twice`)
    reasons.set(name, reason)
  }
  return reasons
}
