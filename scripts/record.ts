import { Command } from 'commander'
import { record, recordingNames } from '../testbench/record.ts'
import { packageRoot } from './terminal/package-root.ts'
import { withExitCode } from './terminal/with-exit-code.ts'

// npm run record: the Spike logs in traces/recorded, made again.

const command = new Command('record')
  .description('Runs programs on Spike and keeps their logs in traces/recorded, each as its header NAME.json says.')
  .argument('[name...]', 'recordings; all of them by default')
  .option('--spike <path>', 'the command', 'spike')
  .option('--commit <hash>', 'commit of the source of Spike, for the headers')
  .addHelpText(
    'after',
    '\nExit code: 0 if the model does the same, with the masks that the headers declare; otherwise 1.',
  )

await withExitCode('record', async () => {
  const root = packageRoot()
  const { args } = command.parse()
  const { spike, commit } = command.opts<{ spike: string; commit?: string }>()
  let good = true
  for (const name of args.length > 0 ? args : await recordingNames(root)) {
    const { lines, bytes, same, masksAsDeclared, masks } = await record(root, name, spike, commit)
    const verdict = same ? 'same' : 'DIFFERENT'
    console.log(`${name.padEnd(28)} ${String(lines).padStart(9)} lines ${String(bytes).padStart(9)} bytes   ${verdict}`)
    if (!masksAsDeclared) console.log(`  masks used, not as declared: ${JSON.stringify(masks)}`)
    good &&= same && masksAsDeclared
  }
  return good ? 0 : 1
})
