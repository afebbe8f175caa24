/*
 * Walks the host's first tables of an enclave. Each page of the region gets its role in the owner map as it is met, so
 * that none is met twice: no table is also memory, and the walk ends after as many pages as there are.
 */

#include "layout.h"

#include "owner.h"
#include "pte.h"

#include "penglai_abi.h"

struct walk {
  struct layout *layout;
  uint64_t pa, end;
};

static bool take(const struct walk *walk, uint64_t page, enum page_role role) {
  if (page <= walk->pa || page >= walk->end || owner_role(page) != ROLE_NONE) return false;
  owner_set_role(page, role);
  return true;
}

static bool check_leaf(const struct walk *walk, uint64_t pte, uint64_t va) {
  bool legal = (pte & PTE_U) && !(pte & PTE_G) && !((pte & PTE_W) && !(pte & PTE_R));
  if (!legal || va >= SPACE_FIRST_END || !take(walk, pte_pa(pte), ROLE_LEAF)) return false;
  if (pte & PTE_W) walk->layout->writable++;
  return true;
}

static bool check_table(const struct walk *walk, uint64_t table, uint64_t va, int level) {
  if (!take(walk, table, ROLE_TABLE)) return false;
  walk->layout->tables++;
  const uint64_t *entries = at(table);
  for (uint64_t index = 0; index < PTE_COUNT; index++) {
    if (index % LINE_WORDS == 0 && line_empty(&entries[index])) {
      index += LINE_WORDS - 1;
      continue;
    }
    uint64_t pte = entries[index];
    if (!(pte & PTE_V)) continue;
    uint64_t here = va + (index << (PAGE_SHIFT + 9 * level));
    if (pte & PTE_RESERVED) return false;
    if (level == 0 ? !pte_leaf(pte) || !check_leaf(walk, pte, here)
                   : (pte & (PTE_FLAGS & ~0x300ul)) != PTE_V || !check_table(walk, pte_pa(pte), here, level - 1))
      return false;
  }
  return true;
}

bool layout_check(struct layout *layout, uint64_t pa, uint64_t end) {
  struct walk walk = {.layout = layout, .pa = pa, .end = end};
  *layout = (struct layout){0};
  bool good = check_table(&walk, pa + PAGE, 0, 2);
  owner_set(pa, end - pa, OWNER_HOST, 0);
  return good;
}

static void settle(void *context, uint64_t va, uint64_t *pte) {
  (void)context;
  uint64_t written = *pte & PTE_W ? PTE_D : 0;
  *pte = pte_make(pte_pa(*pte), (*pte & PTE_RWX) | PTE_V | PTE_U | PTE_A | written);
  if (va >= ENCLAVE_DEFAULT_MMAP_BASE) memset(at(pte_pa(*pte)), 0, PAGE);
}

void layout_settle(const struct space *space) { space_each_page(space, settle, 0); }
