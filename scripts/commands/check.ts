import type { Command } from 'commander'
import { promises } from '../../properties/index.ts'
import { presets } from '../../rtl-model/core/config.ts'
import { createCsrNames } from '../../testbench/csr-names.ts'
import type { CheckedLine, TraceCheck } from '../../testbench/fuzz/check-trace.ts'
import { InputError } from '../../traces/input-error.ts'
import { configWith, jsonOption, parameterHelp, type Setting, setOption } from '../terminal/options.ts'
import { packageRoot } from '../terminal/package-root.ts'
import { createProgress } from '../terminal/progress.ts'
import { exitCode, grouped, json, type Terminal } from '../terminal/terminal.ts'

interface Options {
  elf?: string
  set: readonly Setting[]
  json?: true
}

export function addCheck(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .summary('judge recorded traces by the promises')
    .description(
      'Names the first retirement of each trace that breaks a promise of properties/. A Spike log is replayed through the\n' +
        'model with its program; an RVFI file is judged by its records, which must have physical addresses and trap causes,\n' +
        'as those of `yingzhou run --rvfi` do.',
    )
    .argument('<trace...>', 'Spike logs and RVFI files, plain or packed with gzip')
    .option('--elf <file.elf>', 'program that the traces are of; a log of traces/recorded/ says itself which')
    .addOption(setOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${parameterHelp(presets.spike)}
Exit code: 0 if no promise broke, 1 if one did, 2 for what cannot be used.

Example: yingzhou check traces/recorded/fork-host.log.gz`,
    )
    .action((traces: string[], options: Options) => check(traces, options, terminal))
}

async function check(traces: readonly string[], options: Options, terminal: Terminal): Promise<void> {
  const progress = await createProgress(terminal)
  const checks: TraceCheck[] = []
  try {
    for (const trace of traces)
      checks.push(
        await checkOne(trace, options, (done) => {
          terminal.interrupted.throwIfAborted()
          progress.update(done)
        }),
      )
  } finally {
    progress.stop()
  }
  terminal.print(options.json ? json(checks) : `${checks.map(checkText).join('\n\n')}\n`)
  terminal.exit(checks.every(({ broken }) => broken === undefined) ? exitCode.success : exitCode.different)
}

async function checkOne(
  trace: string,
  { elf: file, set }: Options,
  progress: (instructions: number) => void,
): Promise<TraceCheck> {
  const { openTrace } = await import('../../traces/open.ts')
  const { loadElf } = await import('../../testbench/elf/load.ts')
  const { headerOf, recordedOptions, recordedTrace } = await import('../../testbench/recorded.ts')
  const { checkLog, checkRvfi } = await import('../../testbench/fuzz/check-trace.ts')
  const { format } = await openTrace(trace, createCsrNames().csrName)
  const elf = file === undefined ? undefined : await loadElf(file)
  if (format === 'rvfi') return checkRvfi(trace, promises, elf)
  if (elf !== undefined) return checkLog(elf, trace, promises, { config: configWith(presets.spike, set), progress })
  const header = headerOf(trace)
  if (header === undefined) throw new InputError(`${trace}: a Spike log; --elf has to say of which program`)
  const recorded = await recordedTrace(packageRoot(), header)
  return checkLog(recorded.elf, trace, promises, { ...recordedOptions(recorded.header), progress })
}

function checkText({ trace, program, records, calls, broken, limits }: TraceCheck): string {
  const judged = `${grouped(records)} records, ${grouped(calls)} calls about enclaves`
  return [
    `${trace}${program === undefined ? '' : `, of ${program}`}: ${judged}`,
    ...(broken === undefined
      ? [calls === 0 ? 'nothing to judge' : 'no promise is broken']
      : [
          `BROKEN ${broken.promise}: ${broken.sentence}`,
          ...broken.context.map((line) => `${line.record === broken.order ? '>' : ' '} ${lineText(line)}`),
        ]),
    ...limits.map((limit) => `note: ${limit}`),
  ].join('\n')
}

const lineText = ({ record, domain, pc, text }: CheckedLine): string =>
  `${String(record).padStart(10)}  ${domain.padEnd(11)} ${pc.toString(16).padStart(16, '0')}  ${text}`
