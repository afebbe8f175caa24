import { readFile } from 'node:fs/promises'
import { InputError } from '../../traces/input-error.ts'
import type { ElfFile } from './image.ts'
import { parseElf } from './read.ts'

/** Reads an ELF executable from a file. @throws InputError where there is none, or as `parseElf` does. */
export async function loadElf(path: string): Promise<ElfFile> {
  return parseElf(await readInput(path), path)
}

/** The bytes of a file. @throws InputError where it cannot be read. */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new InputError(`${path}: ${reasons.get(String(error.code)) ?? error.message}`)
  }
}

const reasons = new Map([
  ['ENOENT', 'no such file'],
  ['EISDIR', 'is a directory'],
  ['EACCES', 'no permission to read it'],
])
