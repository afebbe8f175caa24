/** Reads RV64 little-endian ELF executables (System V gABI, chapters 4 and 5; RISC-V psABI, chapter 8). */

import { InputError } from '../../traces/input-error.ts'
import * as format from './format.ts'
import type { ElfFile, ElfSegment, ElfSymbol } from './image.ts'

/**
 * The loadable segments and the symbols of an ELF file. `name` is how errors call the file.
 * Throws an InputError for anything that is not a well-formed RV64 little-endian executable.
 */
export function parseElf(bytes: Uint8Array, name: string): ElfFile {
  const reader = new Reader(bytes, name)
  checkIdentity(reader)
  const type = reader.u16(format.E_TYPE)
  if (type !== format.ET_EXEC && type !== format.ET_DYN)
    reader.fail(format.E_TYPE, `type ${type} is not an executable (expected 2 or 3)`)
  const machine = reader.u16(format.E_MACHINE)
  if (machine !== format.EM_RISCV)
    reader.fail(format.E_MACHINE, `machine ${machine} is not RISC-V (expected ${format.EM_RISCV})`)
  const segments = readSegments(reader)
  return { name, entry: reader.u64(format.E_ENTRY), segments, symbols: readSymbols(reader) }
}

/** Bytes of a file, with errors that name it and the offset. */
class Reader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  readonly #name: string

  constructor(bytes: Uint8Array, name: string) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#name = name
  }

  fail(offset: number | bigint, problem: string): never {
    throw new InputError(`${this.#name}: offset 0x${offset.toString(16)}: ${problem}`)
  }

  /** `size` bytes at `offset`, which belong to `what`. */
  part(offset: bigint, size: bigint, what: string): Uint8Array {
    const length = this.bytes.length
    if (offset + size > BigInt(length))
      this.fail(offset, `${what} needs ${size} bytes, but the file ends at 0x${length.toString(16)}`)
    return this.bytes.subarray(Number(offset), Number(offset + size))
  }

  u16(offset: number): number {
    return this.#view.getUint16(offset, true)
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true)
  }

  u64(offset: number): bigint {
    return this.#view.getBigUint64(offset, true)
  }
}

function checkIdentity(reader: Reader): void {
  const { bytes } = reader
  if (bytes.length === 0) reader.fail(0, 'the file is empty')
  if (!format.MAGIC.every((byte, index) => bytes[index] === byte)) reader.fail(0, 'not an ELF file')
  reader.part(0n, BigInt(format.EHDR_BYTES), 'the ELF header')
  const fileClass = bytes[format.EI_CLASS]
  if (fileClass !== format.ELFCLASS64)
    reader.fail(
      format.EI_CLASS,
      fileClass === 1 ? 'a 32-bit ELF file, expected 64-bit' : `class ${fileClass} is unknown`,
    )
  const data = bytes[format.EI_DATA]
  if (data !== format.ELFDATA2LSB)
    reader.fail(format.EI_DATA, data === 2 ? 'big-endian, expected little-endian' : `byte order ${data} is unknown`)
}

/** Offsets of the entries of a header table, after checking that they are in the file. */
function headerTable(reader: Reader, at: number, entrySizeAt: number, countAt: number, bytes: number, what: string) {
  const count = reader.u16(countAt)
  if (count === 0) return []
  const entrySize = reader.u16(entrySizeAt)
  if (entrySize !== bytes) reader.fail(entrySizeAt, `${what} headers of ${entrySize} bytes (expected ${bytes})`)
  const start = reader.u64(at)
  const offsets: number[] = []
  for (let index = 0; index < count; index++) {
    const offset = start + BigInt(index * bytes)
    reader.part(offset, BigInt(bytes), `${what} header ${index}`)
    offsets.push(Number(offset))
  }
  return offsets
}

function readSegments(reader: Reader): ElfSegment[] {
  const { E_PHOFF, E_PHENTSIZE, E_PHNUM, PHDR_BYTES } = format
  const segments: ElfSegment[] = []
  for (const [index, at] of headerTable(reader, E_PHOFF, E_PHENTSIZE, E_PHNUM, PHDR_BYTES, 'program').entries()) {
    const memoryBytes = reader.u64(at + format.P_MEMSZ)
    if (reader.u32(at + format.P_TYPE) !== format.PT_LOAD || memoryBytes === 0n) continue
    const fileBytes = reader.u64(at + format.P_FILESZ)
    if (fileBytes > memoryBytes)
      reader.fail(at, `program header ${index}: ${fileBytes} bytes in the file, but only ${memoryBytes} in memory`)
    segments.push({
      index,
      pa: reader.u64(at + format.P_PADDR),
      va: reader.u64(at + format.P_VADDR),
      bytes: reader.part(reader.u64(at + format.P_OFFSET), fileBytes, `segment ${index}`),
      memoryBytes,
      flags: reader.u32(at + format.P_FLAGS),
    })
  }
  return segments
}

function readSymbols(reader: Reader): ElfSymbol[] {
  const { E_SHOFF, E_SHENTSIZE, E_SHNUM, SHDR_BYTES } = format
  const sections = headerTable(reader, E_SHOFF, E_SHENTSIZE, E_SHNUM, SHDR_BYTES, 'section')
  const index = sections.findIndex((at) => reader.u32(at + format.SH_TYPE) === format.SHT_SYMTAB)
  if (index === -1) return []
  const contents = (section: number) => {
    const at = sections[section]
    return reader.part(reader.u64(at + format.SH_OFFSET), reader.u64(at + format.SH_SIZE), `section ${section}`)
  }
  const table = contents(index)
  const link = reader.u32(sections[index] + format.SH_LINK)
  if (link >= sections.length)
    reader.fail(sections[index] + format.SH_LINK, `string table is section ${link} of ${sections.length}`)
  const strings = contents(link)
  const tableAt = Number(reader.u64(sections[index] + format.SH_OFFSET))

  const symbols: ElfSymbol[] = []
  for (let offset = 0; offset + format.SYM_BYTES <= table.length; offset += format.SYM_BYTES) {
    const at = tableAt + offset
    const kind = format.SYMBOL_KINDS[reader.bytes[at + format.ST_INFO] & 0xf]
    const nameOffset = reader.u32(at + format.ST_NAME)
    const end = strings.indexOf(0, nameOffset)
    if (end === -1) reader.fail(at, `the name of symbol ${offset / format.SYM_BYTES} is outside its string table`)
    if (kind === undefined || reader.u16(at + format.ST_SHNDX) === format.SHN_UNDEF) continue
    const name = new TextDecoder().decode(strings.subarray(nameOffset, end))
    if (name === '' || isLocalLabel(name)) continue
    symbols.push({ name, address: reader.u64(at + format.ST_VALUE), size: reader.u64(at + format.ST_SIZE), kind })
  }
  return symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0))
}

/** Labels of the assembler's own: `.L…` and the mapping symbols `$x` and `$d` (psABI, 8.5.3). */
function isLocalLabel(name: string): boolean {
  return name.startsWith('.L') || name.startsWith('$')
}
