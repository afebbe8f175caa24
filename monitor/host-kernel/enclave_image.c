#include "enclave_image.h"

#include <penglai_abi.h>
#include <string.h>

#include "elf.h"
#include "page_table.h"
#include "pages.h"

#define MOST_ELF_BYTES (512ul << 20)
#define MOST_STACK_BYTES (64ul << 20)
/* For page tables of what the enclave maps later. */
#define FREE_PAGES 32
/* Page tables of program and stack beside those that grow with them. */
#define FEW_TABLES 8

#define USER_LEAF (PTE_V | PTE_R | PTE_U | PTE_A | PTE_D)

struct builder {
  uint64_t root;
  uint64_t next_page;
};

static uint64_t page_count(uint64_t size) {
  return (size + PAGE_SIZE - 1) / PAGE_SIZE;
}

static uint64_t take_page(struct builder *builder) {
  builder->next_page += PAGE_SIZE;
  return builder->next_page - PAGE_SIZE;
}

/* Maps a new page; its physical address. */
static uint64_t map_page(struct builder *builder, uint64_t va, uint64_t permissions) {
  uint64_t *table = (uint64_t *)builder->root;
  for (int level = 2;; level--) {
    uint64_t *pte = &table[va >> (12 + 9 * level) & 511];
    if (level == 0) {
      uint64_t page = take_page(builder);
      *pte = page >> 12 << 10 | USER_LEAF | permissions;
      return page;
    }
    if (*pte == 0) *pte = take_page(builder) >> 12 << 10 | PTE_V;
    table = (uint64_t *)(*pte >> 10 << 12);
  }
}

static uint64_t least(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

static void load_segment(struct builder *builder, const uint8_t *file, const struct elf_segment *segment) {
  /* The loader of the documentation: what can be written can also be executed. */
  uint64_t permissions = segment->flags & ELF_WRITABLE ? PTE_W | PTE_X : PTE_X;
  for (uint64_t offset = 0; offset < segment->memory_size; offset += PAGE_SIZE) {
    uint64_t page = map_page(builder, segment->va + offset, permissions);
    if (offset >= segment->file_size) continue;
    memcpy((void *)page, file + segment->offset + offset, least(PAGE_SIZE, segment->file_size - offset));
  }
}

bool enclave_image_make(struct enclave_image *image, const uint8_t *file, uint64_t file_size, uint64_t stack_size) {
  if (file_size > MOST_ELF_BYTES || stack_size > MOST_STACK_BYTES) return false;
  uint64_t end = ENCLAVE_DEFAULT_HEAP_BASE;
  if (!elf_is_valid(file, file_size, ENCLAVE_DEFAULT_TEXT_BASE, end)) return false;
  const struct elf_header *header = elf_header_of(file);
  uint64_t pages = page_count(stack_size), tables = FEW_TABLES;
  *image = (struct enclave_image){.entry_point = header->entry};
  for (unsigned index = 0; index < header->program_header_count; index++) {
    const struct elf_segment *segment = &elf_segments(file)[index];
    if (segment->type != ELF_LOAD) continue;
    pages += page_count(segment->memory_size);
    tables += 2;
    if (segment->flags & ELF_WRITABLE) image->writable_pages += page_count(segment->memory_size);
  }
  image->page_count = 2 + pages + tables + pages / 512 + FREE_PAGES;
  image->pa = pages_allocate_to_give(image->page_count);
  if (image->pa == 0) return false;
  /* Also what the monitor may use as page tables later: some firmware takes it as it is. */
  pages_zero(image->pa, image->page_count);

  struct builder builder = {image->pa + PAGE_SIZE, image->pa + 2 * PAGE_SIZE};
  for (unsigned index = 0; index < header->program_header_count; index++) {
    const struct elf_segment *segment = &elf_segments(file)[index];
    if (segment->type == ELF_LOAD) load_segment(&builder, file, segment);
  }
  for (uint64_t offset = page_count(stack_size) * PAGE_SIZE; offset > 0; offset -= PAGE_SIZE) {
    map_page(&builder, ENCLAVE_DEFAULT_STACK_BASE - offset, PTE_W);
  }
  image->free_mem = builder.next_page;
  return true;
}
