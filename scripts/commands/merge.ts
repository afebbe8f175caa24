import type { Command } from 'commander'
import { promisesNamed } from '../../properties/index.ts'
import { InputError } from '../../traces/input-error.ts'
import { makeFolder } from '../../traces/output-file.ts'
import { monitorName, monitorOption } from '../terminal/fuzz-options.ts'
import { jsonOption } from '../terminal/options.ts'
import { packageDescription } from '../terminal/package-root.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface Options {
  out: string
  monitor: string
  json?: true
}

export function addMerge(program: Command, terminal: Terminal): void {
  program
    .command('merge')
    .summary('join what the shards of a campaign found')
    .description('Joins the folders of the shards of one campaign into what one campaign over the same seeds comes to.')
    .argument('<folders...>', 'folders that fuzz --shard wrote')
    .option('--out <folder>', 'where the joined results go', 'out')
    .addOption(monitorOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit code: 0 if no promise broke, 1 if one did, 2 for what cannot be used.

Example: yingzhou merge shard-1 shard-2 --out all`,
    )
    .action((folders: string[], options: Options) => merge(folders, options, terminal))
}

async function merge(folders: readonly string[], { out, monitor, json: asJson }: Options, terminal: Terminal) {
  const { MERGED, mergeFolders } = await import('../../testbench/fuzz/merge.ts')
  const { hashOf, keep, report } = await import('../../testbench/fuzz/publish.ts')
  const { readyTo } = await import('../../testbench/fuzz/setup.ts')
  const { writeTally } = await import('../../testbench/fuzz/tally-file.ts')
  const { codeOf, giveResults } = await import('../fuzz/results.ts')
  const { identity, tally, seconds, shards, notes } = await mergeFolders(folders)
  for (const note of notes) terminal.say(`yingzhou: ${note}\n`)
  const { seed, core, faults } = identity
  const setup = { monitor, core, faults }
  await readyTo(setup)
  if ((await hashOf(monitor)) !== identity.monitor)
    throw new InputError(`${monitorName(monitor)}: not the image that was attacked; name that with --monitor`)
  await makeFolder(out)
  const text = writeTally({ identity, shard: MERGED, seconds, progress: { tally, next: 0, unfinished: new Map() } })
  const facts = { seed, core, faults, seconds, workers: shards, shard: null, interrupted: false }
  const results = await report(out, tally, {
    promises: promisesNamed(identity.promises),
    setup,
    facts: { ...facts, monitor: monitorName(monitor) },
    version: packageDescription().version,
  })
  await giveResults(results, terminal, { keep: () => keep(out, tally, text), asJson: asJson === true })
  terminal.exit(codeOf(results.summary))
}
