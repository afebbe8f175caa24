import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { promisesNamed } from '../../properties/index.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import type { Shard } from '../../testbench/fuzz/campaign.ts'
import { InputError } from '../../traces/input-error.ts'
import type { WorkerData } from '../fuzz-worker.ts'
import { count, jsonOption } from '../terminal/options.ts'
import { packageRoot } from '../terminal/package-root.ts'
import { exitCode, type Terminal } from '../terminal/terminal.ts'

interface Options {
  property: readonly string[]
  time?: number
  runs?: number
  seed?: number
  path?: string
  workers: number
  shard: string
  out: string
  monitor: string
  faults: readonly string[]
  core: 'default' | 'rocket'
  json?: true
}

const each = (text: string, before: readonly string[]) => [...before, ...text.split(',')]

export const monitorOption = () =>
  new Option('--monitor <file.elf>', 'firmware to attack').default(
    join(packageRoot(), 'monitor/images/firmware.elf'),
    'our secure monitor',
  )

export function addFuzz(program: Command, terminal: Terminal): void {
  program
    .command('fuzz')
    .summary('attack the enclaves, and say which promise broke')
    .description(
      'Plays calls of a hostile host and hostile enclaves, and random instructions of both, on a monitor on the modelled\n' +
        'core, and judges what is seen by the promises of properties/. Each breach is made as short as can be.',
    )
    .addOption(new Option('--property <name...>', 'promises to judge').default([], 'all').argParser(each))
    .option('--time <time>', 'end after a time, such as 60s, 10m or 2h (default: 60s without --runs)', duration)
    .option('--runs <n>', 'end after n cases, in all shards together', count)
    .option('--seed <n>', 'what cases are made from (default: from the clock)', seed)
    .option('--path <path>', 'with --seed: play only the case that fast-check has at this path')
    .option('--workers <n>', 'threads', count, 2)
    .option('--shard <i/n>', 'a part of the campaign; auto: as Kubernetes, Slurm or GitLab say', '1/1')
    .option('--out <folder>', 'where findings, their pages, the summary and the corpus go', 'out')
    .addOption(monitorOption())
    .addOption(new Option('--core <name>', 'core to play on').choices(['default', 'rocket']).default('default'))
    .addOption(new Option('--faults <id...>', 'plant bugs in the core').default([], 'none').argParser(each))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A folder that a campaign of the same seed, monitor, core and promises has left is taken up where it ended.
Exit code: 0 if no promise broke, 1 if one did, 2 for what cannot be used.

Example: yingzhou fuzz --time 10m --monitor fw_jump.elf --out out`,
    )
    .action((options: Options) => fuzz(options, terminal))
}

async function fuzz(options: Options, terminal: Terminal): Promise<void> {
  const { Campaign } = await import('../campaign.ts')
  await new Campaign(options, terminal).run()
}
