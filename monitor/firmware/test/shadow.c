/* Templates and forks. */

#include "guest.h"

GUEST(forked) {
  (void)a0, (void)a1;
  /* Writable data is as the template had it, also after another fork wrote to its own. */
  if (WORD(DATA) != 0) leave(1);
  WORD(DATA) = 1;
  for (uint64_t va = ENCLAVE_DEFAULT_STACK_BASE - ENCLAVE_DEFAULT_STACK_SIZE; va < ENCLAVE_DEFAULT_STACK_BASE; va += 8)
    if (WORD(va) != 0) leave(2);
  if (ocall(OCALL_SBRK, 0, 0) != ENCLAVE_DEFAULT_HEAP_BASE) leave(3);
  if (a3 && (a3 != ENCLAVE_DEFAULT_MM_ARG_BASE || WORD(a3) != 22222 || a4 != PAGE)) leave(4);
  ecall2(SBI_YIELD, 0, 0);
  if (WORD(DATA) != 1) leave(5);
  leave(100 + a2);
  for (;;) continue;
}

GUEST(writes_code) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  WORD(0x1000) = 0;
  for (;;) continue;
}

static uint64_t fault_of_load(uint64_t va) {
  last_fault = 0;
  probe_load(va);
  return last_fault;
}

void test_shadow(void);

void test_shadow(void) {
  struct made made;
  uint64_t template = (uint64_t)make(guest_of(forked), "template", SBI_CREATE_SHADOW_ENCLAVE, &made);
  CHECK(template == 0 && fault_of_load(made.pa + 6 * PAGE) == 13);
  CHECK(run(template) == -1);
  CHECK(fork(77, "nobody") == -1);

  CHECK(fork(template, "one") == ENCLAVE_YIELD);
  uint64_t one = mail->eid;
  CHECK(fork(template, "two") == ENCLAVE_YIELD);
  uint64_t two = mail->eid, relay = pages(1, 1);
  *(uint64_t *)relay = 22222;
  CHECK(one != two);
  CHECK(fork_with(template, "two", relay, PAGE) == -1); /* the name is taken */
  CHECK(fork_with(template, "three", relay + 8, PAGE) == -1);
  CHECK(fork_with(template, "three", made.pa, PAGE) == -1);
  CHECK(fork_with(template, "three", relay, PAGE) == ENCLAVE_YIELD);
  uint64_t three = mail->eid;
  CHECK(fault_of_load(relay) == 13);

  CHECK(value(call(SBI_DESTROY_SHADOW_ENCLAVE, template, 0, 0, 0, 0)) == -1);
  CHECK(resume(one) == 0 && mail->retval == 100);
  CHECK(resume(three) == 0 && mail->retval == 102);
  CHECK(fault_of_load(relay) == 0 && *(uint64_t *)relay == 0);
  CHECK(value(call(SBI_DESTROY_SHADOW_ENCLAVE, template, 0, 0, 0, 0)) == -1);
  CHECK(value(call(SBI_DESTROY_ENCLAVE, two, 0, 0, 0, 0)) == 0);

  /* Too little memory for what a fork needs: nothing changes. */
  static struct penglai_shadow_enclave_run_param param;
  param.free_page = pages(24, 1);
  param.size = 24 * PAGE;
  param.eid_ptr = (uint64_t)&mail->eid;
  param.kbuffer = pages(1, 1);
  param.kbuffer_size = PAGE;
  *(uint64_t *)(param.free_page + PAGE) = 5;
  CHECK(value(call(SBI_RUN_SHADOW_ENCLAVE, template, (uint64_t)&param, 0, 0, 0)) == -1);
  CHECK(fault_of_load(param.free_page) == 0 && *(uint64_t *)(param.free_page + PAGE) == 5);
  CHECK(value(call(SBI_DESTROY_SHADOW_ENCLAVE, template, 0, 0, 0, 0)) == 0);
  CHECK(value(call(SBI_DESTROY_SHADOW_ENCLAVE, template, 0, 0, 0, 0)) == -1);
  CHECK(fault_of_load(made.pa) == 0 && *(uint64_t *)(made.pa + 6 * PAGE) == 0);

  template = (uint64_t)make(guest_of(writes_code), "template", SBI_CREATE_SHADOW_ENCLAVE, &made);
  CHECK(template == 1 << 12);
  CHECK(fork(template, "dies") == -1);
  CHECK(value(call(SBI_DESTROY_SHADOW_ENCLAVE, template, 0, 0, 0, 0)) == 0);
}
