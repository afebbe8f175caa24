import { presets } from '../../rtl-model/core/config.ts'
import { assembleProgram } from '../assembler/program.ts'
import type { ElfFile } from '../elf/image.ts'
import { readInput } from '../elf/load.ts'
import { parseElf } from '../elf/read.ts'

/**
 * The bytes of a program as an ELF executable: of a source, `NAME.S`, those that it is assembled to; any other file is one.
 * @throws InputError for a file that cannot be read or assembled.
 */
export async function programBytes(path: string): Promise<Uint8Array> {
  const bytes = await readInput(path)
  return path.endsWith('.S') ? assembleProgram(new TextDecoder().decode(bytes), path, presets.default.ramBase) : bytes
}

/** The program itself. @throws InputError as `programBytes`, and for a file that is not such an executable. */
export async function buildProgram(path: string): Promise<ElfFile> {
  return parseElf(await programBytes(path), path)
}
