import { createCsrNames } from '../csr-names.ts'
import { writeElf } from '../elf/write.ts'
import { assemble } from './assemble.ts'

const READABLE = 4
const WRITABLE = 2
const EXECUTABLE = 1

/**
 * Assembles a program into an ELF executable, a segment for each section. The names of CSRs are those of the default core.
 *
 * @param file what to call the source in errors
 * @param base address of the first byte
 * @throws InputError as `assemble` does
 */
export function assembleProgram(source: string, file: string, base: bigint): Uint8Array {
  const { csrNumber } = createCsrNames()
  const { sections, symbols, entry } = assemble(source, file, { base, csrNumber })
  return writeElf({
    entry,
    segments: sections.map(({ address, bytes, memoryBytes, writable, executable }) => ({
      pa: address,
      va: address,
      bytes,
      memoryBytes: BigInt(memoryBytes),
      flags: READABLE | (writable ? WRITABLE : 0) | (executable ? EXECUTABLE : 0),
    })),
    symbols: symbols.map(({ name, address, kind, size = 0n }) => ({
      name,
      address,
      size,
      kind: kind === 'none' ? 'label' : kind,
    })),
  })
}
