/** Writes RV64 ELF executables that Spike, QEMU and binutils accept. */

import * as format from './format.ts'
import type { ElfSegment, ElfSymbol } from './image.ts'

/** Both the alignment of segments in the file and what their headers promise. */
const PAGE_BYTES = 4096n

export interface ElfContents {
  entry: bigint
  segments: readonly Omit<ElfSegment, 'index'>[]
  symbols: readonly ElfSymbol[]
}

interface Section {
  name: string
  type: number
  flags: number
  address: bigint
  offset: number
  size: bigint
  bytes: Uint8Array
  link: number
  info: number
  alignment: number
  entrySize: number
}

/**
 * The bytes of an executable with one program header a segment, and sections named by what the segments are for:
 * `.text` executable, `.data` writable, `.rodata` the others, `.bss` memory that the file does not hold.
 * Symbols are global. Throws a RangeError where a segment has more bytes than memory.
 */
export function writeElf({ entry, segments, symbols }: ElfContents): Uint8Array {
  const headersEnd = format.EHDR_BYTES + segments.length * format.PHDR_BYTES
  const sections: Section[] = [section('', 0, {})]
  const segmentOffsets: number[] = []
  let end = headersEnd
  for (const segment of segments) {
    if (BigInt(segment.bytes.length) > segment.memoryBytes)
      throw new RangeError(`a segment of ${segment.memoryBytes} bytes cannot hold ${segment.bytes.length}`)
    // A loader that maps pages needs file offset and address to agree modulo the page size.
    const offset = end + Number(BigInt.asUintN(12, segment.va - BigInt(end)))
    segmentOffsets.push(offset)
    end = offset + segment.bytes.length
    sections.push(...sectionsOf(segment, offset, sections))
  }

  const symbolNames = new StringTable()
  const symbolBytes = writeSymbols(symbols, sections, symbolNames)
  const sectionNames = new StringTable()
  const tables = [
    section('.symtab', format.SHT_SYMTAB, {
      bytes: symbolBytes,
      link: sections.length + 1,
      // Index of the first symbol that is not local.
      info: 1,
      alignment: 8,
      entrySize: format.SYM_BYTES,
    }),
    section('.strtab', format.SHT_STRTAB, { bytes: symbolNames.bytes() }),
    section('.shstrtab', format.SHT_STRTAB, {}),
  ]
  sections.push(...tables)
  const nameOffsets = sections.map(({ name }) => sectionNames.add(name))
  tables[2].bytes = sectionNames.bytes()
  for (const table of tables) {
    table.offset = Math.ceil(end / 8) * 8
    table.size = BigInt(table.bytes.length)
    end = table.offset + table.bytes.length
  }
  const sectionHeaders = Math.ceil(end / 8) * 8

  const file = new Uint8Array(sectionHeaders + sections.length * format.SHDR_BYTES)
  const view = new DataView(file.buffer)
  writeFileHeader(view, entry, segments.length, sectionHeaders, sections.length)
  for (const [index, segment] of segments.entries())
    writeProgramHeader(view, format.EHDR_BYTES + index * format.PHDR_BYTES, segment, segmentOffsets[index])
  for (const [index, header] of sections.entries()) {
    file.set(header.bytes, header.offset)
    writeSectionHeader(view, sectionHeaders + index * format.SHDR_BYTES, header, nameOffsets[index])
  }
  return file
}

function section(name: string, type: number, fields: Partial<Section>): Section {
  const none = { flags: 0, address: 0n, offset: 0, size: 0n, bytes: new Uint8Array(0), link: 0, info: 0 }
  return { name, type, alignment: 1, entrySize: 0, ...none, ...fields }
}

/** The section of what the file holds of a segment, and the one of the zeros after it. */
function sectionsOf(segment: ElfContents['segments'][number], offset: number, earlier: readonly Section[]): Section[] {
  const { va, bytes, memoryBytes, flags } = segment
  const sectionFlags = format.SHF_ALLOC | (flags & 2 ? format.SHF_WRITE : 0) | (flags & 1 ? format.SHF_EXECINSTR : 0)
  const numbered = (name: string) => {
    const count = earlier.filter((other) => other.name === name || other.name.startsWith(`${name}.`)).length
    return count === 0 ? name : `${name}.${count}`
  }
  const held = BigInt(bytes.length)
  const parts: Section[] = []
  if (held > 0n) {
    const name = numbered(flags & 1 ? '.text' : flags & 2 ? '.data' : '.rodata')
    parts.push(section(name, format.SHT_PROGBITS, { flags: sectionFlags, address: va, offset, size: held, bytes }))
  }
  if (memoryBytes > held) {
    const place = { address: va + held, offset: offset + bytes.length, size: memoryBytes - held }
    parts.push(section(numbered('.bss'), format.SHT_NOBITS, { flags: sectionFlags, ...place }))
  }
  return parts
}

function writeSymbols(symbols: readonly ElfSymbol[], sections: readonly Section[], names: StringTable): Uint8Array {
  // The first symbol is the null symbol.
  const table = new Uint8Array((symbols.length + 1) * format.SYM_BYTES)
  const view = new DataView(table.buffer)
  for (const [index, { name, address, size, kind }] of symbols.entries()) {
    const at = (index + 1) * format.SYM_BYTES
    const home = sections.findIndex((other) => address >= other.address && address < other.address + other.size)
    view.setUint32(at + format.ST_NAME, names.add(name), true)
    view.setUint8(at + format.ST_INFO, (format.STB_GLOBAL << 4) | format.SYMBOL_KINDS.indexOf(kind))
    view.setUint16(at + format.ST_SHNDX, home === -1 ? format.SHN_ABS : home, true)
    view.setBigUint64(at + format.ST_VALUE, address, true)
    view.setBigUint64(at + format.ST_SIZE, size, true)
  }
  return table
}

/** NUL-terminated strings one after the other; the empty one is first, at offset 0. */
class StringTable {
  readonly #bytes: number[] = [0]

  /** The offset of `text`. */
  add(text: string): number {
    if (text === '') return 0
    const offset = this.#bytes.length
    this.#bytes.push(...new TextEncoder().encode(text), 0)
    return offset
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}

function writeFileHeader(view: DataView, entry: bigint, segments: number, sectionHeaders: number, sections: number) {
  for (const [index, byte] of format.MAGIC.entries()) view.setUint8(index, byte)
  view.setUint8(format.EI_CLASS, format.ELFCLASS64)
  view.setUint8(format.EI_DATA, format.ELFDATA2LSB)
  view.setUint8(format.EI_VERSION, format.EV_CURRENT)
  view.setUint16(format.E_TYPE, format.ET_EXEC, true)
  view.setUint16(format.E_MACHINE, format.EM_RISCV, true)
  view.setUint32(format.E_VERSION, format.EV_CURRENT, true)
  view.setBigUint64(format.E_ENTRY, entry, true)
  view.setBigUint64(format.E_PHOFF, BigInt(format.EHDR_BYTES), true)
  view.setBigUint64(format.E_SHOFF, BigInt(sectionHeaders), true)
  view.setUint32(format.E_FLAGS, format.EF_RISCV_RVC, true)
  view.setUint16(format.E_EHSIZE, format.EHDR_BYTES, true)
  view.setUint16(format.E_PHENTSIZE, format.PHDR_BYTES, true)
  view.setUint16(format.E_PHNUM, segments, true)
  view.setUint16(format.E_SHENTSIZE, format.SHDR_BYTES, true)
  view.setUint16(format.E_SHNUM, sections, true)
  view.setUint16(format.E_SHSTRNDX, sections - 1, true)
}

function writeProgramHeader(view: DataView, at: number, segment: Omit<ElfSegment, 'index'>, offset: number) {
  view.setUint32(at + format.P_TYPE, format.PT_LOAD, true)
  view.setUint32(at + format.P_FLAGS, segment.flags, true)
  view.setBigUint64(at + format.P_OFFSET, BigInt(offset), true)
  view.setBigUint64(at + format.P_VADDR, segment.va, true)
  view.setBigUint64(at + format.P_PADDR, segment.pa, true)
  view.setBigUint64(at + format.P_FILESZ, BigInt(segment.bytes.length), true)
  view.setBigUint64(at + format.P_MEMSZ, segment.memoryBytes, true)
  view.setBigUint64(at + format.P_ALIGN, PAGE_BYTES, true)
}

function writeSectionHeader(view: DataView, at: number, header: Section, nameOffset: number) {
  view.setUint32(at + format.SH_NAME, nameOffset, true)
  view.setUint32(at + format.SH_TYPE, header.type, true)
  view.setBigUint64(at + format.SH_FLAGS, BigInt(header.flags), true)
  view.setBigUint64(at + format.SH_ADDR, header.address, true)
  view.setBigUint64(at + format.SH_OFFSET, BigInt(header.offset), true)
  view.setBigUint64(at + format.SH_SIZE, header.size, true)
  view.setUint32(at + format.SH_LINK, header.link, true)
  view.setUint32(at + format.SH_INFO, header.info, true)
  view.setBigUint64(at + format.SH_ADDRALIGN, BigInt(header.alignment), true)
  view.setBigUint64(at + format.SH_ENTSIZE, BigInt(header.entrySize), true)
}
