import type { Command } from 'commander'
import { createDisassembler, disassembleElf } from '../../testbench/disassembly.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import { InputError } from '../../traces/input-error.ts'
import { addressOption } from '../terminal/options.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface Options {
  symbol?: string
  bits?: string[]
  base: bigint
}

export function addDisasm(program: Command, terminal: Terminal): void {
  program
    .command('disasm')
    .summary('show a program, or some bits, as assembly')
    .description(
      'Shows the executable segments of an ELF program as assembly, with its symbols; or instructions given as bits.',
    )
    .argument('[file.elf]', 'program to show')
    .option('--symbol <name>', 'show only what this symbol names')
    .option('--bits <hex...>', 'show instructions of 16 or 32 bits, in hex, one after the other')
    .addOption(addressOption('--base <address>', 'address of the first of --bits', 0n))
    .addHelpText(
      'after',
      '\nExample: yingzhou disasm prog.elf --symbol main\n         yingzhou disasm --bits 00a50533 8082',
    )
    .action(async (path: string | undefined, { symbol, bits, base }: Options) => {
      if ((path === undefined) === (bits === undefined)) throw new InputError('disasm: give either a file or --bits')
      if (path === undefined) return terminal.print(bitsText(bits!, base))
      // Shown in pieces: the text of a large program is longer than a string can be.
      const text: string[] = []
      for (const line of disassembleElf(await loadElf(path), symbol)) {
        text.push(`${line}\n`)
        if (text.length === 4096) terminal.print(text.splice(0).join(''))
      }
      terminal.print(text.join(''))
    })
}

function bitsText(words: readonly string[], base: bigint): string {
  const text = createDisassembler()
  let pc = base
  let lines = ''
  for (const word of words) {
    const digits = /^(?:0x)?([\da-f]{4}|[\da-f]{8})$/i.exec(word)?.[1]
    if (digits === undefined) throw new InputError(`--bits ${word}: write 4 or 8 digits in hex`)
    lines += `${pc.toString(16).padStart(12)}:  ${digits.padEnd(8)}  ${text(Number.parseInt(digits, 16), pc)}\n`
    pc += BigInt(digits.length / 2)
  }
  return lines
}
