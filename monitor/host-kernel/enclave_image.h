/*
 * The memory of a new enclave, as the monitor wants it: page 0 is the monitor's, page 1 the root page table, then page
 * tables, program and stack, and from `free_mem` on free pages. It is made before the monitor takes the memory.
 */
#ifndef ENCLAVE_IMAGE_H
#define ENCLAVE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

struct enclave_image {
  uint64_t pa;
  uint64_t page_count;
  uint64_t entry_point;
  uint64_t free_mem;
  /* Pages that each fork copies. */
  uint64_t writable_pages;
};

/* Loads the ELF file into new memory; false if it is no program for an enclave or there is no memory. */
bool enclave_image_make(struct enclave_image *image, const uint8_t *file, uint64_t file_size, uint64_t stack_size);

#endif
