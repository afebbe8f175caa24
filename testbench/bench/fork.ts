import type { CoreConfig } from '../../rtl-model/core/config.ts'
import { InputError } from '../../traces/input-error.ts'
import { boot } from '../boot/boot.ts'
import type { ElfFile } from '../elf/image.ts'

/** What an enclave of a size costs, in cycles of the model; host program and kernel are part of it. */
export interface ForkRow {
  kib: number
  /** To create an enclave, and to run it to its end. */
  create: number
  run: number
  /** To create a template, and to fork it and run the fork to its end. */
  template: number
  fork: number
}

export interface ForkOptions {
  config: CoreConfig
  /** The largest enclave, in KiB; the smallest has 16, each one four times as much as the one before. */
  most: number
  progress?(instructions: number): void
}

/**
 * Boots the monitor with the guest bench-fork and reads its table.
 * @throws InputError where the guest does not end well.
 */
export async function measureForks(firmware: ElfFile, host: ElfFile, options: ForkOptions): Promise<ForkRow[]> {
  const { config, most, progress } = options
  const bytes: number[] = []
  const { exitCode } = await boot(firmware, host, {
    config,
    bootargs: `./bench-fork nothing ${most}`,
    output: (byte) => bytes.push(byte),
    ...(progress && { progress }),
  })
  const text = Buffer.from(bytes).toString()
  if (exitCode !== 0) throw new InputError(`bench-fork: exit code ${exitCode}: ${text.trim()}`)
  return parseForkTable(text)
}

/** The rows of what bench-fork prints, below its line of headings. */
export function parseForkTable(text: string): ForkRow[] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [kib, create, run, template, fork] = line.trim().split(/ +/).map(Number)
      return { kib, create, run, template, fork }
    })
}
