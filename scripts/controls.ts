import { argv, stderr, stdout } from 'node:process'
import { Command, Option } from 'commander'
import { controls } from '../properties/controls.ts'
import { promisesNamed } from '../properties/index.ts'
import { type Hunted, hunt } from '../testbench/fuzz/hunt.ts'
import { catchTable, type Hunts } from '../testbench/fuzz/report/catch-table.ts'
import { duration, names } from './terminal/fuzz-options.ts'
import { count, jsonOption } from './terminal/options.ts'
import { packageRoot } from './terminal/package-root.ts'
import { json } from './terminal/terminal.ts'
import { withExitCode } from './terminal/with-exit-code.ts'

// npm run controls: whether each promise catches the bugs that it must, and how fast, in CPU time of one core.

const options = new Command('controls')
  .description('hunt the planted bugs that each promise must catch, from several seeds')
  .option('--seeds <n>', 'hunts for each bug, of seeds from 1 on', count, 10)
  .addOption(new Option('--budget <time>', 'CPU time for each').default(60, '60s').argParser(duration))
  .addOption(new Option('--property <name...>', 'promises').default([], 'all of them').argParser(names))
  .addOption(jsonOption())
  .parse(argv)
  .opts<{ seeds: number; budget: number; property: readonly string[]; json?: true }>()

await withExitCode('controls', async () => {
  const { seeds, budget, property } = options
  const hunts: Hunts[] = []
  for (const promise of promisesNamed(property)) {
    for (const id of controls[promise.name].catches) {
      const hunted: Hunted[] = []
      for (let seed = 1; seed <= seeds; seed++) {
        if (stderr.isTTY) stderr.write(`\r\x1b[K${promise.name}: ${id}, seed ${seed}`)
        hunted.push(await hunt({ id, promise, seed, seconds: budget }, `${packageRoot()}/`))
      }
      hunts.push({ promise: promise.name, id, hunted })
    }
  }
  if (stderr.isTTY) stderr.write('\r\x1b[K')
  const command = `npm run controls -- ${argv.slice(2).join(' ')}`.trim()
  stdout.write(options.json ? json(hunts) : catchTable(hunts, { command, budget }))
  return hunts.every(({ hunted }) => hunted.every(({ found }) => found !== undefined)) ? 0 : 1
})
