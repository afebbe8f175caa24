#include "user_memory.h"

#include <string.h>

#include "page_table.h"
#include "pages.h"

#define FIRST_MAPPING (USER_BASE + 0x8000000)

static uint64_t next_address = FIRST_MAPPING;

uint64_t user_addresses(uint64_t size) {
  uint64_t va = next_address;
  /* An unmapped page between any two mappings. */
  next_address += ((size + PAGE_SIZE - 1) & -PAGE_SIZE) + PAGE_SIZE;
  return va;
}

bool user_is_range(uint64_t va, uint64_t size) {
  return va >= USER_BASE && va <= USER_END && size <= USER_END - va;
}

bool user_map(uint64_t va, uint64_t pa, uint64_t size, uint64_t permissions) {
  return user_is_range(va, size) && page_table_map_user(va, pa, size, permissions);
}

bool copy_from_user(void *to, uint64_t from, uint64_t size) {
  if (!page_table_user_may(from, size, false)) return false;
  memcpy(to, (const void *)from, size);
  return true;
}

bool copy_to_user(uint64_t to, const void *from, uint64_t size) {
  if (!page_table_user_may(to, size, true)) return false;
  memcpy((void *)to, from, size);
  return true;
}
