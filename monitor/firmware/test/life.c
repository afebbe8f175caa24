/* Create, run, interrupt, stop, resume, exit, destroy; and what the host sees of it. */

#include "guest.h"

GUEST(hello) {
  WORD(DATA) = 0x1234;
  uint64_t result = ocall(OCALL_SYS_WRITE, 7, 8);
  (void)a0, (void)a1, (void)a3, (void)a4;
  leave(result == OCALL_SYS_WRITE ? 100 + a2 : 1);
  for (;;) continue;
}

GUEST(spin) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  for (;;) WORD(DATA)++;
}

GUEST(yields) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  uint64_t result = ecall2(SBI_YIELD, 0x5a, 0);
  leave(result);
  for (;;) continue;
}

GUEST(faults) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  WORD(0x1000) = 1;
  for (;;) continue;
}

GUEST(bad_call) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  ecall2(1234, 0, 0);
  for (;;) continue;
}

GUEST(looks) {
  /* Returns 0 if all registers but those of the contract are 0. */
  __asm__ volatile(
      "or t0, x1, x3\n or t0, t0, x4\n or t0, t0, x6\n or t0, t0, x7\n or t0, t0, x8\n or t0, t0, x9\n"
      "or t0, t0, x15\n or t0, t0, x16\n or t0, t0, x17\n or t0, t0, x18\n or t0, t0, x19\n or t0, t0, x20\n"
      "or t0, t0, x21\n or t0, t0, x22\n or t0, t0, x23\n or t0, t0, x24\n or t0, t0, x25\n or t0, t0, x26\n"
      "or t0, t0, x27\n or t0, t0, x28\n or t0, t0, x29\n or t0, t0, x30\n or t0, t0, x31\n"
      "mv a0, t0\n li a6, 0x100101\n li a7, 99\n ecall\n");
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  for (;;) continue;
}

static uint64_t fault_of_load(uint64_t va) {
  last_fault = 0;
  probe_load(va);
  return last_fault;
}

static int64_t create(const struct made *made) {
  return value(call(SBI_CREATE_ENCLAVE, (uint64_t)made->param, 0, 0, 0, 0));
}

static void refused(struct made *made) {
  uint64_t before = mail->eid;
  CHECK(create(made) == -1);
  CHECK(mail->eid == before);
  CHECK(fault_of_load(made->pa) == 0);
}

/* Each way in which the memory or the parameters can be wrong. */
static void test_bad_layouts(void) {
  struct made made = prepare(guest_of(hello), "bad");
  struct penglai_enclave_create_param *param = made.param, good = *param;
  uint64_t *root = (uint64_t *)(made.pa + PAGE), *leaf = (uint64_t *)(made.pa + 3 * PAGE), code = leaf[1];
  CHECK(call(SBI_CREATE_ENCLAVE, 0x80000000, 0, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_CREATE_ENCLAVE, (uint64_t)param + 4, 0, 0, 0, 0).a0 == -1);
  CHECK(call(SBI_CREATE_ENCLAVE, -8ul, 0, 0, 0, 0).a0 == -1);
#define WRONG(field, number)         \
  param->field = (number);           \
  refused(&made);                    \
  *param = good;
  WRONG(eid_ptr, made.pa)
  WRONG(eid_ptr, 0x80001000)
  WRONG(eid_ptr, (uint64_t)&mail->eid + 2)
  WRONG(paddr, made.pa + 8)
  WRONG(paddr, 0x80000000)
  WRONG(paddr, pt_area)
  WRONG(size, 0)
  WRONG(size, PAGE)
  WRONG(size, -PAGE)
  WRONG(size, PAGE * 8 + 4)
  WRONG(free_mem, made.pa)
  WRONG(free_mem, made.pa + 4 * PAGE)
  WRONG(free_mem, made.pa + good.size)
  WRONG(kbuffer, made.pa)
  WRONG(kbuffer, map_area)
  WRONG(kbuffer_size, 0)
  WRONG(kbuffer_size, 8)
  WRONG(ecall_arg0, made.pa + PAGE)
  WRONG(retval, 0x80000008)
  WRONG(retval, (uint64_t)&mail->retval + 4)
  param->shm_paddr = made.pa;
  param->shm_size = PAGE;
  refused(&made);
  param->shm_paddr = good.kbuffer;
  param->shm_size = 12;
  refused(&made);
  *param = good;
#define WRONG_ENTRY(place, number)   \
  {                                  \
    uint64_t saved = place;          \
    place = (number);                \
    refused(&made);                  \
    place = saved;                   \
  }
  WRONG_ENTRY(leaf[5], code)                                /* the same page twice */
  WRONG_ENTRY(leaf[5], (made.pa + 3 * PAGE) >> 12 << 10 | 0xd7) /* its own table */
  WRONG_ENTRY(leaf[5], made.pa >> 12 << 10 | 0xd7)          /* the page that is kept back */
  WRONG_ENTRY(leaf[5], good.free_mem >> 12 << 10 | 0xd7)    /* pages for tables to come */
  WRONG_ENTRY(leaf[5], 0x80000000ul >> 12 << 10 | 0xd7)     /* the monitor */
  WRONG_ENTRY(leaf[1], code | 0x20)                         /* global */
  WRONG_ENTRY(leaf[1], code & ~0x10ul)                      /* not for user mode */
  WRONG_ENTRY(leaf[1], (code & ~0xful) | 5)                 /* writable, not readable */
  WRONG_ENTRY(leaf[1], code | 1ul << 60)                    /* reserved */
  WRONG_ENTRY(leaf[5], (made.pa + 2 * PAGE) >> 12 << 10 | 1) /* a pointer at the last level */
  WRONG_ENTRY(root[1], (made.pa + PAGE) >> 12 << 10 | 1)    /* a circle */
  WRONG_ENTRY(root[1], 0x80000000ul >> 12 << 10 | 0xd7)     /* a page of 1 GiB */
  WRONG_ENTRY(root[0xe0], (made.pa + 2 * PAGE) >> 12 << 10 | 1) /* a table twice, and beyond the stack */
  CHECK(create(&made) == 0);
  CHECK(mail->eid == 0);
  CHECK(fault_of_load(made.pa) == 13 && fault_of_load(made.pa + (REGION_PAGES - 1) * PAGE) == 13);
  CHECK(create(&made) == -1);
  CHECK(value(call(SBI_DESTROY_ENCLAVE, 0, 0, 0, 0, 0)) == 0);
  CHECK(fault_of_load(made.pa) == 0);
}

static bool zeroed(uint64_t pa, uint64_t from, uint64_t count) {
  for (uint64_t word = from; word < count * PAGE; word += 8)
    if (*(volatile uint64_t *)(pa + word) != 0) return false;
  return true;
}

static void test_run(void) {
  struct made made;
  int64_t eid = make(guest_of(hello), "hello", SBI_CREATE_ENCLAVE, &made);
  CHECK(eid == 1 << 12); /* slot 0 again, but another eid */
  CHECK(run(0) == -1 && resume(0) == 0 && value(call(SBI_STOP_ENCLAVE, 0, 0, 0, 0, 0)) == -1);
  CHECK(value(call(SBI_DESTROY_ENCLAVE, 0, 0, 0, 0, 0)) == -1);
  CHECK(resume((uint64_t)eid) == -1);
  CHECK(value(call(SBI_STOP_ENCLAVE, (uint64_t)eid, 0, 0, 0, 0)) == -1);
  CHECK(value(call(SBI_DESTROY_SERVER_ENCLAVE, (uint64_t)eid, 0, 0, 0, 0)) == -1);
  CHECK(run((uint64_t)eid) == ENCLAVE_OCALL);
  CHECK(mail->ocall_id == OCALL_SYS_WRITE);
  CHECK(run((uint64_t)eid) == -1 && resume((uint64_t)eid) == -1);
  CHECK(value(call(SBI_STOP_ENCLAVE, (uint64_t)eid, 0, 0, 0, 0)) == -1);
  CHECK(value(call(SBI_RESUME_ENCLAVE, (uint64_t)eid, RESUME_FROM_OCALL, OCALL_MMAP, made.pa, PAGE * 2)) == -1);
  CHECK(fault_of_load(made.pa + 7 * PAGE) == 13);
  CHECK(answer((uint64_t)eid, 0, 0) == ENCLAVE_SUCCESS);
  CHECK(mail->retval == 100);
  CHECK(fault_of_load(made.pa) == 0 && zeroed(made.pa, 32, REGION_PAGES));
  CHECK(*(uint64_t *)made.pa == made.pa && *(uint64_t *)(made.pa + 8) == REGION_PAGES * PAGE);
  CHECK(resume((uint64_t)eid) == 0 && run((uint64_t)eid) == -1);
}

static void test_interrupt(void) {
  int64_t eid = make(guest_of(spin), "spin", SBI_CREATE_ENCLAVE, 0);
  set_timer(time_now() + 20);
  CHECK(run((uint64_t)eid) == ENCLAVE_TIMER_IRQ);
  __asm__ volatile("csrs sie, %0\n csrsi sstatus, 2\n nop\n csrci sstatus, 2" ::"r"(0x20ul) : "memory");
  CHECK(last_interrupt == (1ul << 63 | 5));
  set_timer(time_now() + 20);
  CHECK(resume((uint64_t)eid) == ENCLAVE_TIMER_IRQ);
  CHECK(value(call(SBI_RESUME_ENCLAVE, (uint64_t)eid, RESUME_FROM_STOP, 0, 0, 0)) == -1);
  CHECK(value(call(SBI_STOP_ENCLAVE, (uint64_t)eid, 0, 0, 0, 0)) == 0);
  CHECK(resume((uint64_t)eid) == 1);
  CHECK(value(call(SBI_RESUME_ENCLAVE, (uint64_t)eid, RESUME_FROM_STOP, 0, 0, 0)) == 0);
  set_timer(time_now() + 20);
  CHECK(resume((uint64_t)eid) == ENCLAVE_TIMER_IRQ);
  set_timer(~0ul);
  CHECK(value(call(SBI_RESUME_ENCLAVE, (uint64_t)eid, 77, 0, 0, 0)) == 0);
  CHECK(value(call(SBI_DESTROY_ENCLAVE, (uint64_t)eid, 0, 0, 0, 0)) == 0);
  CHECK(value(call(SBI_DESTROY_ENCLAVE, (uint64_t)eid, 0, 0, 0, 0)) == -1);
}

static void test_ends(void) {
  int64_t eid = make(guest_of(yields), "yields", SBI_CREATE_ENCLAVE, 0);
  CHECK(run((uint64_t)eid) == ENCLAVE_YIELD);
  CHECK(resume((uint64_t)eid) == 0 && mail->retval == 0x5a);
  eid = make(guest_of(faults), "faults", SBI_CREATE_ENCLAVE, 0);
  CHECK(run((uint64_t)eid) == -1);
  CHECK(value(call(SBI_DESTROY_ENCLAVE, (uint64_t)eid, 0, 0, 0, 0)) == -1);
  eid = make(guest_of(bad_call), "bad call", SBI_CREATE_ENCLAVE, 0);
  CHECK(run((uint64_t)eid) == -1);
  eid = make(guest_of(looks), "looks", SBI_CREATE_ENCLAVE, 0);
  CHECK(run((uint64_t)eid) == 0 && mail->retval == 0);
}

void test_life(void) {
  test_bad_layouts();
  test_run();
  test_interrupt();
  test_ends();
}
