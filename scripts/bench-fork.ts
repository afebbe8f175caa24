import { join } from 'node:path'
import { argv, stderr, stdout } from 'node:process'
import { Command, Option } from 'commander'
import { presets } from '../rtl-model/core/config.ts'
import { type ForkRow, measureForks } from '../testbench/bench/fork.ts'
import { forkPlot, sizeText } from '../testbench/bench/fork-plot.ts'
import { loadElf } from '../testbench/elf/load.ts'
import { InputError } from '../traces/input-error.ts'
import { writeWhole } from '../traces/output-file.ts'
import { count } from './terminal/options.ts'
import { packageRoot } from './terminal/package-root.ts'
import { exitCode, grouped } from './terminal/terminal.ts'

// npm run bench:fork: what forking an enclave costs against creating one, by its size.

const options = new Command('bench:fork')
  .description('measure creation and fork of enclaves of 16 KiB to 16 MiB, in cycles of the model')
  .option('--most <KiB>', 'the largest enclave', count, 16384)
  .addOption(new Option('--preset <name>', 'the core').choices(Object.keys(presets)).default('default'))
  .option('--plot <file.svg>', 'write a plot as well')
  .option('--json', 'print the figures as JSON')
  .parse(argv)
  .opts<{ most: number; preset: keyof typeof presets; plot?: string; json?: true }>()

try {
  const { most, preset, plot, json } = options
  const image = (name: string) => loadElf(join(packageRoot(), 'monitor/images', name))
  const rows = await measureForks(await image('firmware.elf'), await image('host.elf'), {
    config: presets[preset],
    most,
    progress: (instructions) => {
      if (stderr.isTTY) stderr.write(`\r${grouped(instructions)} instructions`)
    },
  })
  if (stderr.isTTY) stderr.write('\r\x1b[K')
  if (plot !== undefined) await writeWhole(plot, forkPlot(rows, preset))
  stdout.write(json ? `${JSON.stringify({ preset, rows }, null, 2)}\n` : table(rows))
} catch (error) {
  if (!(error instanceof InputError)) throw error
  stderr.write(`bench:fork: ${error.message}\n`)
  process.exitCode = exitCode.unusable
}

/** As Markdown. */
function table(rows: readonly ForkRow[]): string {
  const lines = rows.map(({ kib, create, run, template, fork }) => {
    const cells = [create, run, template, fork].map(grouped)
    return `| ${[sizeText(kib), ...cells, `1/${Math.floor(create / fork)}`].join(' | ')} |`
  })
  const heading = ['size', 'create', 'run', 'create template', 'fork and run', 'fork : create']
  return [`| ${heading.join(' | ')} |`, `|${' ---: |'.repeat(heading.length)}`, ...lines, ''].join('\n')
}
