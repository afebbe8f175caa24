/* Secure shared memory between enclaves. */

#include "guest.h"

#define KEY 5
#define STAT (DATA + 0x400)

GUEST(owner) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  if (ecall2(SBI_SHM_ATTACH, KEY, 0) != 0 || ecall2(SBI_SHM_STAT, KEY, STAT) != -1ul) leave(1);
  if (ecall4(SBI_ENCLAVE_OCALL, OCALL_SHM_GET, KEY, 12, 0) != -1ul) leave(2);
  uint64_t va = ecall4(SBI_ENCLAVE_OCALL, OCALL_SHM_GET, KEY, 2 * PAGE, 0);
  if (va != ENCLAVE_DEFAULT_SEC_SHM_BASE - 2 * PAGE || WORD(va) != 0) leave(3);
  if (ecall4(SBI_ENCLAVE_OCALL, OCALL_SHM_GET, KEY, PAGE, 0) != -1ul) leave(4);
  if (ecall2(SBI_SHM_ATTACH, KEY, 0) != va) leave(5);
  WORD(va) = 31;
  ecall2(SBI_YIELD, 0, 0);
  if (WORD(va) != 32) leave(6);
  if (ecall2(SBI_SHM_STAT, KEY, STAT) != 0 || WORD(STAT) != 1 || WORD(STAT + 8) != 2 * PAGE) leave(7);
  if (ecall2(SBI_SHM_STAT, KEY, 0x1000) != -1ul) leave(8);
  if (ocall(OCALL_SHM_DESTROY, KEY, 0) != 0) leave(9);
  if (ocall(OCALL_SHM_DETACH, KEY, 0) != 0) leave(10);
  if (ocall(OCALL_SHM_DETACH, KEY, 0) != -1ul || ocall(OCALL_SHM_DESTROY, KEY, 0) != 0) leave(11);
  WORD(va) = 1;
  for (;;) continue;
}

GUEST(guest) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  uint64_t va = ecall2(SBI_SHM_ATTACH, KEY, 0);
  if (ecall2(SBI_SHM_ATTACH, KEY + 1, 0) != 0) leave(1);
  if (va == 0 || WORD(va) != 31) leave(2);
  WORD(va)++;
  if (ecall2(SBI_SHM_STAT, KEY, STAT) != 0 || WORD(STAT) != 2) leave(3);
  leave(100);
  for (;;) continue;
}

void test_shm(void);

void test_shm(void) {
  uint64_t owner = (uint64_t)make(guest_of(owner), "owner", SBI_CREATE_ENCLAVE, 0), pa = pages(4, 1);
  CHECK(run(owner) == ENCLAVE_OCALL && mail->ocall_id == OCALL_SHM_GET && mail->arg1 == 3 * PAGE);
  CHECK(answer(owner, pa, 2 * PAGE) == -1 && answer(owner, map_area, 3 * PAGE) == -1);
  *(uint64_t *)(pa + PAGE) = -1ul;
  CHECK(answer(owner, pa, 3 * PAGE) == ENCLAVE_YIELD);
  last_fault = 0;
  probe_load(pa + PAGE);
  CHECK(last_fault == 13);
  CHECK(run((uint64_t)make(guest_of(guest), "guest", SBI_CREATE_ENCLAVE, 0)) == 0 && mail->retval == 100);
  CHECK(resume(owner) == ENCLAVE_OCALL && mail->ocall_id == OCALL_UNMAP);
  CHECK(mail->arg0 == pa && mail->arg1 == 3 * PAGE && *(uint64_t *)(pa + PAGE) == 0);
  CHECK(answer(owner, 0, 0) == -1);

  /* Who waits for memory and is destroyed leaves the key free. */
  owner = (uint64_t)make(guest_of(owner), "owner", SBI_CREATE_ENCLAVE, 0);
  CHECK(run(owner) == ENCLAVE_OCALL);
  CHECK(value(call(SBI_DESTROY_ENCLAVE, owner, 0, 0, 0, 0)) == 0);
  owner = (uint64_t)make(guest_of(owner), "owner", SBI_CREATE_ENCLAVE, 0);
  CHECK(run(owner) == ENCLAVE_OCALL && mail->ocall_id == OCALL_SHM_GET);
  CHECK(value(call(SBI_DESTROY_ENCLAVE, owner, 0, 0, 0, 0)) == 0);
}
