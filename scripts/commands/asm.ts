import type { Command } from 'commander'
import { presets } from '../../rtl-model/core/config.ts'
import { readInput } from '../../testbench/elf/load.ts'
import { writeWhole } from '../../traces/output-file.ts'
import { addressOption } from '../terminal/options.ts'

interface Options {
  output: string
  base: bigint
}

export function addAsm(program: Command): void {
  program
    .command('asm')
    .summary('assemble a program')
    .description(
      'Assembles a program for RV64IMAC with Zicsr and Zifencei into an ELF file that runs here, on Spike and on QEMU. ' +
        'The language is a subset of what GNU as takes, and the bytes are the same.',
    )
    .argument('<file.S>', 'source')
    .requiredOption('-o, --output <file.elf>', 'program to write')
    .addOption(addressOption('--base <address>', 'address of the first byte', presets.default.ramBase))
    .addHelpText('after', '\nExample: yingzhou asm prog.S -o prog.elf && yingzhou run prog.elf')
    .action(async (path: string, { output, base }: Options) => {
      const source = new TextDecoder().decode(await readInput(path))
      const { assembleProgram } = await import('../../testbench/assembler/program.ts')
      await writeWhole(output, assembleProgram(source, path, base))
    })
}
