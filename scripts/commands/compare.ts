import type { Command } from 'commander'
import { type CoreConfig, presets } from '../../rtl-model/core/config.ts'
import { createCsrNames } from '../../testbench/csr-names.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import type { EngineName } from '../../testbench/machine.ts'
import { engineOption, jsonOption, parameterHelp, setOption } from '../terminal/options.ts'
import { createProgress } from '../terminal/progress.ts'
import { exitCode, json, type Terminal } from '../terminal/terminal.ts'

interface Options {
  logs?: true
  engine: EngineName
  set: CoreConfig
  json?: true
}

export function addCompare(program: Command, terminal: Terminal): void {
  program
    .command('compare')
    .summary('compare what the model does with a log, or two logs, instruction by instruction')
    .description(
      'Runs a program on the model beside a Spike commit log of it and says whether every instruction did the same; ' +
        'with --logs, compares two logs of any format or generation without running anything. ' +
        'Logs may be packed with gzip. Unless --set says otherwise, the core is as Spike is without options.',
    )
    .argument('<file.elf>', 'program; with --logs, the first log')
    .argument('<log>', 'log of it; with --logs, the second log')
    .option('--logs', 'compare two logs')
    .addOption(engineOption())
    .addOption(setOption(presets.spike))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${parameterHelp(presets.spike)}
Exit code: 0 same, 1 different, 2 unusable input.

Example: spike -l --log-commits --log=spike.log prog.elf && yingzhou compare prog.elf spike.log
         yingzhou compare --logs spike.log mycore.log`,
    )
    .action((file: string, log: string, options: Options) => compare(file, log, options, terminal))
}

async function compare(file: string, log: string, options: Options, terminal: Terminal): Promise<void> {
  const progress = await createProgress(terminal)
  const observer = {
    progress(done: number) {
      terminal.interrupted.throwIfAborted()
      progress.update(done)
    },
  }
  const compared = options.logs ? compareBoth(file, log, observer) : compareModel(file, log, options, observer)
  const { comparison, text } = await compared.finally(() => progress.stop())
  terminal.print(options.json ? json(comparison) : `${text}\n`)
  terminal.exit(comparison.same ? exitCode.success : exitCode.different)
}

// Readers of logs take a while to load, so that other commands do without them.

async function compareModel(file: string, log: string, { engine, set: config }: Options, observer: Observer) {
  const { compareWithLog } = await import('../../testbench/compare/lockstep.ts')
  const { comparisonText } = await import('../../testbench/compare/report.ts')
  const comparison = await compareWithLog(await loadElf(file), log, { config, engine, ...observer })
  return { comparison, text: comparisonText(comparison) }
}

async function compareBoth(left: string, right: string, observer: Observer) {
  const { compareLogs } = await import('../../testbench/compare/logs.ts')
  const { logComparisonText } = await import('../../testbench/compare/report.ts')
  const { csrName } = createCsrNames()
  const comparison = await compareLogs(left, right, { csrName, ...observer })
  return { comparison, text: logComparisonText(comparison) }
}

interface Observer {
  progress(instructions: number): void
}
