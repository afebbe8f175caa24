/** Numbers of the ELF64 format (System V gABI, chapters 4 and 5): field offsets, sizes in bytes and codes. */

export const MAGIC = [0x7f, 0x45, 0x4c, 0x46]

// File header.
export const EHDR_BYTES = 64
export const EI_CLASS = 4
export const EI_DATA = 5
export const EI_VERSION = 6
export const E_TYPE = 16
export const E_MACHINE = 18
export const E_VERSION = 20
export const E_ENTRY = 24
export const E_PHOFF = 32
export const E_SHOFF = 40
export const E_FLAGS = 48
export const E_EHSIZE = 52
export const E_PHENTSIZE = 54
export const E_PHNUM = 56
export const E_SHENTSIZE = 58
export const E_SHNUM = 60
export const E_SHSTRNDX = 62

export const ELFCLASS64 = 2
export const ELFDATA2LSB = 1
export const EV_CURRENT = 1
export const ET_EXEC = 2
/** Position-independent: firmware linked so still names the addresses at which it expects to lie. */
export const ET_DYN = 3
export const EM_RISCV = 243
export const EF_RISCV_RVC = 1

// Program header.
export const PHDR_BYTES = 56
export const P_TYPE = 0
export const P_FLAGS = 4
export const P_OFFSET = 8
export const P_VADDR = 16
export const P_PADDR = 24
export const P_FILESZ = 32
export const P_MEMSZ = 40
export const P_ALIGN = 48

export const PT_LOAD = 1

// Section header.
export const SHDR_BYTES = 64
export const SH_NAME = 0
export const SH_TYPE = 4
export const SH_FLAGS = 8
export const SH_ADDR = 16
export const SH_OFFSET = 24
export const SH_SIZE = 32
export const SH_LINK = 40
export const SH_INFO = 44
export const SH_ADDRALIGN = 48
export const SH_ENTSIZE = 56

export const SHT_PROGBITS = 1
export const SHT_SYMTAB = 2
export const SHT_STRTAB = 3
export const SHT_NOBITS = 8
export const SHF_WRITE = 1
export const SHF_ALLOC = 2
export const SHF_EXECINSTR = 4

// Symbol.
export const SYM_BYTES = 24
export const ST_NAME = 0
export const ST_INFO = 4
export const ST_SHNDX = 6
export const ST_VALUE = 8
export const ST_SIZE = 16

export const STB_GLOBAL = 1
export const SHN_UNDEF = 0
export const SHN_ABS = 0xfff1
/** Kinds of symbols that name an address, by their type code; sections, files and the rest are none. */
export const SYMBOL_KINDS = ['label', 'object', 'function'] as const
