import { argv, stderr, stdout } from 'node:process'
import { Command } from 'commander'
import { presets } from '../rtl-model/core/config.ts'
import { type CampaignResult, runCampaign } from '../testbench/calls/campaign.ts'
import { Driver } from '../testbench/calls/driver.ts'
import { startingPoints } from '../testbench/calls/stage.ts'
import { loadElf } from '../testbench/elf/load.ts'
import { InputError } from '../traces/input-error.ts'
import { configWith, count, type Setting, setOption } from './terminal/options.ts'
import { exitCode, grouped } from './terminal/terminal.ts'

// npm run calls: random sequences of host and enclave calls on a firmware and on the specification, side by side.

const options = new Command('calls')
  .requiredOption('--sequences <n>', 'how many sequences', count)
  .requiredOption('--seed <n>', 'what they are made from', count)
  .option('--length <n>', 'calls of a sequence, at most', count, 40)
  .option('--monitor <file.elf>', 'firmware to test', 'monitor/images/firmware.elf')
  .addOption(setOption())
  .option('--json', 'print the result as JSON')
  .parse(argv)
  .opts<{
    sequences: number
    seed: number
    length: number
    monitor: string
    set: readonly Setting[]
    json?: true
  }>()

try {
  const start = performance.now()
  const driver = new Driver(await loadElf(options.monitor), { config: configWith(presets.default, options.set) })
  const starts = startingPoints(driver)
  let shown = 0
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interruption.abort())
  const result = await runCampaign(driver, starts, {
    ...options,
    signal: interruption.signal,
    progress({ sequences, calls, disagreeing }) {
      if (!stderr.isTTY || performance.now() - shown < 200) return
      shown = performance.now()
      stderr.write(
        `\r${grouped(sequences)} of ${grouped(options.sequences)}  ${grouped(calls)} calls  ${disagreeing} disagree`,
      )
    },
  })
  if (stderr.isTTY) stderr.write('\r\x1b[K')
  const seconds = (performance.now() - start) / 1000
  stdout.write(options.json ? json(result, seconds) : summary(result, seconds))
  if (result.findings.length > 0) process.exitCode = exitCode.different
} catch (error) {
  if (!(error instanceof InputError)) throw error
  stderr.write(`calls: ${error.message}\n`)
  process.exitCode = exitCode.unusable
}

function json({ counts, calls, findings }: CampaignResult, seconds: number): string {
  return `${JSON.stringify({ ...counts, seconds, made: Object.fromEntries(calls), findings }, null, 2)}\n`
}

function summary({ counts, calls, findings }: CampaignResult, seconds: number): string {
  const agreeing = counts.sequences - counts.disagreeing
  const made = [...calls].sort(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}`)
  const lines = [
    `${options.monitor}, seed ${options.seed}`,
    `${grouped(agreeing)} of ${grouped(counts.sequences)} sequences agree; ${grouped(counts.calls)} calls, ` +
      `${grouped(counts.effective)} of them with an effect; ${seconds.toFixed(1)} s`,
    `calls made: ${made.join(', ')}`,
    ...findings.flatMap(({ sort, count: times, moves, problems }) => [
      '',
      `${times} x ${sort}`,
      ...moves.map((move, index) => `  ${String(index + 1).padStart(2)}  ${move}`),
      ...problems.map((problem) => `      ${problem}`),
    ]),
  ]
  return `${lines.join('\n')}\n`
}
