/* The owner map: a word a page, kind in bits 28 to 31, role in 24 to 25, number below. */

#include "owner.h"

#include "host_pages.h"
#include "memory.h"

enum { KIND_SHIFT = 28, ROLE_SHIFT = 24, ROLE_MASK = 3 << ROLE_SHIFT };

static uint32_t *owners;

static uint32_t *word(uint64_t pa) { return owners + ((pa - RAM_BASE) >> PAGE_SHIFT); }

static enum owner_kind kind_of(uint32_t word) { return (enum owner_kind)(word >> KIND_SHIFT); }

uint64_t owner_map_bytes(void) { return ((ram_end - RAM_BASE) >> PAGE_SHIFT) * sizeof *owners; }

void owner_map_init(uint64_t map, uint64_t map_size, uint64_t pt_area, uint64_t pt_area_size) {
  owners = at(map);
  memset(owners, 0, map_size);
  owner_set(RAM_BASE, MONITOR_BYTES, OWNER_MONITOR, 0);
  owner_set(map, map_size, OWNER_MAP, 0);
  owner_set(pt_area, pt_area_size, OWNER_PT_AREA, 0);
}

enum owner_kind owner_kind(uint64_t pa) {
  if (owners == 0) return pa < PAYLOAD_BASE ? OWNER_MONITOR : OWNER_HOST;
  return kind_of(*word(pa));
}

void owner_set(uint64_t pa, uint64_t size, enum owner_kind kind, uint32_t number) {
  uint32_t value = (uint32_t)kind << KIND_SHIFT | number;
  uint32_t *here = word(pa), *end = word(pa + size);
  while (here < end) *here++ = value;
}

enum page_role owner_role(uint64_t pa) { return (enum page_role)((*word(pa) & ROLE_MASK) >> ROLE_SHIFT); }

void owner_set_role(uint64_t pa, enum page_role role) {
  *word(pa) = (*word(pa) & ~(uint32_t)ROLE_MASK) | (uint32_t)role << ROLE_SHIFT;
}

bool host_may_map(uint64_t pa, uint64_t size) {
  uint64_t from = pa < RAM_BASE ? RAM_BASE : pa, to = pa + size < ram_end ? pa + size : ram_end;
  if (owners == 0 || from >= to) return true;
  for (const uint32_t *here = word(from), *end = word(to); here < end; here++)
    if (kind_of(*here) > OWNER_MAP) return false;
  return true;
}

bool host_owns(uint64_t pa, uint64_t size) {
  if (!range_within(pa, size, RAM_BASE, ram_end)) return false;
  for (uint64_t page = pa & ~(PAGE - 1); page < pa + size; page += PAGE)
    if (owner_kind(page) != OWNER_HOST) return false;
  return true;
}

bool host_owns_pages(uint64_t pa, uint64_t size) {
  return page_aligned(pa) && page_aligned(size) && host_owns(pa, size);
}

bool host_owns_alone(uint64_t pa, uint64_t size) {
  if (owners == 0 || !host_owns_pages(pa, size)) return false;
  for (uint32_t *here = word(pa); here < word(pa + size); here++)
    if (*here != 0) return false;
  return true;
}

void host_share(uint64_t pa, uint64_t size) {
  for (uint32_t *here = word(pa); here < word(pa + size); here++) ++*here;
}

void host_unshare(uint64_t pa, uint64_t size) {
  for (uint32_t *here = word(pa); here < word(pa + size); here++) --*here;
}

bool can_claim(uint64_t pa, uint64_t size) { return host_owns_alone(pa, size) && host_can_unmap(pa, size); }

void claim(uint64_t pa, uint64_t size, enum owner_kind kind, uint32_t number) {
  owner_set(pa, size, kind, number);
  host_unmap(pa, size);
  flush_translations();
}

static bool released;

void release(uint64_t pa, uint64_t size) {
  owner_set(pa, size, OWNER_HOST, 0);
  released = true;
}

void settle_releases(void) {
  if (!released) return;
  released = false;
  host_remap();
  flush_translations();
}

void flush_translations(void) {
  __asm__ volatile("sfence.vma" ::: "memory");
  __asm__ volatile("fence.i" ::: "memory");
}
