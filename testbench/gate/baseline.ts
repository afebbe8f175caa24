/** What the gate compares with: a folder of small text files. */

import { join } from 'node:path'
import { InputError } from '../../traces/input-error.ts'
import { makeFolder, writeWhole } from '../../traces/output-file.ts'
import { readInput } from '../elf/load.ts'
import { faults } from '../faults/index.ts'
import { type CorpusEntry, readCorpus } from '../fuzz/corpus.ts'

/** A planted bug that was caught, and where to look for it. */
export interface CaughtBug {
  readonly id: string
  /** What caught it, as the zoo says it. */
  readonly by: string
  readonly seed: number
  /** Number of the case or program that it was met with. */
  readonly cases: number
}

/** The cycles of a kernel on a core, with the instructions that it retires. */
export interface KernelFigures {
  readonly core: string
  readonly elf: string
  readonly name: string
  readonly cycles: number
  readonly instret: number
}

export interface Baseline {
  readonly bugs: readonly CaughtBug[]
  readonly kernels: readonly KernelFigures[]
  /** How many times as fast as the reference engine the other one is. */
  readonly speed: number
  readonly corpus: readonly CorpusEntry[]
}

export const baselineFiles = {
  bugs: 'planted-bugs.txt',
  kernels: 'cycles.txt',
  speed: 'speed.txt',
  corpus: 'corpus',
} as const

/** @throws InputError naming the file, and the line that is none */
export async function readBaseline(folder: string): Promise<Baseline> {
  const bugs = await readBugs(folder)
  const kernels = await rows(folder, baselineFiles.kernels, ([core, elf, name, cycles, instret]) => {
    return { core, elf, name, cycles: whole(cycles), instret: whole(instret) }
  })
  const [speed] = await rows(folder, baselineFiles.speed, ([ratio]) => positive(ratio))
  if (speed === undefined) throw new InputError(`${join(folder, baselineFiles.speed)}: no figure`)
  const { entries, skipped } = await readCorpus(join(folder, baselineFiles.corpus))
  if (skipped.length > 0) throw new InputError(skipped[0])
  return { bugs, kernels, speed, corpus: entries }
}

/** @throws InputError likewise */
export function readBugs(folder: string): Promise<CaughtBug[]> {
  return rows(folder, baselineFiles.bugs, ([id, by, seed, cases]) => {
    if (!faults.some((fault) => fault.id === id)) throw new NoRow()
    return { id, by, seed: whole(seed), cases: whole(cases) }
  })
}

class NoRow extends Error {}

function whole(text: string | undefined): number {
  if (text === undefined || !/^-?\d+$/.test(text)) throw new NoRow()
  return Number(text)
}

function positive(text: string | undefined): number {
  const value = Number(text)
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) throw new NoRow()
  return value
}

/** The rows of a file: words with two spaces or more between them; lines that begin with # say what they are. */
async function rows<Row>(folder: string, name: string, read: (words: string[]) => Row): Promise<Row[]> {
  const path = join(folder, name)
  const text = Buffer.from(await readInput(path)).toString()
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return []
    try {
      const words = line.trim().split(/ {2,}/)
      const row = read(words)
      if (words.some((word) => word === '')) throw new NoRow()
      return [row]
    } catch (error) {
      if (!(error instanceof NoRow)) throw error
      throw new InputError(`${path}:${index + 1}: no row of a baseline: ${line.trim().slice(0, 60)}`)
    }
  })
}

/** Writes all but the corpus. */
export async function writeBaseline(folder: string, { bugs, kernels, speed }: Omit<Baseline, 'corpus'>): Promise<void> {
  await writeBugs(folder, bugs)
  await write(
    join(folder, baselineFiles.kernels),
    'core, program, kernel, cycles, instructions',
    kernels.map(({ core, elf, name, cycles, instret }) => [core, elf, name, cycles, instret]),
  )
  await write(join(folder, baselineFiles.speed), 'WebAssembly engine against the reference engine', [
    [speed.toFixed(1)],
  ])
}

/** Writes what was caught, in order of name. */
export async function writeBugs(folder: string, bugs: readonly CaughtBug[]): Promise<void> {
  await makeFolder(folder)
  const order = (one: CaughtBug, other: CaughtBug): number => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)
  await write(
    join(folder, baselineFiles.bugs),
    'planted bug, what caught it, seed, number of the case',
    [...bugs].sort(order).map(({ id, by, seed, cases }) => [id, by, seed, cases]),
  )
}

const write = (path: string, head: string, lines: readonly (readonly (string | number)[])[]): Promise<void> =>
  writeWhole(path, `# ${head}\n${aligned(lines)}`)

function aligned(lines: readonly (readonly (string | number)[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => String(line[column]).length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => String(cell).padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}
