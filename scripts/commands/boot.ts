import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { type CoreConfig, presets, withParameter } from '../../rtl-model/core/config.ts'
import { boot } from '../../testbench/boot/boot.ts'
import { combine } from '../../testbench/boot/combine.ts'
import type { ElfFile } from '../../testbench/elf/image.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import type { EngineName } from '../../testbench/machine.ts'
import { InputError } from '../../traces/input-error.ts'
import { writeWhole } from '../../traces/output-file.ts'
import { configWith, count, engineOption, parameterHelp, type Setting, setOption } from '../terminal/options.ts'
import { packageRoot } from '../terminal/package-root.ts'
import { createProgress } from '../terminal/progress.ts'
import { exitCode, shellCode, type Terminal } from '../terminal/terminal.ts'

interface Options {
  monitor: string
  payload?: string
  bootargs?: string
  memory?: number
  maxInstructions?: number
  trace?: string
  elf?: string
  engine: EngineName
  set: readonly Setting[]
}

const image = (name: string) => join(packageRoot(), 'monitor/images', name)

export function addBoot(program: Command, terminal: Terminal): void {
  program
    .command('boot')
    .summary('boot the secure monitor and run a host program with its enclaves')
    .description(
      'Boots a firmware with its payload on the modelled core: our secure monitor and our host kernel, or others. Our\n' +
        'kernel runs the host program that the words name, out of its RAM file system. What is printed is printed.',
    )
    .argument('[words...]', 'program and arguments, after --; without any, the kernel tells what programs there are')
    .addOption(
      new Option('--monitor <file.elf>', 'firmware in M-mode').default(image('firmware.elf'), 'our secure monitor'),
    )
    .option('--payload <file.elf>', 'what it starts at 0x80200000 (default: our host kernel, if nothing is there)')
    .option('--bootargs <text>', 'the whole command line in the device tree, instead of the words')
    .option('--memory <size>', 'bytes of RAM, such as 256M or 1G', memorySize)
    .option('--max-instructions <n>', 'stop after n instructions (traps count too), with exit code 124', count)
    .option('--trace <file>', 'write what every instruction did, as a Spike commit log; packed if the name ends in .gz')
    .option('--elf <file>', 'run nothing; write one program of firmware, payload and words, for Spike and QEMU (-bios)')
    .addOption(engineOption())
    .addOption(setOption())
    .addHelpText(
      'after',
      `${parameterHelp(presets.default)}
Exit code: the host program's; 2 for one that is not there, and for what else cannot be used; 1 where the host kernel
gives up; 124 where --max-instructions ended the run.

Example: yingzhou boot -- ./fork-host hello-world 3`,
    )
    .action((words: string[], options: Options) => run(words, options, terminal))
}

async function run(words: string[], options: Options, terminal: Terminal): Promise<void> {
  const { monitor, bootargs = words.join(' '), memory, maxInstructions, trace, engine, set } = options
  const chosen = configWith(presets.default, set)
  const config = memory === undefined ? chosen : withMemory(chosen, memory)
  const firmware = await loadElf(monitor)
  const payload = options.payload ?? (hasPayload(firmware) ? undefined : image('host.elf'))
  const kernel = payload === undefined ? undefined : await loadElf(payload)
  if (options.elf !== undefined) {
    if (kernel === undefined) throw new InputError(`${monitor}: has a payload already; --elf needs one without`)
    return writeWhole(options.elf, combine(firmware, kernel, bootargs))
  }
  const progress = await createProgress(terminal, maxInstructions)
  const output: number[] = []
  const result = await boot(firmware, kernel, {
    config,
    engine,
    bootargs,
    ...(maxInstructions !== undefined && { maxInstructions }),
    ...(trace !== undefined && { trace: { path: trace, format: 'spike' as const } }),
    output: (byte) => output.push(byte),
    progress(instructions) {
      progress.update(instructions)
      if (output.length === 0) return
      progress.stop()
      terminal.print(Uint8Array.from(output.splice(0)))
    },
    signal: terminal.interrupted,
  }).finally(() => progress.stop())

  switch (result.outcome) {
    case 'program':
      return terminal.exit(shellCode(result.exitCode))
    case 'no such program':
      throw new InputError(`${bootargs.trim().split(' ')[0]}: no such program in ${payload ?? monitor}`)
    case 'kernel gave up':
      terminal.say(`yingzhou: ${payload ?? monitor}: the host kernel gave up\n`)
      return terminal.exit(exitCode.different)
    case 'limit':
      terminal.say(`yingzhou: ${monitor}: not ended after ${maxInstructions} instructions\n`)
      return terminal.exit(exitCode.limitReached)
  }
}

/** Where a firmware of OpenSBI's kind starts its payload. */
const PAYLOAD = 0x8020_0000n

const hasPayload = ({ segments }: ElfFile): boolean =>
  segments.some(({ pa, memoryBytes }) => pa <= PAYLOAD && PAYLOAD < pa + memoryBytes)

const units: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

function memorySize(text: string): number {
  const [, digits, unit] = /^(\d+)([KMG]?)$/i.exec(text) ?? []
  if (digits === undefined) throw new InputError(`--memory ${text}: write it as 512M, 1G or a number of bytes`)
  return Number(digits) * (units[unit?.toUpperCase() ?? ''] ?? 1)
}

function withMemory(config: CoreConfig, bytes: number): CoreConfig {
  try {
    return withParameter(config, 'ramBytes', String(bytes))
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(`--memory: ${error.message.replace('ramBytes is', 'it is')}`)
    throw error
  }
}
