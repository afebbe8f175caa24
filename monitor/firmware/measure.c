/* The measurement of an enclave. */

#include "measure.h"

#include "pte.h"
#include "sm3.h"

static void add_number(struct sm3 *hash, uint64_t number) { sm3_update(hash, &number, sizeof number); }

/* Bytes of a page up to the last word that is not 0. */
static size_t filled(const uint64_t *page) {
  size_t count = PAGE / sizeof *page;
  while (count > 0 && line_empty(page + count - LINE_WORDS)) count -= LINE_WORDS;
  while (count > 0 && page[count - 1] == 0) count--;
  return count * sizeof *page;
}

static void add_page(void *hash, uint64_t va, uint64_t *pte) {
  const void *page = at(pte_pa(*pte));
  size_t size = filled(page);
  add_number(hash, va);
  add_number(hash, *pte & PTE_RWX);
  add_number(hash, size);
  sm3_update(hash, page, size);
}

void measure(uint8_t digest[HASH_SIZE], const struct space *space, uint64_t entry_point, uint64_t type,
             const char *name) {
  char whole[NAME_LEN] = {0};
  for (int index = 0; index < NAME_LEN && name[index]; index++) whole[index] = name[index];
  struct sm3 hash;
  sm3_init(&hash);
  add_number(&hash, entry_point);
  add_number(&hash, type);
  sm3_update(&hash, whole, NAME_LEN);
  space_each_page(space, add_page, &hash);
  add_number(&hash, 0);
  sm3_final(&hash, digest);
}
