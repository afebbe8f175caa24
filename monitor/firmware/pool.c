/* Free pages of the pool, each with the address of the next in its first word. */

#include "pool.h"

#include "memory.h"
#include "owner.h"

static uint64_t *free_pages;

int64_t pool_extend(uint64_t pa, uint64_t size) {
  if (!can_claim(pa, size)) return -1;
  claim(pa, size, OWNER_POOL, 0);
  /* From the end, so that the pages are taken in the order of their addresses. */
  for (uint64_t page = pa + size; page > pa;) pool_give(at(page -= PAGE));
  return 0;
}

void *pool_take(void) {
  uint64_t *page = free_pages;
  if (page == 0) return 0;
  free_pages = at(*page);
  memset(page, 0, PAGE);
  return page;
}

void pool_give(void *page) {
  *(uint64_t *)page = (uint64_t)free_pages;
  free_pages = page;
}
