/* mmap, unmap, sbrk, getrandom, keys: what the host gives, and what it gets back. */

#include "guest.h"

GUEST(maps) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  uint64_t bad = ocall(OCALL_MMAP, 0x123, PAGE) | ocall(OCALL_MMAP, 0, 0) | ocall(OCALL_MMAP, PAGE, 12);
  if (bad != 0) leave(1);
  uint64_t first = ocall(OCALL_MMAP, 0, 3 * PAGE);
  if (first != ENCLAVE_DEFAULT_MMAP_BASE - 3 * PAGE) leave(2);
  for (uint64_t offset = 0; offset < 3 * PAGE; offset += 8)
    if (WORD(first + offset) != 0) leave(3);
  WORD(first) = 11;
  WORD(first + 3 * PAGE - 8) = 12;
  uint64_t second = ocall(OCALL_MMAP, 0, PAGE);
  if (second != first - PAGE) leave(4);
  WORD(second) = 13;
  uint64_t chosen = ocall(OCALL_MMAP, 0x2000000000, PAGE);
  if (chosen != 0x2000000000) leave(5);
  if (ocall(OCALL_UNMAP, second, 2 * PAGE) != -1ul || ocall(OCALL_UNMAP, 0x1000, PAGE) != -1ul) leave(6);
  if (ocall(OCALL_UNMAP, second, PAGE) != 0) leave(7);
  if (WORD(first) != 11) leave(8);
  uint64_t third = ocall(OCALL_MMAP, PAGE, PAGE);
  if (third == PAGE || WORD(third) != 0) leave(9);
  leave(100);
  for (;;) continue;
}

GUEST(breaks) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  uint64_t base = ENCLAVE_DEFAULT_HEAP_BASE;
  if (ocall(OCALL_SBRK, 0, 0) != base || ocall(OCALL_SBRK, 12, 0) != -1ul) leave(1);
  if (ocall(OCALL_SBRK, -PAGE, 0) != -1ul || ocall(OCALL_SBRK, 1ul << 62, 0) != -1ul) leave(2);
  if (ocall(OCALL_SBRK, PAGE, 0) != base + PAGE) leave(3);
  uint64_t top = ocall(OCALL_SBRK, 2 * PAGE, 0);
  if (top != base + 3 * PAGE) leave(4);
  /* Not a constant for the compiler, which would put one where guests have no memory. */
  __asm__ volatile("" : "+r"(top));
  if (WORD(base) != 0 || WORD(top - 8) != 0) leave(5);
  WORD(base) = 1;
  WORD(top - 8) = 2;
  if (ocall(OCALL_SBRK, -2 * PAGE, 0) != base + PAGE) leave(6);
  if (WORD(base) != 1) leave(7);
  WORD(base + PAGE) = 1;
  leave(8);
  for (;;) continue;
}

GUEST(keys) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  uint64_t key = DATA + 0x100, other = DATA + 0x200;
  if (ecall4(SBI_GET_KEY, ENCLAVE_KEY, key, 32, 0) != 0) leave(1);
  if (ecall4(SBI_GET_KEY, STORAGE_KEY, other, 32, 0) != 0) leave(2);
  if (WORD(key) == WORD(other) || WORD(key) == 0) leave(3);
  uint64_t word = WORD(key);
  if (ecall4(SBI_GET_KEY, ENCLAVE_KEY, key, 32, 0) != 0 || WORD(key) != word) leave(4);
  if (ecall4(SBI_GET_KEY, ATTEST_KEY, key, 32, 0) != -1ul) leave(5);
  if (ecall4(SBI_GET_KEY, ENCLAVE_KEY, 0x1000, 32, 0) != -1ul) leave(6);
  if (ecall4(SBI_GET_KEY, ENCLAVE_KEY, 0x80200000, 32, 0) != -1ul) leave(7);
  if (ecall4(SBI_GET_KEY, ENCLAVE_KEY, -16ul, 32, 0) != -1ul) leave(8);
  if (ecall4(SBI_GET_KEY, ENCLAVE_KEY, key, 1ul << 40, 0) != -1ul) leave(9);
  if (ocall(OCALL_GETRANDOM, key, 20) != 20 || ocall(OCALL_GETRANDOM, other, 16) != 16) leave(10);
  if (WORD(key) == word || WORD(key) == WORD(other) || WORD(key) == 0) leave(11);
  if (ocall(OCALL_GETRANDOM, 0x1000, 8) != -1ul || ocall(OCALL_GETRANDOM, key, 0) != -1ul ||
      ocall(OCALL_GETRANDOM, DATA, 1ul << 20) != -1ul) leave(12);
  if (ocall(99, 0, 0) != -1ul || ecall2(SBI_GET_CALLER_ID, 0, 0) != -1ul) leave(13);
  leave(ecall2(SBI_GET_ENCLAVE_ID, 0, 0));
  for (;;) continue;
}

static uint64_t fault_of_load(uint64_t va) {
  last_fault = 0;
  probe_load(va);
  return last_fault;
}

static uint64_t dirty(uint64_t count) {
  uint64_t pa = pages(count, 1);
  for (uint64_t offset = 0; offset < count * PAGE; offset += 8) *(volatile uint64_t *)(pa + offset) = -1ul;
  return pa;
}

static void test_mmap(void) {
  struct made made;
  uint64_t eid = (uint64_t)make(guest_of(maps), "maps", SBI_CREATE_ENCLAVE, &made);
  CHECK(run(eid) == ENCLAVE_OCALL && mail->ocall_id == OCALL_MMAP && mail->arg1 == 4 * PAGE);
  uint64_t first = dirty(4);
  CHECK(answer(eid, first, 3 * PAGE) == -1);
  CHECK(answer(eid, first + 8, 4 * PAGE) == -1);
  CHECK(answer(eid, 0x80000000, 4 * PAGE) == -1);
  CHECK(answer(eid, made.pa, 4 * PAGE) == -1);
  CHECK(answer(eid, made.kbuffer - 3 * PAGE, 4 * PAGE) == -1);
  CHECK(answer(eid, pt_area, 4 * PAGE) == -1);
  CHECK(answer(eid, first, -4 * PAGE) == -1);
  CHECK(fault_of_load(first) == 0);
  CHECK(answer(eid, first, 4 * PAGE) == ENCLAVE_OCALL && mail->arg1 == 2 * PAGE);
  CHECK(fault_of_load(first) == 13 && fault_of_load(first + 3 * PAGE) == 13);
  uint64_t second = dirty(2), third = dirty(2);
  CHECK(answer(eid, second, 2 * PAGE) == ENCLAVE_OCALL);
  CHECK(answer(eid, third, 2 * PAGE) == ENCLAVE_OCALL && mail->ocall_id == OCALL_UNMAP);
  CHECK(mail->arg0 == second && mail->arg1 == 2 * PAGE);
  CHECK(fault_of_load(second) == 0 && *(uint64_t *)(second + PAGE) == 0 && *(uint64_t *)second == second);
  CHECK(answer(eid, 0, 0) == ENCLAVE_OCALL && mail->ocall_id == OCALL_MMAP);
  uint64_t fourth = dirty(2);
  CHECK(answer(eid, 0, 0) == -1);
  CHECK(answer(eid, fourth, 2 * PAGE) == 0 && mail->retval == 100);
  CHECK(fault_of_load(first) == 0 && fault_of_load(third) == 0 && *(uint64_t *)(first + PAGE) == 0);
  /* The list of what came back: newest first, the enclave's own memory last. */
  struct pm_area_struct *list = (struct pm_area_struct *)fourth;
  CHECK(list->paddr == fourth && list->pm_next == third);
  list = (struct pm_area_struct *)third;
  CHECK(list->paddr == third && list->pm_next == first);
  list = (struct pm_area_struct *)first;
  CHECK(list->size == 4 * PAGE && list->pm_next == made.pa);
  CHECK(((struct pm_area_struct *)made.pa)->pm_next == 0);
}

static void test_sbrk(void) {
  uint64_t eid = (uint64_t)make(guest_of(breaks), "breaks", SBI_CREATE_ENCLAVE, 0);
  CHECK(run(eid) == ENCLAVE_OCALL && mail->ocall_id == OCALL_SBRK && mail->arg1 == 2 * PAGE);
  uint64_t first = dirty(2), second = dirty(3);
  CHECK(answer(eid, first, 2 * PAGE) == ENCLAVE_OCALL && mail->arg1 == 3 * PAGE);
  CHECK(answer(eid, first, 3 * PAGE) == -1);
  CHECK(answer(eid, second, 3 * PAGE) == ENCLAVE_OCALL);
  CHECK(mail->ocall_id == OCALL_SBRK && mail->arg0 == second && mail->arg1 == -2 * PAGE);
  CHECK(fault_of_load(second) == 0 && *(uint64_t *)(second + 3 * PAGE - 8) == 0);
  /* It touches what it gave back, and dies. */
  CHECK(answer(eid, 0, 0) == -1);
  CHECK(fault_of_load(first) == 0 && *(uint64_t *)(first + PAGE) == 0);
}

void test_memory(void);

void test_memory(void) {
  test_mmap();
  test_sbrk();
  uint64_t eid = (uint64_t)make(guest_of(keys), "keys", SBI_CREATE_ENCLAVE, 0);
  CHECK(run(eid) == 0 && mail->retval == eid);
}
