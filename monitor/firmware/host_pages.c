/* The area of the host's page tables, its separation, and what goes on in it when pages change their owner. */

#include "host_pages.h"

#include "csr.h"
#include "host_area.h"
#include "owner.h"
#include "pmp.h"
#include "pte.h"

struct pt_area pt_area;

/* Marks an entry that the monitor made invalid; the host's own invalid entries stay so. */
#define PTE_UNMAPPED (1ul << 62)

/*
 * Tables that ever got an entry that is not 0: only those are looked through when pages change owner, so that this
 * costs what the host uses and not what it reserved. And of those the ones that ever got entries to be made valid again.
 */
#define MOST_TABLES (0x40000000ul / PAGE)
typedef uint64_t table_set[MOST_TABLES / 64];
static table_set used, unmapped;

static uint64_t table_number(uint64_t pa) { return (pa - pt_area.base) >> PAGE_SHIFT; }

static void add(table_set set, uint64_t pa) { set[table_number(pa) / 64] |= 1ul << table_number(pa) % 64; }

static bool has(const table_set set, uint64_t pa) { return set[table_number(pa) / 64] >> table_number(pa) % 64 & 1; }

void pt_area_mark(uint64_t pa, uint64_t entry) {
  add(used, pa);
  if (entry & PTE_UNMAPPED) add(unmapped, pa);
}

int64_t pt_area_init(uint64_t area, uint64_t area_size, uint64_t map, uint64_t map_size, uint64_t flag) {
  uint64_t free_ram = PAYLOAD_BASE;
  if (pt_area.base != 0) return -1;
  if (!range_within(area, area_size, free_ram, ram_end) || !range_within(map, map_size, free_ram, ram_end)) return -1;
  if (!pmp_range(area, area_size) || !pmp_range(map, map_size)) return -1;
  if (ranges_overlap(area, area_size, map, map_size) || area_size / PAGE > MOST_TABLES) return -1;
  if (map_size < owner_map_bytes()) return -1;
  if (!range_within(flag, sizeof(uint32_t), free_ram, ram_end) || flag % sizeof(uint32_t) != 0) return -1;
  if (ranges_overlap(flag, sizeof(uint32_t), area, area_size)) return -1;
  if (ranges_overlap(flag, sizeof(uint32_t), map, map_size)) return -1;

  pmp_guard(area, area_size, map, map_size);
  owner_map_init(map, map_size, area, area_size);
  pt_area = (struct pt_area){.base = area, .end = area + area_size};
  *(uint32_t *)at(flag) = 1;
  return 0;
}

static bool entry_allowed(const struct pt_area *area, uint64_t address, uint64_t value) {
  if (!(value & PTE_V)) return true;
  if (value & PTE_RESERVED) return false;
  uint64_t pa = pte_pa(value);
  if (address < area->pmd) return !pte_leaf(value) && range_within(pa, PAGE, area->pmd, area->pte);
  if (address >= area->pte) return host_may_map(pa, PAGE);
  if (!pte_leaf(value)) return range_within(pa, PAGE, area->pte, area->end);
  return pa % HUGE_PAGE == 0 && host_may_map(pa, HUGE_PAGE);
}

bool pt_area_allows(uint64_t address, uint64_t value) {
  /* Until there are parts, nothing is private yet; what is written now is looked at when they are made. */
  return !pt_area.separated || entry_allowed(&pt_area, address, value);
}

static bool has_root_in(uint64_t satp, const struct pt_area *area) {
  return (satp & SATP_MODE) == SATP_SV39 && range_within((satp & SATP_PPN) << PAGE_SHIFT, PAGE, area->base, area->pmd);
}

int64_t pt_area_separate(uint64_t pgd_order, uint64_t pmd_order) {
  uint64_t pages = (pt_area.end - pt_area.base) / PAGE;
  if (pt_area.base == 0 || pt_area.separated) return -1;
  if (pgd_order > 30 || pmd_order > 30 || (1ul << pgd_order) + (1ul << pmd_order) >= pages) return -1;
  struct pt_area parts = pt_area;
  parts.pmd = parts.base + (PAGE << pgd_order);
  parts.pte = parts.pmd + (PAGE << pmd_order);
  parts.separated = true;

  if (!has_root_in(csr_read(satp), &parts)) return -1;
  for (uint64_t table = parts.base; table < parts.end; table += PAGE) {
    if (page_empty(at(table))) continue;
    for (uint64_t address = table; address < table + PAGE; address += sizeof(uint64_t)) {
      uint64_t entry = *(uint64_t *)at(address);
      if (!entry_allowed(&parts, address, entry)) return -1;
      pt_area_mark(table, entry);
    }
  }
  pt_area = parts;
  csr_set(mstatus, MSTATUS_TVM);
  flush_translations();
  return 0;
}

bool satp_allowed(uint64_t satp) { return !pt_area.separated || has_root_in(satp, &pt_area); }

bool host_guarded(void) { return pt_area.separated; }

/* A loop over the entries of a table, and one over those of the used tables of a part. */
#define EACH_IN_TABLE(entry, table) \
  _Pragma("GCC unroll 8") for (uint64_t *entry = at(table); entry < (uint64_t *)at((table) + PAGE); entry++)
#define EACH_ENTRY(entry, from, to)                               \
  for (uint64_t table_ = (from); table_ < (to); table_ += PAGE)   \
    if (has(used, table_)) EACH_IN_TABLE(entry, table_)

bool host_can_unmap(uint64_t pa, uint64_t size) {
  EACH_ENTRY(entry, pt_area.pmd, pt_area.pte) {
    if (!(*entry & PTE_V) || !pte_leaf(*entry)) continue;
    uint64_t start = pte_pa(*entry);
    if (!ranges_overlap(start, HUGE_PAGE, pa, size)) continue;
    if (start < pa || start + HUGE_PAGE > pa + size) return false;
  }
  return true;
}

static void unmap(uint64_t *entry) {
  *entry = (*entry & ~PTE_V) | PTE_UNMAPPED;
  add(unmapped, (uint64_t)entry);
}

/* The page number of an entry or an address at the top of a word, so that what is below and above it does not matter. */
#define ENTRY_PAGE(entry) ((entry) << 10)
#define PA_PAGE(pa) ((pa) >> PAGE_SHIFT << 20)

void host_unmap(uint64_t pa, uint64_t size) {
  EACH_ENTRY(entry, pt_area.pmd, pt_area.pte) {
    if ((*entry & PTE_V) && pte_leaf(*entry) && ranges_overlap(pte_pa(*entry), HUGE_PAGE, pa, size)) unmap(entry);
  }
  uint64_t first = PA_PAGE(pa), length = PA_PAGE(size);
  EACH_ENTRY(entry, pt_area.pte, pt_area.end) {
    if (ENTRY_PAGE(*entry) - first < length && (*entry & PTE_V)) unmap(entry);
  }
}

void host_remap(uint64_t from, uint64_t to) {
  /* Huge pages that begin below overlap the range as well. */
  uint64_t first = PA_PAGE(from & ~(HUGE_PAGE - 1)), length = PA_PAGE(to) - first;
  for (uint64_t table = pt_area.pmd; table < pt_area.end; table += PAGE) {
    if (!has(unmapped, table)) continue;
    EACH_IN_TABLE(entry, table) {
      if (ENTRY_PAGE(*entry) - first >= length || (*entry & (PTE_V | PTE_UNMAPPED)) != PTE_UNMAPPED) continue;
      uint64_t value = (*entry & ~PTE_UNMAPPED) | PTE_V;
      if (pte_leaf(value) && entry_allowed(&pt_area, (uint64_t)entry, value)) *entry = value;
    }
  }
}

int64_t schrodinger_init(uint64_t pa, uint64_t size) {
  return host_guarded() && host_owns_pages(pa, size) && host_can_unmap(pa, size) ? 0 : -1;
}
