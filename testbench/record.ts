import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { InputError } from '../traces/input-error.ts'
import { writeWhole } from '../traces/output-file.ts'
import { type CodeRange, functionRanges, isLeftOut } from './compare/left-out.ts'
import { compareWithLog } from './compare/lockstep.ts'
import type { MaskId } from './compare/masks.ts'
import { parseElf } from './elf/read.ts'
import { programBytes } from './programs/build.ts'
import { type RecordedHeader, recordedOptions } from './recorded.ts'

const run = promisify(execFile)

const FOLDER = 'traces/recorded'
const MOST_SECONDS = 60

export interface Recording {
  name: string
  lines: number
  bytes: number
  /** Whether the model does the same. */
  same: boolean
  /** Whether it took the masks that the header declares, as often as it declares. */
  masksAsDeclared: boolean
  masks: Partial<Record<MaskId, number>>
}

/** The names of all recordings of the project at `root`. */
export async function recordingNames(root: string): Promise<string[]> {
  const files = await readdir(join(root, FOLDER))
  return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length))
}

/**
 * Has Spike run a program again and keeps its log as NAME.log.gz. The header NAME.json says which program and which flags;
 * its hash, version and date become those of the new log. Its masks stay: they are declared, not discovered.
 *
 * @param spike the command
 * @param commit of Spike's source, which Spike does not tell
 * @throws InputError where the header or the program cannot be used, or Spike fails
 */
export async function record(
  root: string,
  name: string,
  spike: string,
  commit: string | undefined,
): Promise<Recording> {
  const path = join(root, FOLDER, `${name}.json`)
  const old = await readHeader(path)
  const bytes = await programBytes(join(root, old.program))
  const header: RecordedHeader = {
    ...old,
    elfSha256: createHash('sha256').update(bytes).digest('hex'),
    spikeVersion: commit === undefined ? spikeVersion(spike) : `${spikeVersion(spike)} ${commit}`,
    recorded: new Date().toISOString().slice(0, 10),
  }
  const log = path.replace(/json$/, 'log.gz')
  const elf = parseElf(bytes, header.program)
  const { lines, packed } = await spikeLog(spike, header.spikeFlags, bytes, functionRanges(elf, header.leftOut ?? []))
  await writeWhole(path, `${JSON.stringify(header, null, 2)}\n`)
  await writeFile(log, packed)

  const comparison = await compareWithLog(elf, log, recordedOptions(header))
  const masks = Object.fromEntries(comparison.masks.map(({ id, hits }) => [id, hits]))
  const masksAsDeclared = sorted(masks) === sorted(header.masks)
  return { name, lines, bytes: packed.length, same: comparison.same, masksAsDeclared, masks }
}

/** The log of a program, and its lines; packed so that the same log gives the same bytes. */
async function spikeLog(spike: string, flags: readonly string[], elf: Uint8Array, leftOut: readonly CodeRange[]) {
  const folder = await mkdtemp(join(tmpdir(), 'yingzhou-record-'))
  try {
    const [program, whole, log] = ['program.elf', 'whole.log', 'spike.log'].map((name) => join(folder, name))
    await writeFile(program, elf)
    await run(spike, [...flags, `--log=${whole}`, program], { timeout: MOST_SECONDS * 1000 }).catch((error) => {
      throw new InputError(`${spike} ${flags.join(' ')}: ${error.stderr?.trim() || error.message}`)
    })
    let lines = 0
    async function* kept(): AsyncGenerator<string> {
      for await (const line of createInterface({ input: createReadStream(whole) })) {
        if (isLeftOut(line, leftOut)) continue
        lines++
        yield `${line}\n`
      }
    }
    await pipeline(Readable.from(kept()), createWriteStream(log))
    await run('gzip', ['-9n', log])
    return { lines, packed: await readFile(`${log}.gz`) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function spikeVersion(spike: string): string {
  const { stdout, stderr, error } = spawnSync(spike, ['--help'], { encoding: 'utf8' })
  const version = /RISC-V ISA Simulator (\S+)/.exec(`${stdout}${stderr}`)?.[1]
  if (error || version === undefined) throw new InputError(`${spike}: no Spike; name it with --spike PATH`)
  return version
}

async function readHeader(path: string): Promise<RecordedHeader> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new InputError(`${path}: no such file; write it with "program", "spikeFlags" and "masks" for a new recording`)
  })
  return JSON.parse(text)
}

const sorted = (masks: object): string => JSON.stringify(Object.entries(masks).sort())
