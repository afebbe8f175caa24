import type { Command } from 'commander'
import { presets } from '../../rtl-model/core/config.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import { writeWhole } from '../../traces/output-file.ts'
import {
  type CoreName,
  coreOption,
  coreWith,
  count,
  parameterHelp,
  type Setting,
  setOption,
} from '../terminal/options.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface Options {
  output?: string
  maxInstructions: number
  from: number
  core: CoreName
  set: readonly Setting[]
}

export function addView(program: Command, terminal: Terminal): void {
  program
    .command('view')
    .summary('show how a program goes through the pipeline, as a page')
    .description(
      'Runs an RV64 ELF program and writes one HTML page, which needs nothing else, with the pipeline cycle by cycle, why\n' +
        'instructions wait, and what happens in caches and TLBs.',
    )
    .argument('<file.elf>', 'program to run')
    .option('-o, --output <file>', 'where the page goes; otherwise beside the program, with .html for .elf')
    .option('--max-instructions <n>', 'show n instructions (traps count too)', count, 500)
    .option('--from <n>', 'leave out the first n instructions', (text) => (text === '0' ? 0 : count(text)), 0)
    .addOption(coreOption())
    .addOption(setOption())
    .addHelpText('after', `${parameterHelp(presets.rocket)}\nExample: yingzhou view prog.elf -o prog.html --from 1000`)
    .action((file: string, options: Options) => view(file, options, terminal))
}

async function view(path: string, options: Options, terminal: Terminal): Promise<void> {
  const { output = `${path.replace(/\.elf$/, '')}.html`, maxInstructions, from, core, set } = options
  const { collectView } = await import('../../testbench/view/data.ts')
  const { viewPage } = await import('../../testbench/view/page.ts')
  const config = coreWith(core, set)
  const data = collectView(await loadElf(path), { config, from, maxInstructions, signal: terminal.interrupted })
  await writeWhole(output, viewPage(data, core))
  terminal.say(`${output}: ${data.steps.length} instructions\n`)
}
