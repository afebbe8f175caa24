import type { Command } from 'commander'
import { type CoreConfig, presets } from '../../rtl-model/core/config.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import type { EngineName } from '../../testbench/machine.ts'
import { engineOption, jsonOption, parameterHelp, setOption } from '../terminal/options.ts'
import { createProgress } from '../terminal/progress.ts'
import { exitCode, json, type Terminal } from '../terminal/terminal.ts'

interface Options {
  engine: EngineName
  set: CoreConfig
  json?: true
}

export function addCompare(program: Command, terminal: Terminal): void {
  program
    .command('compare')
    .summary('compare what the model does with a log, instruction by instruction')
    .description(
      'Runs a program on the model beside a Spike commit log of it and says whether every instruction did the same. ' +
        'The log may be packed with gzip. By default the core is as Spike is: see the parameters.',
    )
    .argument('<file.elf>', 'program')
    .argument('<log>', 'log to compare with')
    .addOption(engineOption())
    .addOption(setOption(presets.spike))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${parameterHelp(presets.spike)}
Exit code: 0 same, 1 different, 2 unusable input.

Example: spike -l --log-commits --log=spike.log prog.elf && yingzhou compare prog.elf spike.log`,
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
  // Readers of logs take a while to load: other commands do without them.
  const { comparisonText } = await import('../../testbench/compare/report.ts')
  const { compareWithLog } = await import('../../testbench/compare/lockstep.ts')
  const model = { config: options.set, engine: options.engine }
  const comparison = await compareWithLog(await loadElf(file), log, { ...model, ...observer }).finally(() =>
    progress.stop(),
  )
  terminal.print(options.json ? json(comparison) : `${comparisonText(comparison)}\n`)
  terminal.exit(comparison.same ? exitCode.success : exitCode.different)
}
