import { stderr } from 'node:process'
import { Command, InvalidArgumentError, Option } from 'commander'
import { compareEngines } from '../testbench/random/engines.ts'
import { agreeWithSpike, Divergence } from '../testbench/random/spike.ts'

// npm run random: random programs on both engines, or on the model and Spike.

interface Options {
  engines?: true
  spike?: string
  programs: number
  instructions: number
  seed: number
  path?: string
}

const options = new Command('random')
  .description('Compares the engines with each other, or the model with Spike, on random programs.')
  .addOption(new Option('--engines', 'compare the reference engine with the generated interpreter').conflicts('spike'))
  .option('--spike <path>', 'compare the model with this Spike')
  .option('--programs <n>', 'programs to compare the engines on', count, 1000)
  .option('--instructions <n>', 'instructions that are to agree with Spike', count, 1_000_000)
  .option('--seed <n>', 'the same seed gives the same programs', count, 1)
  .option('--path <path>', 'begin at this program of the seed, as a report says')
  .addHelpText('after', '\nExit code: 0 all agree, 1 a difference, 2 unusable input.')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Options>()

function count(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

const grouped = (value: number): string => value.toLocaleString('en')
const start = performance.now()
const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(0)} s`

function show(text: string): void {
  if (stderr.isTTY) stderr.write(`\r\x1b[K${text}`)
}

function withEngines({ programs, seed, path }: Options): void {
  const progress = (done: number): void => {
    if (done % 20 === 0) show(`${grouped(done)} programs, ${seconds()}`)
  }
  const agreement = compareEngines({ programs, seed, progress, ...(path !== undefined && { path }) })
  show('')
  console.log(agreement.statistics.summary().join('\n'))
  const { difference } = agreement
  console.log(
    `${grouped(agreement.programs)} programs, seed ${seed}, ${seconds()}: ${difference ? 'DIFFERENT' : 'same'}`,
  )
  if (difference === undefined) return
  console.log(
    `${difference.text}\nfound after ${agreement.programs} programs, made smaller ${difference.shrinks} times`,
  )
  console.log(`replay: npm run random -- --engines --seed ${seed} --path ${difference.program}`)
  process.exitCode = 1
}

function withSpike(spike: string, { instructions, seed }: Options): void {
  try {
    const agreement = agreeWithSpike({
      spike,
      instructions,
      seed,
      progress: ({ batches, programs, instructions: done }) =>
        show(`${grouped(done)} instructions, ${grouped(programs)} programs, ${batches} batches, ${seconds()}`),
    })
    show('')
    console.log(agreement.statistics.summary().join('\n'))
    const { programs, batches, endless, conditionals, failedConditionals, uncheckedConditionals } = agreement
    console.log(
      `${grouped(programs)} programs in ${batches} batches, seeds from ${seed}; ${endless} left out as endless`,
    )
    console.log(`of ${grouped(conditionals)} store-conditionals ${failedConditionals} were made to fail as in Spike`)
    console.log(`and ${uncheckedConditionals} not to trap where PMP divides what they did not store`)
    console.log('every instruction agrees with Spike')
  } catch (error) {
    if (!(error instanceof Divergence)) throw error
    show('')
    console.log(error.message)
    process.exitCode = 1
  }
}

if (options.spike !== undefined) withSpike(options.spike, options)
else if (options.engines) withEngines(options)
else {
  console.error('random: give --engines or --spike <path>')
  process.exitCode = 2
}
