import { join, relative } from 'node:path'
import { type Command, Option } from 'commander'
import type { GateTask, TaskResult } from '../../testbench/gate/tasks.ts'
import { count } from '../terminal/options.ts'
import { packageDescription, packageRoot } from '../terminal/package-root.ts'
import { exitCode, type Terminal } from '../terminal/terminal.ts'

interface Options {
  baseline: string
  out: string
  update?: true
  short?: true
  workers: number
  junit?: string
  sarif?: string
  markdown?: string
}

export function addGate(program: Command, terminal: Terminal): void {
  program
    .command('gate')
    .summary('say whether a change of the hardware model may go in')
    .description(
      'Compares with recorded Spike logs, compares the engines, attacks the enclaves with fixed seeds and the corpus, counts\n' +
        'the cycles of kernels, plants every bug once caught, and measures the speed; compares the figures with a baseline.',
    )
    .addOption(
      new Option('--baseline <folder>', 'what to compare with').default(
        join(packageRoot(), 'testbench/gate/baseline'),
        'that of the package',
      ),
    )
    .option('--out <folder>', 'where findings and their pages go', 'out')
    .option('--update', 'accept the new figures, and say which changed')
    .option('--short', 'fewer random programs and cases')
    .option('--workers <n>', 'threads', count, 2)
    .option('--junit <file>', 'write a report as JUnit XML')
    .option('--sarif <file>', 'write a report as SARIF 2.1.0')
    .option('--markdown <file>', 'write a report for the page of a pull request')
    .addHelpText(
      'after',
      `
Cycles may move: a table shows each kernel that moved by more than 1 %. A core whose kernels move by more than 10 % on
the mean, or a kernel that retires other instructions, is a regression.
No --update accepts a log that differs, engines that differ or a promise that breaks.
Exit code: 0 if the change may go in, 1 if not, 2 for a baseline that cannot be used.

Example: yingzhou gate --markdown gate.md`,
    )
    .action((options: Options) => gate(options, terminal))
}

async function gate(options: Options, terminal: Terminal): Promise<void> {
  const { readBaseline, writeBaseline } = await import('../../testbench/gate/baseline.ts')
  const { fullSize, runGate, shortSize } = await import('../../testbench/gate/gate.ts')
  const report = await import('../../testbench/gate/report.ts')
  const { recordedNames } = await import('../../testbench/recorded.ts')
  const { makeFolder, writeWhole } = await import('../../traces/output-file.ts')
  const { runInThreads } = await import('../zoo/run-in-threads.ts')

  const root = packageRoot()
  const baseline = await readBaseline(options.baseline)
  const names = await recordedNames(root)
  const { workers, out } = options
  await makeFolder(out)
  const result = await runGate({
    ...{ root, out, names, baseline },
    size: options.short ? shortSize : fullSize,
    async run(tasks) {
      const results = await runInThreads<GateTask, TaskResult>('gate-worker', tasks, {
        workers,
        signal: terminal.interrupted,
      })
      terminal.interrupted.throwIfAborted()
      for (const { files } of results) for (const [path, text] of files ?? []) await writeWhole(path, text)
      return results
    },
    begun: (title) => terminal.progress?.write(`${title} …\r`),
    done: (part) => terminal.print(`${report.partText(part)}\n`),
  })
  const moves = report.movesText(result.moves)
  terminal.print(`${moves === '' ? '' : `\n${moves}\n\n`}${report.verdictText(result)}\n`)
  if (options.junit !== undefined) await writeWhole(options.junit, report.gateJunit(result))
  if (options.markdown !== undefined) await writeWhole(options.markdown, report.gateMarkdown(result))
  if (options.sarif !== undefined) {
    const place = relative(process.cwd(), options.baseline)
    await writeWhole(options.sarif, report.gateSarif(result, packageDescription().version, place))
  }
  const isAccepted = options.update === true && report.unacceptable(result).length === 0
  if (isAccepted) {
    await writeBaseline(options.baseline, result.figures)
    const changed = result.changes.length === 0 ? 'nothing changed' : `changed:\n  ${result.changes.join('\n  ')}`
    terminal.print(`baseline ${options.baseline}: ${changed}\n`)
  } else if (options.update) {
    terminal.print(`baseline ${options.baseline}: left as it is, no figures make up for what failed\n`)
  }
  terminal.exit(report.failed(result).length === 0 || isAccepted ? exitCode.success : exitCode.different)
}
