import { join } from 'node:path'
import { Command } from 'commander'
import { spikeFlags, tutorialOnSpike } from '../testbench/boot/on-spike.ts'
import { type Tutorial, tutorials } from '../testbench/boot/tutorials.ts'
import { comparisonText } from '../testbench/compare/report.ts'
import { loadElf } from '../testbench/elf/load.ts'
import { InputError } from '../traces/input-error.ts'
import { packageRoot } from './terminal/package-root.ts'
import { withExitCode } from './terminal/with-exit-code.ts'

// npm run tutorials: the tutorials of the monitor on Spike, and its log against the model.

const command = new Command('tutorials')
  .description('Runs the tutorials on Spike and compares every instruction with the model.')
  .argument('[number...]', 'tutorials, counted from 1 as in npm start; all of them by default')
  .option('--spike <path>', 'the command', 'spike')
  .addHelpText('after', '\nExit code: 0 if Spike prints what is promised and the model does the same; otherwise 1.')

await withExitCode('tutorials', async () => {
  const { args } = command.parse()
  const { spike } = command.opts<{ spike: string }>()
  const firmware = await loadElf(join(packageRoot(), 'monitor/images/firmware.elf'))
  const host = await loadElf(join(packageRoot(), 'monitor/images/host.elf'))
  const asked = args.length === 0 ? tutorials : args.map(numbered)
  console.log(`spike ${spikeFlags.join(' ')}\n`)
  let good = true
  for (const tutorial of asked) {
    const { missing, comparison } = await tutorialOnSpike(tutorial, firmware, host, spike)
    const masks = comparison.masks.map(({ id, hits }) => `${id} ${hits}`).join(', ')
    const instructions = comparison.instructions.toLocaleString('en-US').padStart(12)
    const verdict = comparison.same ? 'same' : 'DIFFERENT'
    const promised = missing.length === 0 ? 'as promised' : `NOT as promised: ${missing.join('; ')}`
    console.log(`${tutorial.command.padEnd(38)} ${instructions}  ${verdict}  ${promised}   masks: ${masks}`)
    if (!comparison.same) console.log(comparisonText(comparison))
    good &&= comparison.same && missing.length === 0
  }
  return good ? 0 : 1
})

function numbered(text: string): Tutorial {
  const tutorial = tutorials[Number(text) - 1]
  if (tutorial === undefined) throw new InputError(`there is no tutorial ${text}; they are 1 to ${tutorials.length}`)
  return tutorial
}
