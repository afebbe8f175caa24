import { type Command, Option } from 'commander'
import { presets } from '../../rtl-model/core/config.ts'
import { type ElfFile, symbolAt } from '../../testbench/elf/image.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import type { EngineName } from '../../testbench/machine.ts'
import { type RunResult, runProgram } from '../../testbench/run-program.ts'
import { type TraceFormat, traceFormats } from '../../traces/trace-text.ts'
import {
  type CoreName,
  coreOption,
  coreWith,
  count,
  engineOption,
  jsonOption,
  parameterHelp,
  type Setting,
  setOption,
} from '../terminal/options.ts'
import { createProgress } from '../terminal/progress.ts'
import { grouped, json, shellCode, type Terminal } from '../terminal/terminal.ts'

interface Options {
  maxInstructions?: number
  trace?: string
  traceFormat: TraceFormat
  signature?: string
  signatureGranularity: number
  engine: EngineName
  core: CoreName
  set: readonly Setting[]
  pipeline?: string
  wave?: string
  stats?: true
  json?: true
}

export function addRun(program: Command, terminal: Terminal): void {
  program
    .command('run')
    .summary('run a program on the modelled core')
    .description(
      'Runs an RV64 ELF program on the modelled core until it ends, over HTIF (symbols tohost and fromhost) or the test\n' +
        'finisher. What it prints is printed; its exit code is the exit code.',
    )
    .argument('<file.elf>', 'program to run')
    .option('--max-instructions <n>', 'stop after n instructions (traps count too), with exit code 124', count)
    .option('--trace <file>', 'write what every instruction did; packed if the name ends in .gz')
    .addOption(
      new Option('--trace-format <format>', 'Spike commit log, or RVFI as JSON lines')
        .choices(traceFormats)
        .default('spike'),
    )
    .option('--signature <file>', 'write begin_signature..end_signature when the program has ended, as Spike does')
    .option('--signature-granularity <n>', 'bytes to a line of the signature', count, 16)
    .addOption(engineOption())
    .addOption(coreOption())
    .addOption(setOption())
    .option('--pipeline <file>', 'write the pipeline as a Kanata log, for Konata; packed if the name ends in .gz')
    .option('--wave <file>', 'write the pipeline as a VCD, for GTKWave or Surfer')
    .option('--stats', 'say what happened how often, and how fast, on standard error')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `${parameterHelp(presets.rocket)}
Exit code: the program's, of which a shell sees the low 8 bits, 255 where those would hide a failure; 2 for what cannot
be used; 124 where --max-instructions ended the run. --json gives all of it in full.

Example: yingzhou run prog.elf --trace prog.log.gz --set pmpEntries=8 --stats`,
    )
    .action((file: string, options: Options) => run(file, options, terminal))
}

async function run(path: string, options: Options, terminal: Terminal): Promise<void> {
  const { maxInstructions, trace, pipeline, wave, signature } = options
  const elf = await loadElf(path)
  const progress = await createProgress(terminal, maxInstructions)
  const output: number[] = []
  const result = await runProgram(elf, {
    config: coreWith(options.core, options.set),
    engine: options.engine,
    ...(maxInstructions !== undefined && { maxInstructions }),
    ...(trace !== undefined && { trace: { path: trace, format: options.traceFormat } }),
    ...(pipeline !== undefined && { pipeline }),
    ...(wave !== undefined && { wave }),
    ...(signature !== undefined && { signature: { path: signature, granularity: options.signatureGranularity } }),
    output: (byte) => output.push(byte),
    progress(instructions) {
      progress.update(instructions)
      if (output.length === 0 || options.json) return
      progress.stop()
      terminal.print(Uint8Array.from(output.splice(0)))
    },
    signal: terminal.interrupted,
  }).finally(() => progress.stop())

  const { exitCode: code, pc, statistics, ...counts } = result
  if (options.json) {
    const text = Buffer.from(output).toString()
    terminal.print(json({ program: path, exitCode: code ?? null, pc, ...counts, ...statistics, output: text }))
  }
  if (options.stats) terminal.say(statisticsText(result))
  if (code === undefined) {
    const place = `0x${pc.toString(16)}${symbolText(elf, pc)}`
    terminal.say(`yingzhou: ${path}: not ended after ${maxInstructions} instructions; next is ${place}\n`)
  }
  terminal.exit(shellCode(code))
}

function symbolText(elf: ElfFile, pc: bigint): string {
  const symbol = symbolAt(elf, pc)
  return symbol === undefined ? '' : ` <${symbol.name}+0x${symbol.offset.toString(16)}>`
}

function statisticsText({ instructions, cycles, seconds, statistics, timing }: RunResult): string {
  const traps = Object.entries(statistics.traps)
  const total = traps.reduce((sum, [, times]) => sum + times, 0)
  const rows: [name: string, value: string][] = [
    ['instructions', grouped(instructions)],
    ['cycles', grouped(cycles)],
    ['time', `${seconds.toFixed(3)} s`],
    ['speed', `${((instructions + total) / seconds / 1e6).toFixed(1)} MIPS`],
    ['ITLB fills', grouped(statistics.itlbFills)],
    ['DTLB fills', grouped(statistics.dtlbFills)],
    ['page walks', grouped(statistics.walks)],
    ['icache fills', grouped(statistics.icacheFills)],
    ['traps', grouped(total)],
    ...traps.map(([name, times]): [string, string] => [`  ${name}`, grouped(times)]),
    ...(timing ? timingRows(timing) : []),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value.padStart(14)}\n`).join('')
}

/** `dcacheMisses` as `dcache misses`. */
function timingRows(timing: NonNullable<RunResult['timing']>): [name: string, value: string][] {
  const words = (name: string) => name.replaceAll(/[A-Z][a-z]/g, (start) => ` ${start.toLowerCase()}`)
  const rows = Object.entries(timing).map(([name, times]): [string, string] => [`  ${words(name)}`, grouped(times)])
  return [['timing', ''], ...rows]
}
