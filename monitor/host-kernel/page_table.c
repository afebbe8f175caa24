#include "page_table.h"

#include <penglai_abi.h>
#include <stddef.h>
#include <string.h>

#include "console.h"
#include "pages.h"
#include "sbi.h"

#define SATP_SV39 (8ul << 60)
#define PPN_SHIFT 10
#define ENTRIES 512
#define ROOT_PAGES (1ul << PT_AREA_ROOT_ORDER)
#define MIDDLE_PAGES (1ul << PT_AREA_MIDDLE_ORDER)

#define KERNEL_LEAF (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define LEAF (PTE_R | PTE_W | PTE_X)

static uint64_t *root;
/* The next table of each of the two lower levels, and where that level's part of the area ends. None is ever freed. */
static uint64_t next_table[2], tables_end[2];
static bool guarded;

static uint64_t *table_at(uint64_t pte) {
  return (uint64_t *)(pte >> PPN_SHIFT << 12);
}

static uint64_t entry(uint64_t pa, uint64_t bits) {
  return pa >> 12 << PPN_SHIFT | bits;
}

static bool write_entry(uint64_t *at, uint64_t value) {
  if (!guarded) {
    *at = value;
    return true;
  }
  return monitor_call(SBI_SET_PTE, SET_PTE_ONE, (uint64_t)at, value, 0, 0) == 0;
}

static uint64_t take_table(int level) {
  if (next_table[level] == tables_end[level]) return 0;
  next_table[level] += PAGE_SIZE;
  return next_table[level] - PAGE_SIZE;
}

static unsigned slot(uint64_t va, int level) {
  return va >> (12 + 9 * level) & (ENTRIES - 1);
}

/* The entry for `va` in a table of this level, or of a higher one where a large page or nothing is. */
static uint64_t *find_entry(uint64_t va, int level) {
  uint64_t *table = root;
  for (int at = 2;; at--) {
    uint64_t *pte = &table[slot(va, at)];
    if (at == level || (*pte & PTE_V) == 0 || (*pte & LEAF) != 0) return pte;
    table = table_at(*pte);
  }
}

/* The entry for `va` in a table of this level, with tables added as needed; NULL if there are none left. */
static uint64_t *make_entry(uint64_t va, int level) {
  uint64_t *table = root;
  for (int at = 2; at > level; at--) {
    uint64_t *pte = &table[slot(va, at)];
    if ((*pte & PTE_V) == 0) {
      uint64_t below = take_table(at - 1);
      if (below == 0 || !write_entry(pte, entry(below, PTE_V))) return NULL;
    }
    table = table_at(*pte);
  }
  return &table[slot(va, level)];
}

void page_table_flush(void) {
  asm volatile("sfence.vma" : : : "memory");
}

void page_table_init(uint64_t area, uint64_t base, uint64_t size) {
  memset((void *)area, 0, PT_AREA_SIZE);
  /* Not the first page of the area: some firmware takes no root there. */
  root = (uint64_t *)(area + PAGE_SIZE);
  next_table[1] = area + ROOT_PAGES * PAGE_SIZE;
  next_table[0] = tables_end[1] = next_table[1] + MIDDLE_PAGES * PAGE_SIZE;
  tables_end[0] = area + PT_AREA_SIZE;
  for (uint64_t pa = base; pa + LARGE_PAGE_SIZE <= base + size; pa += LARGE_PAGE_SIZE) {
    uint64_t *pte = make_entry(pa, 1);
    if (pte == NULL) break;
    write_entry(pte, entry(pa, KERNEL_LEAF));
  }
  asm volatile("csrw satp, %0" : : "r"(SATP_SV39 | (uint64_t)root >> 12));
  page_table_flush();
}

void page_table_map_device(uint64_t pa) {
  write_entry(make_entry(pa, 1), entry(pa & -LARGE_PAGE_SIZE, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D));
  page_table_flush();
}

void page_table_guarded(void) {
  guarded = true;
}

/* Entries to be written with one call of the monitor. */
#define BATCH_ENTRIES 64

static struct pt_area_batch_t batch[BATCH_ENTRIES];

/* Writes the first `count` of the batch: `operation` is SET_PTE_BATCH_SET or SET_PTE_BATCH_ZERO. */
static bool write_batch(uint64_t operation, unsigned count) {
  return count == 0 || monitor_call(SBI_SET_PTE, operation, (uint64_t)batch, count, 0, 0) == 0;
}

bool page_table_map_user(uint64_t va, uint64_t pa, uint64_t size, uint64_t permissions) {
  unsigned count = 0;
  bool done = true;
  for (uint64_t offset = 0; offset < size && done; offset += PAGE_SIZE) {
    uint64_t *pte = make_entry(va + offset, 0);
    if (pte == NULL) return false;
    batch[count].ptep_base = (uint64_t)pte;
    batch[count++].entity.ptep_entry = entry(pa + offset, permissions | PTE_V | PTE_U | PTE_A | PTE_D);
    if (count < BATCH_ENTRIES) continue;
    done = write_batch(SET_PTE_BATCH_SET, count);
    count = 0;
  }
  done = done && write_batch(SET_PTE_BATCH_SET, count);
  page_table_flush();
  return done;
}

void page_table_unmap_user(uint64_t va, uint64_t size) {
  unsigned count = 0;
  bool done = true;
  for (uint64_t offset = 0; offset < size && done; offset += PAGE_SIZE) {
    uint64_t *pte = find_entry(va + offset, 0);
    /* Also what the monitor has made invalid: it must not become valid again. */
    if (*pte == 0) continue;
    batch[count].ptep_base = (uint64_t)pte;
    batch[count++].entity.ptep_size = sizeof *pte;
    if (count < BATCH_ENTRIES) continue;
    done = write_batch(SET_PTE_BATCH_ZERO, count);
    count = 0;
  }
  if (!done || !write_batch(SET_PTE_BATCH_ZERO, count)) panic("cannot unmap user memory at %lx", va);
  page_table_flush();
}

bool page_table_split(uint64_t pa, uint64_t size) {
  for (uint64_t large = pa & -LARGE_PAGE_SIZE; large < pa + size; large += LARGE_PAGE_SIZE) {
    uint64_t *pte = find_entry(large, 1);
    bool whole = large >= pa && large + LARGE_PAGE_SIZE <= pa + size;
    if (whole || (*pte & LEAF) == 0) continue;
    uint64_t table = take_table(0);
    if (table == 0 || monitor_call(SBI_SM_MAP_PTE, (uint64_t)pte, table, 0, 0, 0) != 0) return false;
    page_table_flush();
  }
  return true;
}

bool page_table_is_mapped(uint64_t pa) {
  return (*find_entry(pa, 0) & PTE_V) != 0;
}

bool page_table_user_may(uint64_t va, uint64_t size, bool write) {
  if (va < USER_BASE || va > USER_END || size > USER_END - va) return false;
  uint64_t needed = PTE_V | PTE_U | (write ? PTE_W : PTE_R);
  for (uint64_t page = va & -PAGE_SIZE; page < va + size; page += PAGE_SIZE) {
    if ((*find_entry(page, 0) & needed) != needed) return false;
  }
  return true;
}
