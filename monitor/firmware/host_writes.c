/* Writes to the host's page tables: all of a call is checked before any of it is done. */

#include "host_area.h"
#include "host_pages.h"
#include "owner.h"
#include "pte.h"

#include "penglai_abi.h"

/* Elements of one batch, so that a call ends in bounded time; the zeroed bytes of one are bounded by the area. */
#define MOST_ELEMENTS 65536

static bool in_area(uint64_t pa, uint64_t size) {
  return pa % sizeof(uint64_t) == 0 && size % sizeof(uint64_t) == 0 &&
         range_within(pa, size, pt_area.base, pt_area.end);
}

static void write(uint64_t address, uint64_t value) {
  *(uint64_t *)at(address) = value;
  if (value != 0) pt_area_mark(address);
}

static int64_t write_one(uint64_t target, uint64_t value) {
  if (!in_area(target, sizeof value) || !pt_area_allows(target, value)) return -1;
  write(target, value);
  return 0;
}

static int64_t zero(uint64_t target, uint64_t size) {
  if (size == 0) return 0;
  if (!in_area(target, size)) return -1;
  memset(at(target), 0, size);
  return 0;
}

/* The host can read its tables, so it may also copy from them. */
static bool readable_entries(uint64_t pa, uint64_t size) {
  if (pa % sizeof(uint64_t) != 0 || !range_within(pa, size, RAM_BASE, ram_end)) return false;
  for (uint64_t page = pa & ~(PAGE - 1); page < pa + size; page += PAGE) {
    enum owner_kind kind = owner_kind(page);
    if (kind != OWNER_HOST && kind != OWNER_PT_AREA) return false;
  }
  return true;
}

static int64_t copy(uint64_t target, uint64_t source, uint64_t size) {
  if (size == 0) return 0;
  if (!in_area(target, size) || !readable_entries(source, size)) return -1;
  const uint64_t *from = at(source);
  uint64_t count = size / sizeof *from;
  for (uint64_t index = 0; index < count; index++)
    if (!pt_area_allows(target + index * sizeof *from, from[index])) return -1;
  /* Backwards where the source would be overwritten before it is read. */
  bool backwards = source < target;
  for (uint64_t step = 0; step < count; step++) {
    uint64_t index = backwards ? count - 1 - step : step;
    write(target + index * sizeof *from, from[index]);
  }
  return 0;
}

/* A batch lies in the host's own pages only: in a page table it would change while it is being done. */
static const struct pt_area_batch_t *batch(uint64_t pa, uint64_t count) {
  if (count > MOST_ELEMENTS || pa % sizeof(uint64_t) != 0) return 0;
  return host_owns(pa, count * sizeof(struct pt_area_batch_t)) ? at(pa) : 0;
}

static int64_t batch_zero(uint64_t elements, uint64_t count) {
  if (count == 0) return 0;
  const struct pt_area_batch_t *list = batch(elements, count);
  if (list == 0) return -1;
  uint64_t total = 0, most = pt_area.end - pt_area.base;
  for (uint64_t index = 0; index < count; index++) {
    uint64_t size = list[index].entity.ptep_size;
    if (size == 0) continue;
    if (!in_area(list[index].ptep_base, size)) return -1;
    total += size;
    if (total > most) return -1;
  }
  for (uint64_t index = 0; index < count; index++)
    memset(at(list[index].ptep_base), 0, list[index].entity.ptep_size);
  return 0;
}

static int64_t batch_set(uint64_t elements, uint64_t count) {
  if (count == 0) return 0;
  const struct pt_area_batch_t *list = batch(elements, count);
  if (list == 0) return -1;
  for (uint64_t index = 0; index < count; index++) {
    uint64_t target = list[index].ptep_base;
    if (!in_area(target, sizeof target) || !pt_area_allows(target, list[index].entity.ptep_entry)) return -1;
  }
  for (uint64_t index = 0; index < count; index++) write(list[index].ptep_base, list[index].entity.ptep_entry);
  return 0;
}

int64_t set_pte(uint64_t operation, uint64_t target, uint64_t value, uint64_t size) {
  if (pt_area.base == 0) return -1;
  switch (operation) {
    case SET_PTE_ONE:
      return write_one(target, value);
    case PTE_MEMSET:
      return value == 0 ? zero(target, size) : -1;
    case PTE_MEMCPY:
      return copy(target, value, size);
    case SET_PTE_BATCH_ZERO:
      return batch_zero(target, value);
    case SET_PTE_BATCH_SET:
      return batch_set(target, value);
    default:
      return -1;
  }
}

int64_t split_huge_page(uint64_t pmd_entry, uint64_t table) {
  if (pt_area.base == 0 || !in_area(pmd_entry, sizeof pmd_entry) || !page_aligned(table)) return -1;
  if (!in_area(table, PAGE) || ranges_overlap(pmd_entry, sizeof pmd_entry, table, PAGE)) return -1;
  if (pt_area.separated && (pmd_entry < pt_area.pmd || pmd_entry >= pt_area.pte || table < pt_area.pte)) return -1;
  uint64_t huge = *(uint64_t *)at(pmd_entry);
  if (!(huge & PTE_V) || !pte_leaf(huge) || pte_pa(huge) % HUGE_PAGE != 0) return -1;
  for (uint64_t index = 0; index < PTE_COUNT; index++)
    write(table + index * sizeof huge, pte_make(pte_pa(huge) + index * PAGE, huge & PTE_FLAGS));
  write(pmd_entry, pte_make(table, PTE_V));
  flush_translations();
  return 0;
}
