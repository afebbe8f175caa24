import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { CaughtBug } from '../../testbench/gate/baseline.ts'
import type { Attempt, AttemptTask } from '../../testbench/zoo/attempt.ts'
import type { Matrix } from '../../testbench/zoo/matrix.ts'
import { duration, monitorOption } from '../terminal/fuzz-options.ts'
import { count, jsonOption } from '../terminal/options.ts'
import { packageRoot } from '../terminal/package-root.ts'
import { exitCode, json, type Terminal } from '../terminal/terminal.ts'

interface Options {
  budget: number
  seeds: number
  controls?: number
  workers: number
  monitor: string
  out: string
  baseline?: string
  json?: true
}

/** Of the time for a planted bug, what a control gets where nothing else is said. */
const CONTROL_SHARE = 1 / 4

export function addZoo(program: Command, terminal: Terminal): void {
  program
    .command('zoo')
    .summary('plant bugs in the core, and count which are caught')
    .description(
      'Plants the bugs of testbench/faults one after the other, and has the promises of properties/ and the comparison\n' +
        'with the honest core look for each. Legal variations are tried as well: nothing may flag one.',
    )
    .argument('[ID...]', 'bugs and legal variations; all of them where none is named')
    .option('--budget <time>', 'for each bug and seed', duration, 60)
    .option('--seeds <n>', 'seeds, from 1 on', count, 1)
    .option('--controls <time>', 'for each legal variation (default: a quarter of the budget)', duration)
    .option('--workers <n>', 'threads: bugs at a time', count, 2)
    .addOption(monitorOption())
    .option('--out <folder>', 'where the page goes', 'out')
    .option(
      '--baseline <folder>',
      'write what was caught where the gate finds it; rows of bugs that were not tried stay',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit code: 0 if all were caught and no legal variation was flagged, 1 otherwise, 2 for what cannot be used.

Example: yingzhou zoo P01 T01a --budget 20s`,
    )
    .action((ids: readonly string[], options: Options) => zoo(ids, options, terminal))
}

async function zoo(ids: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const { controls, faults, variationById } = await import('../../testbench/faults/index.ts')
  const { readyTo } = await import('../../testbench/fuzz/setup.ts')
  const { makeFolder, writeWhole } = await import('../../traces/output-file.ts')
  const { matrixOf } = await import('../../testbench/zoo/matrix.ts')
  const { matrixPage } = await import('../../testbench/zoo/page.ts')
  const { attemptText, matrixText } = await import('../../testbench/zoo/text.ts')
  const { runInThreads } = await import('../zoo/run-in-threads.ts')

  const { budget, workers, monitor, out } = options
  const chosen = ids.length === 0 ? [...faults, ...controls] : ids.map(variationById)
  await readyTo({ monitor, core: 'default', faults: [] })
  await makeFolder(out)
  const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1)
  const controlSeconds = options.controls ?? Math.max(1, Math.round(budget * CONTROL_SHARE))
  // Seeds one after the other, so that a look at the first ones shows all bugs.
  const tasks = seeds.flatMap((seed) =>
    chosen.map(({ id, kind, monitor: own }): AttemptTask => {
      const image = own === undefined ? monitor : join(packageRoot(), own)
      return { id, seed, monitor: image, seconds: kind === 'control' ? controlSeconds : budget }
    }),
  )
  const start = performance.now()
  let done = 0
  const attempts = await runInThreads<AttemptTask, Attempt>(
    'zoo-worker',
    tasks,
    { workers, signal: terminal.interrupted },
    (result) => terminal.say(`${String(++done).padStart(4)}/${tasks.length}  ${attemptText(result)}\n`),
  )
  const seconds = (performance.now() - start) / 1000
  const matrix = matrixOf(attempts, { budgetSeconds: budget, controlSeconds, seeds, workers, seconds })
  const page = join(out, 'zoo.html')
  await writeWhole(page, matrixPage(matrix))
  await writeWhole(join(out, 'zoo.json'), json(matrix))
  if (options.baseline !== undefined && !terminal.interrupted.aborted) {
    const { baselineFiles, readBugs, writeBugs } = await import('../../testbench/gate/baseline.ts')
    const isThere = existsSync(join(options.baseline, baselineFiles.bugs))
    const others = isThere
      ? (await readBugs(options.baseline)).filter(({ id }) => chosen.every((bug) => bug.id !== id))
      : []
    await writeBugs(options.baseline, [...others, ...soonest(matrix)])
  }
  terminal.print(options.json ? json(matrix) : `${matrixText(matrix)}\n\npage: ${page}\n`)
  const isWhole = matrix.survivors.length === 0 && matrix.controlsFlagged.length === 0
  terminal.exit(terminal.interrupted.aborted ? exitCode.interrupted : isWhole ? exitCode.success : exitCode.different)
}

/** Of each bug the seed that caught it with the fewest cases. */
function soonest({ faults }: Matrix): CaughtBug[] {
  return faults.flatMap(({ id, runs }) => {
    const [run] = runs.filter(({ caughtBy }) => caughtBy !== null).sort((a, b) => a.cases - b.cases)
    return run === undefined ? [] : [{ id, by: run.caughtBy!, seed: run.seed, cases: run.cases }]
  })
}
