import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { presets } from '../rtl-model/core/config.ts'
import { type CoreComparison, compareKernels, summarize } from '../testbench/cycles/compare.ts'
import { hasKernels, kernelCycles } from '../testbench/cycles/kernels.ts'
import { parseReference, type ReferenceRow } from '../testbench/cycles/reference.ts'
import { parseElf } from '../testbench/elf/read.ts'
import { InputError } from '../traces/input-error.ts'

// npm run bench:cycles: the cycles of programs that measure themselves, against those of real cores.

/** The preset that models each core of a reference. */
const presetOf: Readonly<Record<string, keyof typeof presets>> = {
  Linux11: 'rocket',
  Full11: 'rocket-l2',
  Medium11: 'rocket-medium',
}

const inPackage = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

interface Options {
  kernels: string
  reference: string
  core?: string
  json?: true
}

const options = new Command('bench:cycles')
  .description('run every ELF of a folder that measures kernels, and compare with the cycles of real cores')
  .option('--kernels <folder>', 'folder of ELFs with the block kresults', inPackage('testbench/kernels'))
  .option('--reference <file>', 'measurements, as JSON', inPackage('testbench/kernels/rocket-cycles.json'))
  .option('--core <name>', `only this core: ${Object.keys(presetOf).join(', ')}`)
  .option('--json', 'print the figures as JSON')
  .parse()
  .opts<Options>()

try {
  const comparisons = compareAll(options)
  if (options.json) console.log(JSON.stringify({ results: comparisons }, null, 1))
  else for (const comparison of comparisons) printTable(comparison)
} catch (error) {
  if (!(error instanceof InputError)) throw error
  console.error(error.message)
  process.exitCode = 2
}

function compareAll({ kernels, reference, core }: Options): CoreComparison[] {
  if (core !== undefined && presetOf[core] === undefined) {
    throw new InputError(`--core ${core}: it is one of ${Object.keys(presetOf).join(', ')}`)
  }
  const rows = parseReference(read(reference), reference)
  const elves = readdir(kernels)
    .filter((name) => name.endsWith('.elf'))
    .map((name) => join(kernels, name))
    .map((path) => ({ path, elf: parseElf(readBytes(path), path) }))
    .filter(({ elf }) => hasKernels(elf))
  if (elves.length === 0) throw new InputError(`${kernels}: no ELF with a symbol kresults`)
  const groups = new Map<string, ReferenceRow[]>()
  for (const row of rows) {
    if (core !== undefined && row.core !== core) continue
    const key = `${row.core} ${row.memLatency}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()].map((group) => {
    const { core, memLatency } = group[0]
    return summarize(
      core,
      memLatency,
      elves.flatMap(({ path, elf }) => compareElf(path, elf, group)),
    )
  })
}

function compareElf(path: string, elf: ReturnType<typeof parseElf>, group: readonly ReferenceRow[]) {
  const name = basename(path, '.elf')
  const rows = group.filter((row) => row.elf === name)
  if (rows.length === 0) return []
  const { core, memLatency } = rows[0]
  const preset = presetOf[core]
  if (preset === undefined) throw new InputError(`no preset models the core ${core}`)
  return compareKernels(name, rows, kernelCycles(elf, path, { ...presets[preset], memoryLatency: memLatency }))
}

function printTable({ core, latency, rows, ...errors }: CoreComparison): void {
  console.log(`\n${core}, memory latency ${latency}`)
  console.log(`${'kernel'.padEnd(32)}${['real', 'model', 'error', 'cold real', 'model', 'error'].map(right).join('')}`)
  for (const { elf, name, reference, model, error, coldError } of rows) {
    const cells = [
      reference.cycles,
      model.cycles,
      percent(error),
      reference.coldCycles,
      model.coldCycles,
      percent(coldError),
    ]
    console.log(`${`${elf} ${name}`.padEnd(32)}${cells.map(right).join('')}`)
  }
  const { meanAbsError, p95AbsError, maxAbsError, coldMeanAbsError } = errors
  console.log(
    `${rows.length} kernels: mean error ${percent(meanAbsError)}, 95 % within ${percent(p95AbsError)}, ` +
      `largest ${percent(maxAbsError)}, cold mean ${percent(coldMeanAbsError)}`,
  )
}

function right(cell: string | number): string {
  return String(cell).padStart(10)
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`
}

function read(path: string): string {
  return readBytes(path).toString('utf8')
}

function readBytes(path: string): Buffer {
  return told(path, () => readFileSync(path))
}

function readdir(path: string): string[] {
  return told(path, () => readdirSync(path)).sort()
}

function told<Value>(path: string, action: () => Value): Value {
  try {
    return action()
  } catch (error) {
    throw new InputError(`${path}: ${error instanceof Error ? error.message : error}`)
  }
}
