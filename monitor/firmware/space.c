/* Walks of an enclave's tables: Sv39, three levels, 4 KiB pages only. */

#include "space.h"

#include "pte.h"

#include "penglai_abi.h"

enum { TOP_LEVEL = 2, INDEX_BITS = 9 };

/* Bytes that one entry of a level spans. */
static uint64_t span(int level) { return PAGE << INDEX_BITS * level; }

static uint64_t index_of(uint64_t va, int level) { return va >> (PAGE_SHIFT + INDEX_BITS * level) & (PTE_COUNT - 1); }

/* Whether the addresses are all of the lower or all of the upper half that Sv39 has. */
static bool canonical(uint64_t va, uint64_t size) {
  uint64_t half = 1ul << 38;
  if (va < half) return size <= half - va;
  return va >= -half && size <= -va;
}

uint64_t space_take_page(struct space *space) {
  uint64_t page = space->next;
  space->next += PAGE;
  memset(at(page), 0, PAGE);
  return page;
}

/* The entry of `va` at a level, or 0 where a table above it is missing. */
static uint64_t *entry_at(const struct space *space, uint64_t va, int level) {
  uint64_t *table = at(space->root);
  for (int above = TOP_LEVEL; above > level; above--) {
    uint64_t entry = table[index_of(va, above)];
    if (!(entry & PTE_V)) return 0;
    table = at(pte_pa(entry));
  }
  return &table[index_of(va, level)];
}

static uint64_t *make_entry(struct space *space, uint64_t va) {
  uint64_t *table = at(space->root);
  for (int level = TOP_LEVEL; level > 0; level--) {
    uint64_t *entry = &table[index_of(va, level)];
    if (!(*entry & PTE_V)) *entry = pte_make(space_take_page(space), PTE_V);
    table = at(pte_pa(*entry));
  }
  return &table[index_of(va, 0)];
}

bool space_unmapped(const struct space *space, uint64_t va, uint64_t size) {
  uint64_t end = va + size;
  while (va < end) {
    uint64_t *entry = entry_at(space, va, 0);
    if (entry == 0) {
      va = (va & ~(span(1) - 1)) + span(1);
      continue;
    }
    if (*entry & PTE_V) return false;
    va += PAGE;
  }
  return true;
}

uint64_t space_tables_missing(const struct space *space, uint64_t va, uint64_t size) {
  uint64_t missing = 0, end = va + size;
  for (int level = 1; level <= TOP_LEVEL; level++)
    for (uint64_t here = va & ~(span(level) - 1); here < end; here += span(level)) {
      uint64_t *entry = entry_at(space, here, level);
      if (entry == 0 || !(*entry & PTE_V)) missing++;
    }
  return missing;
}

void space_map_page(struct space *space, uint64_t va, uint64_t pte) { *make_entry(space, va) = pte; }

void space_map(struct space *space, uint64_t va, uint64_t pa, uint64_t size) {
  for (uint64_t offset = 0; offset < size; offset += PAGE)
    space_map_page(space, va + offset, pte_make(pa + offset, PTE_V | PTE_R | PTE_W | PTE_U | PTE_A | PTE_D));
}

void space_unmap(struct space *space, uint64_t va, uint64_t size) {
  for (uint64_t offset = 0; offset < size; offset += PAGE) {
    uint64_t *entry = entry_at(space, va + offset, 0);
    if (entry) *entry = 0;
  }
}

/* The physical address of a byte that user mode may access so, or 0. */
static uint64_t translate(const struct space *space, uint64_t va, uint64_t permission) {
  uint64_t *entry = entry_at(space, va, 0);
  uint64_t needed = PTE_V | PTE_U | permission;
  return entry && (*entry & needed) == needed ? pte_pa(*entry) + va % PAGE : 0;
}

static bool allowed(const struct space *space, uint64_t va, uint64_t size, uint64_t permission) {
  if (size == 0 || !canonical(va, size)) return false;
  for (uint64_t offset = 0; offset < size; offset += PAGE - (va + offset) % PAGE)
    if (translate(space, va + offset, permission) == 0) return false;
  return true;
}

bool space_readable(const struct space *space, uint64_t va, uint64_t size) {
  return allowed(space, va, size, PTE_R);
}

bool space_writable(const struct space *space, uint64_t va, uint64_t size) {
  return allowed(space, va, size, PTE_R | PTE_W);
}

/* The part of [va + offset, va + size) that lies in one page. */
static uint64_t piece(uint64_t va, uint64_t size, uint64_t offset) {
  uint64_t rest = PAGE - (va + offset) % PAGE;
  return rest < size - offset ? rest : size - offset;
}

bool space_read(const struct space *space, void *to, uint64_t va, uint64_t size) {
  if (!space_readable(space, va, size)) return false;
  for (uint64_t offset = 0, part; offset < size; offset += part) {
    part = piece(va, size, offset);
    memcpy((uint8_t *)to + offset, at(translate(space, va + offset, PTE_R)), part);
  }
  return true;
}

bool space_write(struct space *space, uint64_t va, const void *from, uint64_t size) {
  if (!space_writable(space, va, size)) return false;
  for (uint64_t offset = 0, part; offset < size; offset += part) {
    part = piece(va, size, offset);
    memcpy(at(translate(space, va + offset, PTE_W)), (const uint8_t *)from + offset, part);
  }
  return true;
}

bool space_read_name(const struct space *space, char *name, uint64_t va) {
  memset(name, 0, NAME_LEN);
  for (uint64_t offset = 0, part; offset < NAME_LEN; offset += part) {
    part = piece(va, NAME_LEN, offset);
    if (!space_readable(space, va + offset, part)) return false;
    const char *from = at(translate(space, va + offset, PTE_R));
    for (uint64_t index = 0; index < part; index++) {
      name[offset + index] = from[index];
      if (from[index] == 0) return true;
    }
  }
  return true;
}

static void each_page(uint64_t *table, uint64_t va, int level, space_visitor *visit, void *context) {
  for (uint64_t index = 0; index < PTE_COUNT; index++) {
    if (index % LINE_WORDS == 0 && line_empty(&table[index])) {
      index += LINE_WORDS - 1;
      continue;
    }
    uint64_t *pte = &table[index], here = va + index * span(level);
    if (!(*pte & PTE_V)) continue;
    /* The upper half of the addresses is the upper half of the top table. */
    if (level == TOP_LEVEL && index >= PTE_COUNT / 2) here |= -1ul << 39;
    if (level == 0)
      visit(context, here, pte);
    else
      each_page(at(pte_pa(*pte)), here, level - 1, visit, context);
  }
}

void space_each_page(const struct space *space, space_visitor *visit, void *context) {
  each_page(at(space->root), 0, TOP_LEVEL, visit, context);
}
