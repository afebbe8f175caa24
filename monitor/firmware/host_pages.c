/* The area of the host's page tables, its separation, and what goes on in it when pages change their owner. */

#include "host_pages.h"

#include "csr.h"
#include "host_area.h"
#include "owner.h"
#include "pmp.h"
#include "pte.h"

struct pt_area pt_area;

/*
 * Tables that ever got an entry that is not 0: only those are looked through when pages change owner, so that this
 * costs what the host uses and not what it reserved.
 */
#define MOST_TABLES (0x40000000ul / PAGE)
static uint64_t used[MOST_TABLES / 64];

static uint64_t table_number(uint64_t pa) { return (pa - pt_area.base) >> PAGE_SHIFT; }

void pt_area_mark(uint64_t pa) { used[table_number(pa) / 64] |= 1ul << table_number(pa) % 64; }

static bool marked(uint64_t pa) { return used[table_number(pa) / 64] >> table_number(pa) % 64 & 1; }

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
    for (uint64_t address = table; address < table + PAGE; address += sizeof(uint64_t))
      if (!entry_allowed(&parts, address, *(uint64_t *)at(address))) return -1;
    pt_area_mark(table);
  }
  pt_area = parts;
  csr_set(mstatus, MSTATUS_TVM);
  flush_translations();
  return 0;
}

bool satp_allowed(uint64_t satp) { return !pt_area.separated || has_root_in(satp, &pt_area); }

bool host_guarded(void) { return pt_area.separated; }

/* A loop over the entries of the used tables of a part. */
#define EACH_ENTRY(entry, from, to)                                         \
  for (uint64_t table_ = (from); table_ < (to); table_ += PAGE)             \
    for (uint64_t *entry = at(marked(table_) ? table_ : table_ + PAGE); \
         entry < (uint64_t *)at(table_ + PAGE); entry++)

bool host_can_unmap(uint64_t pa, uint64_t size) {
  EACH_ENTRY(entry, pt_area.pmd, pt_area.pte) {
    if (!(*entry & PTE_V) || !pte_leaf(*entry)) continue;
    uint64_t start = pte_pa(*entry);
    if (!ranges_overlap(start, HUGE_PAGE, pa, size)) continue;
    if (start < pa || start + HUGE_PAGE > pa + size) return false;
  }
  return true;
}

/* Marks an entry that the monitor made invalid; the host's own invalid entries stay so. */
#define PTE_UNMAPPED (1ul << 62)

void host_unmap(uint64_t pa, uint64_t size) {
  EACH_ENTRY(entry, pt_area.pmd, pt_area.pte)
  if ((*entry & PTE_V) && pte_leaf(*entry) && ranges_overlap(pte_pa(*entry), HUGE_PAGE, pa, size))
    *entry = (*entry & ~PTE_V) | PTE_UNMAPPED;
  uint64_t first = pa >> PAGE_SHIFT, count = size >> PAGE_SHIFT;
  EACH_ENTRY(entry, pt_area.pte, pt_area.end)
  if ((*entry << 10 >> 20) - first < count && (*entry & PTE_V)) *entry = (*entry & ~PTE_V) | PTE_UNMAPPED;
}

void host_remap(void) {
  EACH_ENTRY(entry, pt_area.pmd, pt_area.end) {
    if ((*entry & (PTE_V | PTE_UNMAPPED)) != PTE_UNMAPPED) continue;
    uint64_t value = (*entry & ~PTE_UNMAPPED) | PTE_V;
    if (pte_leaf(value) && entry_allowed(&pt_area, (uint64_t)entry, value)) *entry = value;
  }
}

int64_t schrodinger_init(uint64_t pa, uint64_t size) {
  return host_guarded() && host_owns_pages(pa, size) && host_can_unmap(pa, size) ? 0 : -1;
}
