import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { promisesNamed } from '../../properties/index.ts'
import type { Promised } from '../../testbench/fuzz/promise.ts'
import type { Found, RoundResult } from '../../testbench/fuzz/round.ts'
import type { Setup } from '../../testbench/fuzz/setup.ts'
import type { Identity, TallyFile } from '../../testbench/fuzz/tally-file.ts'
import { InputError } from '../../traces/input-error.ts'
import { createCampaignLine } from '../terminal/campaign-line.ts'
import { duration, monitorOption, names, path, seed } from '../terminal/fuzz-options.ts'
import { count, jsonOption } from '../terminal/options.ts'
import { packageDescription, packageRoot } from '../terminal/package-root.ts'
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
      'Plays calls of a hostile host and of hostile enclaves, and random instructions of both, on a monitor on the\n' +
        'modelled core, and judges what is seen by the promises of properties/. Each breach is made as short as can be.',
    )
    .addOption(new Option('--property <name...>', 'promises to judge').default([], 'all of them').argParser(names))
    .option('--time <time>', 'end after a time, such as 60s, 10m or 2h (default without --runs: 60s)', duration)
    .option('--runs <n>', 'end after n cases, in all shards together', count)
    .option('--seed <n>', 'what the cases are made from (default: the clock)', seed)
    .option('--path <path>', 'with --seed, of a finding: only what fast-check has at this path', path)
    .option('--workers <n>', 'threads', count, 2)
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
What a campaign of the same seed, monitor, core and promises has left in the folder is taken up where it ended.
Exit code: 0 if no promise broke, 1 if one did, 2 for what cannot be used.

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
/** Between two times that what was found is kept. */
const KEEP_MILLISECONDS = 10_000
const LINE_MILLISECONDS = 250

async function fuzz(options: Options, terminal: Terminal): Promise<void> {
  const { monitor, core, faults, out, workers, property } = options
  const promises = promisesNamed(property)
  const setup: Setup = { monitor, core, faults }
  if (options.path !== undefined) return playPath(options, setup, promises, terminal)

  const { parseShard } = await import('../../testbench/fuzz/shard.ts')
  const { runCampaign } = await import('../../testbench/fuzz/campaign.ts')
  const { readCorpus } = await import('../../testbench/fuzz/corpus.ts')
  const { makeFolder } = await import('../../traces/output-file.ts')
  const { files, hashOf, keep, publish, reachedBy } = await import('../../testbench/fuzz/publish.ts')
  const { readyTo } = await import('../../testbench/fuzz/setup.ts')
  const { writeTally } = await import('../../testbench/fuzz/tally-file.ts')
  const { createPool } = await import('../fuzz/pool.ts')

  const shard = parseShard(options.shard, process.env)
  await readyTo(setup)
  await makeFolder(out)
  const before = await takenUp(
    join(out, files.tally),
    options,
    identityOf(setup, promises, await hashOf(monitor), options.seed),
  )
  const { identity, tally } = before
  let { rounds } = before
  const { entries: corpus, skipped } = await readCorpus(join(out, files.corpus))
  for (const line of skipped) terminal.say(`yingzhou: ${line}\n`)

  const start = performance.now()
  const seconds = (): number => before.seconds + (performance.now() - start) / 1000
  const pool = createPool(setup, identity.promises, workers)
  const ending = new AbortController()
  const end = (): void => {
    ending.abort()
    pool.stop()
  }
  terminal.interrupted.addEventListener('abort', end, { once: true })
  const time = options.time ?? (options.runs === undefined ? DEFAULT_SECONDS : undefined)
  const timer = time === undefined ? undefined : setTimeout(end, time * 1000)
  const text = (): string => writeTally({ identity, shard: options.shard, rounds, seconds: seconds(), tally })
  let kept = performance.now()
  const line = await createCampaignLine(terminal)
  const lines = setInterval(() => {
    const cases = before.tally.cases + pool.played
    const broken = promises.map(({ name, statement }) => ({
      name,
      statement,
      cases,
      breaches: [...tally.found.values()].filter(({ promise }) => promise === name).length,
    }))
    line.update({
      seconds: seconds(),
      cases,
      casesPerSecond: cases / seconds(),
      reached: reachedBy(tally),
      promises: broken,
    })
  }, LINE_MILLISECONDS)
  try {
    await runCampaign((task): Promise<RoundResult> => pool.run(task), {
      seed: identity.seed,
      ...(options.runs !== undefined && { cases: options.runs }),
      shard,
      workers,
      rounds,
      tally,
      corpus,
      signal: ending.signal,
      async progress() {
        rounds++
        if (performance.now() - kept < KEEP_MILLISECONDS) return
        kept = performance.now()
        await keep(out, tally, text())
      },
    })
  } finally {
    clearTimeout(timer)
    clearInterval(lines)
    line.stop()
    await pool.close()
  }
  await keep(out, tally, text())
  const facts = { seconds: seconds(), seed: identity.seed, workers, shard: options.shard, monitor, core, faults }
  const interrupted = terminal.interrupted.aborted
  const summary = await publish(out, tally, {
    promises,
    setup,
    facts: { ...facts, interrupted },
    version: packageDescription().version,
  })
  const { summaryText } = await import('../../testbench/fuzz/report/text.ts')
  terminal.print(options.json ? json(summary) : `${summaryText(summary)}\n\npage: ${join(out, files.page)}\n`)
  terminal.exit(summary.breaches.length === 0 ? exitCode.success : exitCode.different)
}

function identityOf(
  { core, faults }: Setup,
  promises: readonly Promised[],
  monitor: string,
  given: number | undefined,
): Identity {
  return { seed: given ?? Date.now() | 0, promises: promises.map(({ name }) => name), monitor, core, faults }
}

/** What the folder has of the same campaign; a fresh start where it has none. */
async function takenUp(file: string, { seed: given, shard }: Options, identity: Identity): Promise<TallyFile> {
  const { emptyTally } = await import('../../testbench/fuzz/tally.ts')
  const { readTally } = await import('../../testbench/fuzz/tally-file.ts')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const fresh: TallyFile = { identity, shard, rounds: 0, seconds: 0, tally: emptyTally() }
  if (text === undefined) return fresh
  const before = readTally(text, file)
  const expected = { ...identity, seed: given ?? before.identity.seed }
  return before.shard === shard && JSON.stringify(before.identity) === JSON.stringify(expected) ? before : fresh
}

/** Plays what fast-check has at a path, and shows what breaks. */
async function playPath(
  options: Options,
  setup: Setup,
  promises: readonly Promised[],
  terminal: Terminal,
): Promise<void> {
  const { seed: from, path: at } = options
  if (from === undefined) throw new InputError(`--path ${at}: --seed is needed with it`)
  const { prepare } = await import('../../testbench/fuzz/setup.ts')
  const { replayPath } = await import('../../testbench/fuzz/round.ts')
  const { player, points } = await prepare(setup, promises)
  const found = replayPath(player, points, from, at!)
  terminal.print(found === undefined ? 'No promise broke.\n' : await foundText(found))
  terminal.exit(found === undefined ? exitCode.success : exitCode.different)
}

async function foundText({ promise, sentence, steps }: Found): Promise<string> {
  const { describeStep } = await import('../../testbench/fuzz/describe.ts')
  const lines = steps.map((step, index) => `  ${index + 1}  ${describeStep(step).replaceAll('\n', '\n     ')}`)
  return `${promise}: ${sentence}\n${lines.join('\n')}\n`
}
