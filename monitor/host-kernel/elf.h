/* The few fields of ELF64 (System V ABI, Object Files) that loading a program needs. */
#ifndef ELF_H
#define ELF_H

#include <stdbool.h>
#include <stdint.h>

struct elf_header {
  uint8_t ident[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, program_headers, section_headers;
  uint32_t flags;
  uint16_t header_size, program_header_size, program_header_count, section_header_size, section_header_count, names;
};

struct elf_segment {
  uint32_t type, flags;
  uint64_t offset, va, pa, file_size, memory_size, alignment;
};

#define ELF_LOAD 1
#define ELF_WRITABLE 2

/*
 * Whether the file is an RV64 program that can be loaded: headers and segments lie within it, segments on pages, in
 * order, from `start` to `end`.
 */
bool elf_is_valid(const uint8_t *file, uint64_t size, uint64_t start, uint64_t end);

const struct elf_header *elf_header_of(const uint8_t *file);
const struct elf_segment *elf_segments(const uint8_t *file);

#endif
