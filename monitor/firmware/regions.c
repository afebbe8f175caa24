/* Memory that enclaves get while they run. */

#include "regions.h"

#include "memory.h"
#include "owner.h"

static bool fits(const struct enclave *enclave, uint64_t va, uint64_t mapped, uint64_t tables) {
  if (!page_aligned(va) || !range_within(va, mapped, enclave->heap_top, ENCLAVE_DEFAULT_MMAP_BASE)) return false;
  return space_unmapped(&enclave->space, va, mapped) &&
         space_tables_missing(&enclave->space, va, mapped) + tables <= space_pages_left(&enclave->space);
}

uint64_t region_place(const struct enclave *enclave, uint64_t wanted, uint64_t mapped, uint64_t tables) {
  if (enclave->region_count == MOST_REGIONS || mapped == 0) return 0;
  if (wanted != 0 && fits(enclave, wanted, mapped, tables)) return wanted;
  uint64_t lowest = ENCLAVE_DEFAULT_MMAP_BASE;
  for (uint64_t index = 0; index < enclave->region_count; index++) {
    const struct region *region = &enclave->regions[index];
    if (region->kind == REGION_MMAP && region->va < lowest) lowest = region->va;
  }
  if (mapped > lowest) return 0;
  uint64_t va = lowest - mapped;
  return fits(enclave, va, mapped, tables) ? va : 0;
}

struct region *region_find(struct enclave *enclave, uint64_t va, uint64_t size) {
  for (uint64_t index = 0; index < enclave->region_count; index++) {
    struct region *region = &enclave->regions[index];
    if (region->kind == REGION_MMAP && range_within(va, size, region->va, region->va + region_mapped(region)))
      return region;
  }
  return 0;
}

struct region *region_add(struct enclave *enclave, enum region_kind kind, uint64_t va, uint64_t pa, uint64_t bytes) {
  struct region *region = &enclave->regions[enclave->region_count++];
  *region = (struct region){.va = va, .pa = pa, .bytes = bytes, .kind = kind};
  space_map(&enclave->space, va, region_first(region), region_mapped(region));
  return region;
}

struct region region_remove(struct enclave *enclave, struct region *region) {
  struct region removed = *region;
  space_unmap(&enclave->space, removed.va, region_mapped(&removed));
  enclave->region_count--;
  struct region *end = &enclave->regions[enclave->region_count];
  for (; region < end; region++) region[0] = region[1];
  *end = (struct region){0};
  return removed;
}

uint64_t give_back(uint64_t pa, uint64_t bytes, uint64_t used_end, uint64_t next) {
  memset(at(pa), 0, used_end - pa);
  *(struct pm_area_struct *)at(pa) = (struct pm_area_struct){.paddr = pa, .size = bytes, .pm_next = next};
  release(pa, bytes);
  return pa;
}
