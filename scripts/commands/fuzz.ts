import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { promisesNamed } from '../../properties/index.ts'
import type { Promised } from '../../testbench/fuzz/promise.ts'
import type { Found } from '../../testbench/fuzz/round.ts'
import type { Setup } from '../../testbench/fuzz/setup.ts'
import { InputError } from '../../traces/input-error.ts'
import { duration, monitorOption, names, path, seed } from '../terminal/fuzz-options.ts'
import { count, jsonOption } from '../terminal/options.ts'
import { packageRoot } from '../terminal/package-root.ts'
import { exitCode, json, type Terminal } from '../terminal/terminal.ts'

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
  core: Setup['core']
  json?: true
}

export function addFuzz(program: Command, terminal: Terminal): void {
  program
    .command('fuzz')
    .summary('attack the enclaves, and say which promise broke')
    .description(
      'Plays calls of a hostile host and of hostile enclaves, and random instructions of both, on a monitor on the ' +
        'modelled core, and judges what is seen by the promises of properties/. Each breach is made as short as can be.',
    )
    .addOption(new Option('--property <name...>', 'promises to judge').default([], 'all of them').argParser(names))
    .option('--time <time>', 'end after a time, such as 60s, 10m or 2h (default without --runs: 60s)', duration)
    .option('--runs <n>', 'end after n cases, in all shards together', count)
    .option('--seed <n>', 'what the cases are made from (default: of the campaign in --out, or the clock)', seed)
    .option('--path <path>', 'with --seed, both of a finding: play only what is there', path)
    .option('--workers <n>', 'threads', count, availableParallelism())
    .option('--shard <i/n>', 'a part of the campaign; auto: as Kubernetes, Slurm or GitLab say', '1/1')
    .option('--out <folder>', 'where findings, their pages, the summary and the corpus go', 'out')
    .addOption(monitorOption())
    .addOption(new Option('--core <name>', 'core to play on').choices(['default', 'rocket']).default('default'))
    .addOption(
      new Option('--faults <id...>', 'bugs to plant in the core, or in our monitor')
        .default([], 'none')
        .argParser(names),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Ctrl-C ends a campaign with what was found so far; a second one ends it at once. What a campaign of the same seed,
monitor, core and promises has left in the folder is taken up where it ended. A corpus in the folder is gone on from.
Exit code: 0 if no promise broke, 1 if one did, 130 if none did until Ctrl-C, 2 for what cannot be used.

Example: yingzhou fuzz --time 10m --monitor fw_jump.elf`,
    )
    .action(async (options: Options, command: Command) =>
      fuzz({ ...options, monitor: await monitorOf(options, command) }, terminal),
    )
}

/** The image to attack: a bug of the monitor is in one of its own. */
async function monitorOf({ monitor, faults }: Options, command: Command): Promise<string> {
  const { monitorWith } = await import('../../testbench/fuzz/variations.ts')
  const planted = monitorWith(faults)
  if (planted === undefined) return monitor
  if (command.getOptionValueSource('monitor') === 'cli')
    throw new InputError(`--monitor ${monitor}: with a bug that is in an image of its own, ${planted}`)
  return join(packageRoot(), planted)
}

const DEFAULT_SECONDS = 60

async function fuzz(options: Options, terminal: Terminal): Promise<void> {
  const { monitor, core, faults, out, workers, property, seed, runs, time } = options
  const promises = promisesNamed(property)
  const setup: Setup = { monitor, core, faults }
  // Much is loaded that other commands do without.
  const { canJudge } = await import('../../testbench/fuzz/publish.ts')
  if (!promises.some((promise) => canJudge(promise, setup)))
    throw new InputError(`--property ${property}: core ${core} does not say when things happen; try --core rocket`)
  if (options.path !== undefined) return playPath(options, setup, promises, terminal)

  const { parseShard } = await import('../../testbench/fuzz/shard.ts')
  const shard = parseShard(options.shard, process.env)
  if (shard.count > 1 && seed === undefined)
    throw new InputError(`--shard ${options.shard}: --seed is needed with it, the same for all shards`)
  const { runAttack } = await import('../fuzz/attack.ts')
  const { codeOf } = await import('../fuzz/results.ts')
  const seconds = time ?? (runs === undefined ? DEFAULT_SECONDS : undefined)
  const summary = await runAttack(
    {
      ...{ setup, promises, workers, shard, out, asJson: options.json === true },
      ...(seed !== undefined && { seed }),
      ...(seconds !== undefined && { seconds }),
      ...(runs !== undefined && { runs }),
    },
    terminal,
  )
  terminal.exit(codeOf(summary))
}

/** Plays what is at seed and path of a finding, and shows what breaks. */
async function playPath(
  { seed: from, path: at, json: asJson }: Options,
  setup: Setup,
  promises: readonly Promised[],
  terminal: Terminal,
): Promise<void> {
  if (from === undefined) throw new InputError(`--path ${at}: --seed is needed with it`)
  const { prepare } = await import('../../testbench/fuzz/setup.ts')
  const { replayPath } = await import('../../testbench/fuzz/round.ts')
  const { player, points } = await prepare(setup, promises)
  const found = replayPath(player, points, from, at!)
  const text = found === undefined ? 'no promise broke\n' : await foundText(found)
  terminal.print(asJson ? json({ breach: found ?? null }) : text)
  terminal.exit(found === undefined ? exitCode.success : exitCode.different)
}

async function foundText({ promise, sentence, steps }: Found): Promise<string> {
  const { describeStep } = await import('../../testbench/fuzz/describe.ts')
  const lines = steps.map((step, index) => `  ${index + 1}  ${describeStep(step).replaceAll('\n', '\n     ')}`)
  return `${promise}: ${sentence}\n${lines.join('\n')}\n`
}
