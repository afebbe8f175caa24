#include "elf.h"

#include <string.h>

#include "pages.h"

#define CLASS_64_LITTLE "\x7f" "ELF\x02\x01\x01"
#define TYPE_EXECUTABLE 2
#define MACHINE_RISCV 243

const struct elf_header *elf_header_of(const uint8_t *file) {
  return (const struct elf_header *)file;
}

const struct elf_segment *elf_segments(const uint8_t *file) {
  return (const struct elf_segment *)(file + elf_header_of(file)->program_headers);
}

bool elf_is_valid(const uint8_t *file, uint64_t size, uint64_t start, uint64_t end) {
  const struct elf_header *header = elf_header_of(file);
  if (size < sizeof *header || memcmp(header->ident, CLASS_64_LITTLE, 7) != 0) return false;
  if (header->type != TYPE_EXECUTABLE || header->machine != MACHINE_RISCV) return false;
  uint64_t table_size = header->program_header_count * sizeof(struct elf_segment);
  if (header->program_header_size != sizeof(struct elf_segment) || header->program_headers % 8 != 0) return false;
  if (header->program_headers > size || table_size > size - header->program_headers) return false;
  for (unsigned index = 0; index < header->program_header_count; index++) {
    const struct elf_segment *segment = &elf_segments(file)[index];
    if (segment->type != ELF_LOAD || segment->memory_size == 0) continue;
    if (segment->offset > size || segment->file_size > size - segment->offset) return false;
    if (segment->file_size > segment->memory_size || segment->va % PAGE_SIZE != 0 || segment->va < start) return false;
    if (segment->va > end || segment->memory_size > end - segment->va) return false;
    start = segment->va + segment->memory_size;
  }
  return true;
}
