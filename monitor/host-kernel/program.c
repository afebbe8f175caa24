#include "program.h"

#include <string.h>

#include "console.h"
#include "elf.h"
#include "page_table.h"
#include "pages.h"
#include "thread.h"
#include "user_memory.h"

#define STACK_PAGES 16
#define MOST_ARGUMENTS 32

static uint64_t page_count(uint64_t size) {
  return (size + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Pages for a part of the program's memory, mapped there; the kernel's own address of them. */
static char *map_pages(uint64_t va, uint64_t count, uint64_t permissions) {
  uint64_t pa = pages_allocate(count);
  if (pa == 0 || !user_map(va, pa, count * PAGE_SIZE, permissions)) panic("no memory for the program");
  return (char *)pa;
}

/* Below the top of the stack: the texts, and then argc and argv as `_start` expects them. */
static uint64_t push_arguments(int count, char *const *arguments) {
  uint64_t va = USER_STACK_TOP - STACK_PAGES * PAGE_SIZE;
  map_pages(va, STACK_PAGES, PTE_R | PTE_W);
  char *top = (char *)USER_STACK_TOP;
  uint64_t pointers[MOST_ARGUMENTS + 2] = {(uint64_t)count};
  for (int index = 0; index < count; index++) {
    top -= strlen(arguments[index]) + 1;
    strcpy(top, arguments[index]);
    pointers[index + 1] = (uint64_t)top;
  }
  uint64_t bytes = ((uint64_t)count + 2) * sizeof pointers[0];
  uint64_t sp = ((uint64_t)top - bytes) & -16ul;
  memcpy((void *)sp, pointers, bytes);
  return sp;
}

void program_load(const struct ram_file *file, int argument_count, char *const *arguments) {
  if (!elf_is_valid(file->bytes, file->size, USER_BASE, USER_END)) panic("%s is no host program", file->name);
  const struct elf_header *header = elf_header_of(file->bytes);
  for (unsigned index = 0; index < header->program_header_count; index++) {
    const struct elf_segment *segment = &elf_segments(file->bytes)[index];
    if (segment->type != ELF_LOAD || segment->memory_size == 0) continue;
    uint64_t permissions = segment->flags & ELF_WRITABLE ? PTE_R | PTE_W : PTE_R | PTE_X;
    char *memory = map_pages(segment->va, page_count(segment->memory_size), permissions);
    memcpy(memory, file->bytes + segment->offset, segment->file_size);
  }
  if (argument_count > MOST_ARGUMENTS) argument_count = MOST_ARGUMENTS;
  uint64_t sp = push_arguments(argument_count, arguments);
  asm volatile("fence.i");
  if (thread_create(header->entry, sp, 0, 0) < 0) panic("no memory for the program");
}
