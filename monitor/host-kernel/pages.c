#include "pages.h"

#include <string.h>

#include "page_table.h"

#define MOST_PAGES (MOST_MEMORY / PAGE_SIZE)
/*
 * Pages given away keep this far from the page tables: firmware may take whatever an entry of the middle level points
 * to for a large page.
 */
#define DISTANCE_FROM_TABLES LARGE_PAGE_SIZE

enum { FREE, USED, LENT };

static uint8_t states[MOST_PAGES];
static uint64_t base;
static uint64_t page_count;
static uint64_t first_to_give;
/* No page below was ever lent. */
static uint64_t lowest_lent;

static uint64_t index_of(uint64_t pa) {
  return (pa - base) / PAGE_SIZE;
}

static void set_states(uint64_t first, uint64_t count, uint8_t state) {
  memset(states + first, state, count);
}

void pages_init(uint64_t memory_base, uint64_t size) {
  base = memory_base;
  page_count = size / PAGE_SIZE;
  lowest_lent = page_count;
  first_to_give = index_of((base + DISTANCE_FROM_TABLES + LARGE_PAGE_SIZE - 1) & -LARGE_PAGE_SIZE);
}

void pages_reserve(uint64_t pa, uint64_t size) {
  for (uint64_t page = pa & -PAGE_SIZE; page < pa + size; page += PAGE_SIZE) {
    if (page >= base && index_of(page) < page_count) states[index_of(page)] = USED;
  }
}

static uint64_t take(uint64_t first, uint64_t count) {
  set_states(first, count, USED);
  return base + first * PAGE_SIZE;
}

void pages_zero(uint64_t pa, uint64_t count) {
  memset((void *)pa, 0, count * PAGE_SIZE);
}

/* How many of the pages from `first` are free, at most `count`. */
static uint64_t free_run(uint64_t first, uint64_t count) {
  uint64_t length = 0;
  while (length < count && first + length < page_count && states[first + length] == FREE) length++;
  return length;
}

uint64_t pages_allocate(uint64_t count) {
  for (uint64_t first = 0; first + count <= page_count;) {
    uint64_t length = free_run(first, count);
    if (length < count) {
      first += length + 1;
      continue;
    }
    uint64_t pa = take(first, count);
    pages_zero(pa, count);
    return pa;
  }
  return 0;
}

uint64_t pages_allocate_to_give(uint64_t count) {
  uint64_t alignment = count >= 512 ? 512 : 1;
  /* From the end on; what is found in use cannot be among them. */
  for (uint64_t end = page_count; end >= first_to_give + count;) {
    /* Memory begins on a large page, so indexes are as aligned as addresses. */
    uint64_t first = (end - count) / alignment * alignment;
    if (first < first_to_give) return 0;
    uint64_t length = free_run(first, count);
    if (length == count) return page_table_split(base + first * PAGE_SIZE, count * PAGE_SIZE) ? take(first, count) : 0;
    end = first + length;
  }
  return 0;
}

void pages_free(uint64_t pa, uint64_t count) {
  set_states(index_of(pa), count, FREE);
}

void pages_lend(uint64_t pa, uint64_t count) {
  if (index_of(pa) < lowest_lent) lowest_lent = index_of(pa);
  set_states(index_of(pa), count, LENT);
}

void pages_collect(void) {
  for (uint64_t index = lowest_lent; index < page_count; index++) {
    if (states[index] == LENT && page_table_is_mapped(base + index * PAGE_SIZE)) states[index] = FREE;
  }
  page_table_flush();
}
