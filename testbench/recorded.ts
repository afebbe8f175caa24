import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { presets } from '../rtl-model/core/config.ts'
import { InputError } from '../traces/input-error.ts'
import type { LockstepOptions } from './compare/lockstep.ts'
import type { MaskId } from './compare/masks.ts'
import type { ElfFile } from './elf/image.ts'
import { readInput } from './elf/load.ts'
import { parseElf } from './elf/read.ts'
import { programBytes } from './programs/build.ts'

/** A Spike log that is kept beside what it was made from. */
export interface RecordedTrace {
  name: string
  /** The log, packed. */
  log: string
  elf: ElfFile
  header: RecordedHeader
}

/** `NAME.json` beside `NAME.log.gz`. */
export interface RecordedHeader {
  /** Path of the program from the root of the project: an ELF file, or a source `NAME.S` that is assembled to one. */
  program: string
  /** SHA-256 of the ELF file, in hex. */
  elfSha256: string
  /** Version, and commit of the source where it is known. */
  spikeVersion: string
  /** All but the names of log and program. */
  spikeFlags: string[]
  /** Functions of the program whose instructions are not in the log. */
  leftOut?: string[]
  /** Date, as year-month-day. */
  recorded: string
  /** How often the comparison with the model uses each mask. */
  masks: Partial<Record<MaskId, number>>
}

const FOLDER = 'traces/recorded'

/** What a comparison has to know of how the log was made. */
export function recordedOptions({ spikeFlags, leftOut = [] }: RecordedHeader): LockstepOptions {
  const mebibytes = spikeFlags.map((flag) => /^-m(\d+)$/.exec(flag)?.[1]).find((size) => size !== undefined)
  if (mebibytes === undefined) return { leftOut }
  return { leftOut, config: { ...presets.spike, ramBytes: Number(mebibytes) * 2 ** 20 } }
}

/**
 * Names of the recorded traces of the project at `root`, in order.
 * @throws InputError where there are none
 */
export async function recordedNames(root: string): Promise<string[]> {
  const folder = join(root, FOLDER)
  const headers = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json')).sort()
  if (headers.length === 0) throw new InputError(`${folder}: no recorded traces`)
  return headers.map((file) => basename(file, '.json'))
}

/** Where the header of a recorded trace lies. */
export const recordedHeader = (root: string, name: string): string => join(root, FOLDER, `${name}.json`)

/**
 * The recorded traces of the project at `root`, by name.
 * @throws InputError where there are none, or a file is missing or is not what the header says.
 */
export async function recordedTraces(root: string): Promise<RecordedTrace[]> {
  const names = await recordedNames(root)
  return Promise.all(names.map((name) => recordedTrace(root, recordedHeader(root, name))))
}

/** The header beside a log that has one. */
export function headerOf(log: string): string | undefined {
  const header = log.replace(/\.log\.gz$/, '.json')
  return header !== log && existsSync(header) ? header : undefined
}

/**
 * A recorded trace of the project at `root`, by the path of its header.
 * @throws InputError where a file is missing or is not what the header says
 */
export async function recordedTrace(root: string, path: string): Promise<RecordedTrace> {
  const header = JSON.parse(Buffer.from(await readInput(path)).toString()) as RecordedHeader
  const program = join(root, header.program)
  const bytes = await programBytes(program)
  const hash = createHash('sha256').update(bytes).digest('hex')
  if (hash !== header.elfSha256) {
    throw new InputError(`${program}: not the program of which ${path} has the log: SHA-256 is ${hash}`)
  }
  const name = basename(path, '.json')
  return { name, log: path.replace(/\.json$/, '.log.gz'), elf: parseElf(bytes, program), header }
}
