import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { CoreConfig } from '../../rtl-model/core/config.ts'
import { InputError } from '../../traces/input-error.ts'
import { compareWithLog } from '../compare/lockstep.ts'
import type { MaskId } from '../compare/masks.ts'
import { comparisonText } from '../compare/report.ts'
import type { ElfFile } from '../elf/image.ts'
import { loadElf } from '../elf/load.ts'
import { type EngineName, Machine } from '../machine.ts'
import { signatureRange, signatureText } from '../signature.ts'

/** A test program of a suite, with what another machine made of it where that is known. */
export interface SuiteTest {
  name: string
  elf: string
  /** Its Spike commit log. */
  log?: string
  /** Its signature, in lines of 4 bytes. */
  signature?: string
}

export interface SuiteFolders {
  elves: string
  /** Holds NAME.log.gz or NAME.log. */
  logs?: string
  /** Holds NAME.sig or NAME.signature. */
  signatures?: string
}

/** What a test came to on one engine. */
export interface TestResult {
  name: string
  engine: EngineName
  /** HTIF exit code, 0 where the test passed; undefined where it did not end. */
  exitCode: number | undefined
  /** Instructions compared with the log, and whether all were the same. */
  comparison?: { same: boolean; instructions: number; masks: Partial<Record<MaskId, number>> }
  signature?: { same: boolean }
  /** What is wrong, in full; empty where the test passed and everything is the same. */
  problems: string[]
}

export interface TestOptions {
  config: CoreConfig
  engine: EngineName
}

/** Steps after which a test has not ended: those of the usual suites make a few ten thousand. */
const MOST_STEPS = 5_000_000
const SIGNATURE_GRANULARITY = 4

/**
 * The tests of a folder: every ELF file, by name without `.elf`.
 * @throws InputError for a folder that cannot be read or has no ELF file.
 */
export async function findTests({ elves, logs, signatures }: SuiteFolders): Promise<SuiteTest[]> {
  const files = await list(elves)
  for (const folder of [logs, signatures]) if (folder !== undefined) await list(folder)
  const tests: SuiteTest[] = []
  for (const file of files) {
    const elf = join(elves, file)
    if (!(await isElf(elf))) continue
    const name = file.replace(/\.elf$/, '')
    const log = firstFile(logs, [`${name}.log.gz`, `${name}.log`])
    const signature = firstFile(signatures, [`${name}.sig`, `${name}.signature`])
    tests.push({ name, elf, ...(log !== undefined && { log }), ...(signature !== undefined && { signature }) })
  }
  if (tests.length === 0) throw new InputError(`${elves}: no ELF files in this folder`)
  return tests
}

/** The suite that a test belongs to: `rv64ui-p` of `rv64ui-p-add`, otherwise what stands before the first dash. */
export function suiteOf(name: string): string {
  return /^(rv\d+\w*-[pv])-/.exec(name)?.[1] ?? name.split('-')[0]
}

/** Runs a test to its end, and compares its signature and its log where there are such. */
export async function runTest(test: SuiteTest, { config, engine }: TestOptions): Promise<TestResult> {
  const elf = await loadElf(test.elf)
  const machine = new Machine({ config, engine })
  machine.load(elf)
  machine.run(MOST_STEPS)
  const { exitCode } = machine
  const result: TestResult = { name: test.name, engine, exitCode, problems: [] }
  if (exitCode === undefined) result.problems.push(`has not ended after ${MOST_STEPS} steps`)
  else if (exitCode !== 0) result.problems.push(`exit code ${exitCode}`)
  if (test.signature !== undefined && exitCode !== undefined)
    await compareSignature(test.signature, elf, machine, result)
  if (test.log !== undefined) {
    const comparison = await compareWithLog(elf, test.log, { config, engine })
    const { same, instructions } = comparison
    const masks = Object.fromEntries(comparison.masks.map(({ id, hits }) => [id, hits]))
    result.comparison = { same, instructions, masks }
    if (!same) result.problems.push(comparisonText(comparison))
  }
  return result
}

async function compareSignature(path: string, elf: ElfFile, machine: Machine, result: TestResult): Promise<void> {
  const { bus } = machine.core
  const { begin, end } = signatureRange(elf, bus)
  const ours = signatureText(bus.read(begin, Number(end - begin)), SIGNATURE_GRANULARITY)
    .trimEnd()
    .split('\n')
  const theirs = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const length = Math.max(ours.length, theirs.length)
  const line = Array.from({ length }).findIndex((_, index) => ours[index] !== theirs[index])
  result.signature = { same: line < 0 }
  if (line < 0) return
  const [left = 'nothing', right = 'nothing'] = [ours[line], theirs[line]]
  result.problems.push(`signature differs from line ${line + 1} on: model ${left}, ${basename(path)} ${right}`)
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch {
    throw new InputError(`${folder}: no such folder`)
  }
}

async function isElf(path: string): Promise<boolean> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0))
  return bytes.subarray(0, 4).toString('latin1') === '\x7fELF'
}

function firstFile(folder: string | undefined, names: readonly string[]): string | undefined {
  return folder === undefined ? undefined : names.map((name) => join(folder, name)).find(existsSync)
}
