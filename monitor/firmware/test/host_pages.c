/* SM_INIT, separation, SET_PTE, satp, sfence.vma, and what a host may not. */

#include "host.h"

static uint64_t set_pte(uint64_t operation, uint64_t a1, uint64_t a2, uint64_t a3) {
  return (uint64_t)call(SBI_SET_PTE, operation, a1, a2, a3, 0).a0;
}

static uint64_t word(uint64_t pa) { return *(volatile uint64_t *)pa; }

static uint64_t satp_of(uint64_t root) { return 8ul << 60 | root >> 12; }

static uint64_t fault_of_load(uint64_t va) {
  last_fault = 0;
  probe_load(va);
  return last_fault;
}

static uint64_t fault_of_store(uint64_t va) {
  last_fault = 0;
  probe_store(va, 0);
  return last_fault;
}

void test_host_pages(void) {
  static volatile uint32_t ready;
  CHECK(call(SBI_SM_PRINT, 0, 0, 0, 0, 0).a0 == 0);
  CHECK(call(87654, 0, 0, 0, 0, 0).a0 == -2);
  CHECK(call(SBI_MEMORY_EXTEND, 0x83000000, PAGE, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_SM_PT_AREA_SEPARATION, PGD_ORDER, PMD_ORDER, 0, 0, 0).a0 == -1);

  uint64_t flag = (uint64_t)&ready;
  CHECK(call(SBI_SM_INIT, pt_area + PAGE, pt_area_size, map_area, map_size, flag).a0 == -1);
  CHECK(call(SBI_SM_INIT, 0x80000000, pt_area_size, map_area, map_size, flag).a0 == -1);
  CHECK(call(SBI_SM_INIT, pt_area, pt_area_size, map_area, PAGE, flag).a0 == -1);
  CHECK(call(SBI_SM_INIT, pt_area, pt_area_size, pt_area, pt_area_size, flag).a0 == -1);
  CHECK(call(SBI_SM_INIT, pt_area, pt_area_size, map_area, map_size, 0x80001000).a0 == -1);
  CHECK(call(SBI_SM_INIT, pt_area, pt_area_size, map_area, map_size, map_area).a0 == -1);
  CHECK(ready == 0);
  CHECK(value(call(SBI_SM_INIT, pt_area, pt_area_size, map_area, map_size, flag)) == 0);
  CHECK(ready == 1);
  CHECK(call(SBI_SM_INIT, pt_area, pt_area_size, map_area, map_size, flag).a0 == -1);

  /* Monitor and owner map are closed, page tables can be read. */
  CHECK(fault_of_load(0x80000000) == 5 && fault_of_store(0x80000000) == 7);
  CHECK(fault_of_load(map_area) == 5 && fault_of_store(map_area) == 7);
  CHECK(fault_of_load(pt_area) == 0 && fault_of_store(pt_area) == 7);

  CHECK(call(SBI_SM_PT_AREA_SEPARATION, 8, PMD_ORDER, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_SM_PT_AREA_SEPARATION, ~0ul, PMD_ORDER, 0, 0, 0).a0 == -1);
  /* Not while the host runs without its tables, or by others. */
  CHECK(call(SBI_SM_PT_AREA_SEPARATION, PGD_ORDER, PMD_ORDER, 0, 0, 0).a0 == -1);
  uint64_t root = pt_area + PAGE;
  probe_satp(satp_of(root));
  CHECK(value(call(SBI_SM_PT_AREA_SEPARATION, PGD_ORDER, PMD_ORDER, 0, 0, 0)) == 0);

  /* satp: only a root in the first part. */
  uint64_t pmd = pt_area + (PAGE << PGD_ORDER), pte = pmd + (PAGE << PMD_ORDER);
  last_fault = 0;
  probe_satp(satp_of(pmd));
  CHECK(last_fault == 2);
  last_fault = 0;
  probe_satp(satp_of(root));
  CHECK(last_fault == 0);
  last_fault = 0;
  probe_satp(0);
  CHECK(last_fault == 2);
  uint64_t satp;
  __asm__ volatile("csrr %0, satp" : "=r"(satp));
  CHECK(satp == satp_of(root));
  __asm__ volatile("sfence.vma" ::: "memory");
  last_fault = 0;
  probe_illegal(0);
  CHECK(last_fault == 2);

  /* Entries: levels stay levels. */
  uint64_t pointer_to_pte = pte >> 12 << 10 | 1, pointer_to_pmd = pmd >> 12 << 10 | 1;
  uint64_t huge = 0x80200000ul >> 12 << 10 | 0xcf;
  CHECK(set_pte(SET_PTE_ONE, root + 8, pointer_to_pte, 0) == -1ul);
  CHECK(set_pte(SET_PTE_ONE, root + 8, huge, 0) == -1ul);
  CHECK(set_pte(SET_PTE_ONE, root + 8, pointer_to_pmd, 0) == 0);
  CHECK(word(root + 8) == pointer_to_pmd);
  CHECK(set_pte(SET_PTE_ONE, pmd + PAGE, pointer_to_pmd, 0) == -1ul);
  CHECK(set_pte(SET_PTE_ONE, pmd + PAGE, pointer_to_pte, 0) == 0);
  CHECK(set_pte(SET_PTE_ONE, pmd + PAGE, huge | 1 << 10, 0) == -1ul);
  CHECK(set_pte(SET_PTE_ONE, pmd + PAGE, huge, 0) == 0);
  CHECK(set_pte(SET_PTE_ONE, pmd + PAGE + 4, 0, 0) == -1ul);
  CHECK(set_pte(SET_PTE_ONE, pt_area - 8, 0, 0) == -1ul);
  CHECK(set_pte(SET_PTE_ONE, pt_area + pt_area_size, 0, 0) == -1ul);
  CHECK(set_pte(SET_PTE_ONE, pte + 0x80000, 0x80200000ul >> 12 << 10 | 1ul << 63 | 0xcf, 0) == -1ul);
  CHECK(set_pte(9, pte, 0, 0) == -1ul);

  /* Many at once: all or nothing. */
  uint64_t target = pt_area + pt_area_size - PAGE, source = pages(1, 1);
  for (int index = 0; index < 512; index++) ((uint64_t *)source)[index] = (source >> 12 << 10) | 0xcf;
  CHECK(set_pte(PTE_MEMCPY, target, source, 12) == -1ul);
  CHECK(set_pte(PTE_MEMCPY, target, 0x80000000, 8) == -1ul);
  CHECK(set_pte(PTE_MEMCPY, target, map_area, 8) == -1ul);
  CHECK(set_pte(PTE_MEMCPY, target, source, 2 * PAGE) == -1ul);
  CHECK(set_pte(PTE_MEMCPY, target, source, -8ul) == -1ul);
  CHECK(word(target) == 0);
  CHECK(set_pte(PTE_MEMCPY, target, source, PAGE) == 0);
  CHECK(word(target + PAGE - 8) == word(source));
  CHECK(set_pte(PTE_MEMCPY, target + 8, target, 16) == 0);
  CHECK(set_pte(PTE_MEMSET, target, 1, PAGE) == -1ul);
  CHECK(set_pte(PTE_MEMSET, target, 0, 2 * PAGE) == -1ul);
  CHECK(set_pte(PTE_MEMSET, target, 0, PAGE) == 0);
  CHECK(word(target) == 0 && word(target + PAGE - 8) == 0);
  struct pt_area_batch_t *batch = (struct pt_area_batch_t *)pages(1, 1);
  batch[0] = (struct pt_area_batch_t){target, {.ptep_entry = word(source)}};
  batch[1] = (struct pt_area_batch_t){root + 8, {.ptep_entry = pointer_to_pte}};
  CHECK(set_pte(SET_PTE_BATCH_SET, (uint64_t)batch, 2, 0) == -1ul && word(target) == 0);
  CHECK(set_pte(SET_PTE_BATCH_SET, (uint64_t)batch, 1, 0) == 0 && word(target) == word(source));
  batch[0].entity.ptep_size = 8;
  batch[1] = (struct pt_area_batch_t){pt_area, {.ptep_size = pt_area_size + 8}};
  CHECK(set_pte(SET_PTE_BATCH_ZERO, (uint64_t)batch, 2, 0) == -1ul && word(target) == word(source));
  CHECK(set_pte(SET_PTE_BATCH_ZERO, (uint64_t)batch, 1, 0) == 0 && word(target) == 0);
  CHECK(set_pte(SET_PTE_BATCH_ZERO, (uint64_t)batch, ~0ul, 0) == -1ul);
  CHECK(set_pte(SET_PTE_BATCH_ZERO, pt_area, 1, 0) == -1ul);

  /* A 2 MiB page becomes 512 small ones. */
  uint64_t pmd_entry = pmd + PAGE;
  CHECK(call(SBI_SM_MAP_PTE, pmd_entry + 4, target, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_SM_MAP_PTE, pmd_entry, target + 8, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_SM_MAP_PTE, pmd_entry, source, 0, 0, 0).a0 == -1);
  CHECK(value(call(SBI_SM_MAP_PTE, pmd_entry, target, 0, 0, 0)) == 0);
  CHECK(word(pmd_entry) == (target >> 12 << 10 | 1));
  CHECK(word(target + 8) == (0x80201000ul >> 12 << 10 | 0xcf));
  CHECK(call(SBI_SM_MAP_PTE, pmd_entry, target, 0, 0, 0).a0 == -1);
  CHECK(set_pte(SET_PTE_ONE, pmd_entry, 0, 0) == 0);
  CHECK(set_pte(SET_PTE_ONE, root + 8, 0, 0) == 0);
  CHECK(set_pte(PTE_MEMSET, target, 0, PAGE) == 0);

  CHECK(value(call(SBI_SCHRODINGER_INIT, pages(2, 1), 2 * PAGE, 0, 0, 0)) == 0);
  CHECK(call(SBI_SCHRODINGER_INIT, 0x80201000, PAGE, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_SCHRODINGER_INIT, map_area, PAGE, 0, 0, 0).a0 == -1);
}

void test_pool(void) {
  struct made made = prepare(&test_pool, "nobody");
  CHECK(call(SBI_CREATE_ENCLAVE, (uint64_t)made.param, 0, 0, 0, 0).a0 == -2);
  uint64_t chunk = pages(64, 64);
  CHECK(call(SBI_MEMORY_EXTEND, chunk + 8, PAGE, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_MEMORY_EXTEND, chunk, 0, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_MEMORY_EXTEND, chunk, -PAGE, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_MEMORY_EXTEND, 0x80000000, PAGE, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_MEMORY_EXTEND, pt_area, PAGE, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_MEMORY_EXTEND, 0x80201000, PAGE, 0, 0, 0).a0 == -1);
  CHECK(value(call(SBI_MEMORY_EXTEND, chunk, 64 * PAGE, 0, 0, 0)) == 0);
  CHECK(call(SBI_MEMORY_EXTEND, chunk, PAGE, 0, 0, 0).a0 == -1);
  CHECK(fault_of_load(chunk) == 13);
  CHECK(set_pte(SET_PTE_ONE, pte_address(chunk), chunk >> 12 << 10 | 0xcf, 0) == -1ul);
  CHECK(fault_of_load(chunk) == 13);
}
