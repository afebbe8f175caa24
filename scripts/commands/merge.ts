import { join } from 'node:path'
import type { Command } from 'commander'
import { promisesNamed } from '../../properties/index.ts'
import { InputError } from '../../traces/input-error.ts'
import { monitorOption } from '../terminal/fuzz-options.ts'
import { jsonOption } from '../terminal/options.ts'
import { packageDescription } from '../terminal/package-root.ts'
import { exitCode, json, type Terminal } from '../terminal/terminal.ts'

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
    .addHelpText('after', '\nExit code: as of fuzz.\n\nExample: yingzhou merge shard-1 shard-2 --out all')
    .action((folders: string[], options: Options) => merge(folders, options, terminal))
}

async function merge(folders: readonly string[], { out, monitor, json: asJson }: Options, terminal: Terminal) {
  const { mergeFolders } = await import('../../testbench/fuzz/merge.ts')
  const { makeFolder } = await import('../../traces/output-file.ts')
  const { files, hashOf, keep, publish } = await import('../../testbench/fuzz/publish.ts')
  const { writeTally } = await import('../../testbench/fuzz/tally-file.ts')
  const { summaryText } = await import('../../testbench/fuzz/report/text.ts')
  const { identity, tally, seconds, shards, skipped } = await mergeFolders(folders)
  for (const line of skipped) terminal.say(`yingzhou: ${line}\n`)
  if ((await hashOf(monitor)) !== identity.monitor)
    throw new InputError(`${monitor}: is not the image that the campaign was run on; name it with --monitor`)
  const { seed, core, faults } = identity
  const setup = { monitor, core, faults }
  await makeFolder(out)
  await keep(out, tally, writeTally({ identity, shard: '1/1', rounds: 0, seconds, tally }))
  const facts = { seconds, seed, workers: shards, shard: null, monitor, core, faults, interrupted: false }
  const promises = promisesNamed(identity.promises)
  const summary = await publish(out, tally, { promises, setup, facts, version: packageDescription().version })
  terminal.print(asJson ? json(summary) : `${summaryText(summary)}\n\npage: ${join(out, files.page)}\n`)
  terminal.exit(summary.breaches.length === 0 ? exitCode.success : exitCode.different)
}
