/* Relay memory: by the host, by name, through a call, in pieces, and back. */

#include "guest.h"

#define BASE ENCLAVE_DEFAULT_MM_ARG_BASE
#define ARG ((struct call_enclave_arg_t *)(DATA + 0x800))
#define NAME_B 0x42ul
#define NAME_S 0x53ul

/* Prints it to the host, as it were, and gets it again with other contents. */
GUEST(rewritten) {
  (void)a0, (void)a1, (void)a2;
  if (a3 != BASE || a4 != PAGE || WORD(BASE) != 22222) leave(1);
  WORD(BASE) = 1;
  if (ocall(OCALL_RETURN_RELAY_PAGE, 0, 0) != 0) leave(2);
  if (WORD(BASE) != 2) leave(3);
  if (ocall(OCALL_RETURN_RELAY_PAGE, 0, 0) != 0) leave(4);
  WORD(BASE) = 1;
  for (;;) continue;
}

/* Splits four pages and leaves the last two to B. */
GUEST(splits) {
  (void)a0, (void)a1, (void)a2, (void)a3;
  if (a4 != 4 * PAGE) leave(1);
  if (ecall4(SBI_SPLIT_MEM_REGION, BASE, 4 * PAGE, BASE, 0) != -1ul) leave(2);
  if (ecall4(SBI_SPLIT_MEM_REGION, BASE, 4 * PAGE, BASE + 4 * PAGE, 0) != -1ul) leave(3);
  if (ecall4(SBI_SPLIT_MEM_REGION, BASE, 4 * PAGE, BASE + 8, 0) != -1ul) leave(4);
  if (ecall4(SBI_SPLIT_MEM_REGION, BASE, 3 * PAGE, BASE + PAGE, 0) != -1ul) leave(5);
  if (ecall4(SBI_SPLIT_MEM_REGION, BASE, 4 * PAGE, BASE + 2 * PAGE, 0) != 0) leave(6);
  ARG->req_vaddr = BASE + 2 * PAGE;
  ARG->req_size = PAGE;
  if (ecall2(SBI_ASYN_ENCLAVE_CALL, name_at(NAME_B), (uint64_t)ARG) != -1ul) leave(7);
  ARG->req_size = 2 * PAGE;
  if (ecall2(SBI_ASYN_ENCLAVE_CALL, 0x80000000, (uint64_t)ARG) != -1ul) leave(8);
  uint64_t last = BASE + 3 * PAGE;
  __asm__ volatile("" : "+r"(last));
  WORD(last) = 77;
  if (ecall2(SBI_ASYN_ENCLAVE_CALL, name_at(NAME_B), (uint64_t)ARG) != 0) leave(9);
  if (ecall2(SBI_ASYN_ENCLAVE_CALL, name_at(NAME_B), (uint64_t)ARG) != -1ul) leave(10);
  leave(100);
  for (;;) continue;
}

GUEST(receives) {
  (void)a0, (void)a1, (void)a2;
  if (a3 != BASE || a4 != 2 * PAGE) leave(1);
  leave(WORD(a3 + PAGE));
  for (;;) continue;
}

/* Passes it to a server and has it back. */
GUEST(calls_with_relay) {
  (void)a0, (void)a1, (void)a2, (void)a3;
  uint64_t server = ecall2(SBI_ACQUIRE_SERVER, name_at(NAME_S), 0);
  ARG->req_vaddr = BASE;
  ARG->req_size = a4 + PAGE;
  if (ecall2(SBI_CALL_ENCLAVE, server, (uint64_t)ARG) != -1ul) leave(1);
  ARG->req_size = a4;
  if (ecall2(SBI_CALL_ENCLAVE, server, (uint64_t)ARG) != 0) leave(2);
  if (ARG->req_vaddr != BASE) leave(3);
  leave(WORD(BASE));
  for (;;) continue;
}

GUEST(serves_relay) {
  (void)a0, (void)a3, (void)a4;
  if (a1 != BASE || a2 != PAGE) WORD(0) = 1;
  WORD(a1)++;
  ecall2(SBI_YIELD, 0, 0);
  ARG->req_vaddr = a1;
  ARG->req_size = a2;
  give(ARG);
  for (;;) continue;
}

static uint64_t fault_of_load(uint64_t va) {
  last_fault = 0;
  probe_load(va);
  return last_fault;
}

static struct penglai_enclave_run_param param;

static int64_t run_with(uint64_t eid, uint64_t pa, uint64_t size) {
  param = (struct penglai_enclave_run_param){pa, size};
  return value(call(SBI_RUN_ENCLAVE, eid, (uint64_t)&param, 0, 0, 0));
}

static uint64_t relay_of(uint64_t count, uint64_t word) {
  uint64_t pa = pages(count, 1);
  *(uint64_t *)pa = word;
  return pa;
}

static void test_return(void) {
  uint64_t pa = relay_of(1, 22222), eid = (uint64_t)make(guest_of(rewritten), "A", SBI_CREATE_ENCLAVE, 0);
  CHECK(run_with(eid, pa + 8, PAGE) == -1 && run_with(eid, pa, 8) == -1 && run_with(eid, 0x80000000, PAGE) == -1);
  CHECK(run_with(eid, pa, 1ul << 40) == -1 && run_with(eid, pt_area, PAGE) == -1);
  CHECK(run_with(eid, pa, 0) == -1); /* nothing waits for it */
  CHECK(run_with(eid, pa, PAGE) == ENCLAVE_OCALL && mail->ocall_id == OCALL_RETURN_RELAY_PAGE);
  CHECK(mail->arg0 == pa && mail->arg1 == PAGE && fault_of_load(pa) == 0 && *(uint64_t *)pa == 1);
  *(uint64_t *)pa = 2;
  CHECK(answer(eid, pa + 8, PAGE) == -1);
  CHECK(answer(eid, pa, PAGE) == ENCLAVE_OCALL && fault_of_load(pa) == 0);
  CHECK(answer(eid, 0, 0) == -1); /* without any it dies at the next touch */
}

static void test_pieces(void) {
  uint64_t pa = relay_of(4, 0), eid = (uint64_t)make(guest_of(splits), "A", SBI_CREATE_ENCLAVE, 0);
  CHECK(run_with(eid, pa, 4 * PAGE) == 0 && mail->retval == 100);
  CHECK(fault_of_load(pa) == 0 && fault_of_load(pa + 2 * PAGE) == 13);
  eid = (uint64_t)make(guest_of(receives), "B", SBI_CREATE_ENCLAVE, 0);
  CHECK(run_with(eid, 1, 0) == 0 && mail->retval == 77);
  CHECK(fault_of_load(pa + 3 * PAGE) == 0 && *(uint64_t *)(pa + 3 * PAGE) == 0);
}

static void test_calls(void) {
  uint64_t server = (uint64_t)make(guest_of(serves_relay), "S", SBI_CREATE_SERVER_ENCLAVE, 0);
  uint64_t pa = relay_of(1, 5), eid = (uint64_t)make(guest_of(calls_with_relay), "A", SBI_CREATE_ENCLAVE, 0);
  CHECK(run_with(eid, pa, PAGE) == ENCLAVE_YIELD && fault_of_load(pa) == 13);
  CHECK(resume(eid) == 0 && mail->retval == 6);
  /* The caller is destroyed: what it passed goes back, and the server takes relay memory again. */
  pa = relay_of(1, 5);
  eid = (uint64_t)make(guest_of(calls_with_relay), "A", SBI_CREATE_ENCLAVE, 0);
  CHECK(run_with(eid, pa, PAGE) == ENCLAVE_YIELD);
  CHECK(value(call(SBI_DESTROY_ENCLAVE, eid, 0, 0, 0, 0)) == 0);
  CHECK(fault_of_load(pa) == 0 && *(uint64_t *)pa == 0);
  eid = (uint64_t)make(guest_of(calls_with_relay), "A", SBI_CREATE_ENCLAVE, 0);
  *(uint64_t *)pa = 8;
  CHECK(run_with(eid, pa, PAGE) == ENCLAVE_YIELD && resume(eid) == 0 && mail->retval == 9);
  CHECK(value(call(SBI_DESTROY_SERVER_ENCLAVE, server, 0, 0, 0, 0)) == 0);
}

void test_relay(void);

void test_relay(void) {
  test_return();
  test_pieces();
  test_calls();
}
