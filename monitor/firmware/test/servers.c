/* Server enclaves: names, calls, memory passed and given back, chains, and ends in the middle of a call. */

#include "guest.h"

/* Names as numbers, so that guests need no constant data. */
#define NAME_S 0x53ul /* "S" */
#define NAME_T 0x54ul
#define NAME_U 0x55ul

#define ARG ((struct call_enclave_arg_t *)(DATA + 0x800))

INLINE uint64_t call_by_name(uint64_t name, uint64_t value) {
  uint64_t server = ecall2(SBI_ACQUIRE_SERVER, name_at(name), 0);
  ARG->req_arg = value;
  return ecall2(SBI_CALL_ENCLAVE, server, (uint64_t)ARG);
}

/* Adds one, keeps count of its calls in its data page. */
GUEST(adds) {
  (void)a1, (void)a2, (void)a3, (void)a4;
  WORD(DATA)++;
  ARG->resp_val = a0 + WORD(DATA);
  give(ARG);
  for (;;) continue;
}

GUEST(calls_once) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  register uint64_t kept __asm__("s5") = 0x7777;
  __asm__ volatile("" : "+r"(kept));
  uint64_t result = call_by_name(NAME_S, 40);
  __asm__ volatile("" : "+r"(kept));
  if (kept != 0x7777 || result != 0) leave(1);
  leave(ARG->resp_val);
  for (;;) continue;
}

GUEST(no_server) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  if (ecall2(SBI_ACQUIRE_SERVER, name_at(NAME_U), 0) != -1ul) leave(1);
  if (ecall2(SBI_ACQUIRE_SERVER, 0x80000000, 0) != -1ul) leave(2);
  uint64_t server = ecall2(SBI_ACQUIRE_SERVER, name_at(NAME_S), 0);
  if (ecall2(SBI_CALL_ENCLAVE, server, 0) != -1ul) leave(3);
  if (ecall2(SBI_CALL_ENCLAVE, server, 0x1000) != -1ul) leave(4);
  if (ecall2(SBI_CALL_ENCLAVE, server + 4096, (uint64_t)ARG) != -1ul) leave(5);
  if (ecall2(SBI_CALL_ENCLAVE, ecall2(SBI_GET_ENCLAVE_ID, 0, 0), (uint64_t)ARG) != -1ul) leave(6);
  ARG->req_vaddr = 0x123;
  if (ecall2(SBI_CALL_ENCLAVE, server, (uint64_t)ARG) != -1ul) leave(7);
  ARG->req_vaddr = DATA;
  ARG->req_size = PAGE;
  if (ecall2(SBI_CALL_ENCLAVE, server, (uint64_t)ARG) != -1ul) leave(8);
  ARG->req_vaddr = ENCLAVE_DEFAULT_MM_ARG_BASE;
  if (ecall2(SBI_CALL_ENCLAVE, server, (uint64_t)ARG) != -1ul) leave(9);
  if (ecall2(SBI_ENCLAVE_RETURN, (uint64_t)ARG, 0) != -1ul) leave(10);
  leave(100);
  for (;;) continue;
}

/* Passes a range, finds it at the same place with what the server wrote. */
GUEST(passes) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  uint64_t va = ocall(OCALL_MMAP, 0, 3 * PAGE);
  WORD(va + PAGE) = 5;
  ARG->req_vaddr = va;
  ARG->req_size = 2 * PAGE;
  if (call_by_name(NAME_S, 1) != 0) leave(1);
  if (ARG->req_vaddr != va || WORD(va + PAGE) != 6) leave(2);
  if (ARG->resp_vaddr != va - PAGE || ARG->resp_size != PAGE || WORD(va - PAGE) != 9) leave(3);
  leave(ARG->resp_val);
  for (;;) continue;
}

GUEST(takes) {
  (void)a3, (void)a4;
  if (a2 != 2 * PAGE || WORD(a1 + PAGE) != 5) WORD(0) = 1;
  WORD(a1 + PAGE) = 6;
  uint64_t answer = ocall(OCALL_MMAP, 0, PAGE);
  WORD(answer) = 9;
  ARG->req_vaddr = a1;
  ARG->req_size = a2;
  ARG->resp_vaddr = answer;
  ARG->resp_size = PAGE;
  ARG->resp_val = a0 + ecall2(SBI_GET_CALLER_ID, 0, 0);
  give(ARG);
  for (;;) continue;
}

/* Calls T; tries to call itself and its caller's server. */
GUEST(middle) {
  (void)a1, (void)a2, (void)a3, (void)a4;
  if (call_by_name(NAME_S, 0) != -2ul) WORD(0) = 1;
  uint64_t result = call_by_name(NAME_T, a0 + 1);
  ARG->resp_val = result == 0 ? ARG->resp_val + 1 : 1000 + result;
  ARG->req_vaddr = 0;
  give(ARG);
  for (;;) continue;
}

/* The end of a chain: tries all above it, makes an ocall, yields. */
GUEST(last) {
  (void)a1, (void)a2, (void)a3, (void)a4;
  if (call_by_name(NAME_S, 0) != -2ul || call_by_name(NAME_T, 0) != -2ul) WORD(0) = 1;
  if (ecall2(SBI_EXIT_ENCLAVE, 3, 0) != -1ul) WORD(0) = 1;
  WORD(ENCLAVE_DEFAULT_KBUFFER) = 0x6b;
  ocall(OCALL_SYS_WRITE, 0, 0);
  ecall2(SBI_YIELD, 0, 0);
  ARG->resp_val = a0 + 1;
  ARG->req_vaddr = 0;
  ARG->resp_vaddr = 0;
  give(ARG);
  for (;;) continue;
}

GUEST(server_faults) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  WORD(0) = 1;
  for (;;) continue;
}

/* Passes what it was passed to T; T waits. */
GUEST(passes_on) {
  (void)a0, (void)a3, (void)a4;
  ARG->req_vaddr = a1;
  ARG->req_size = a2;
  uint64_t result = call_by_name(NAME_T, 0);
  ARG->resp_val = result;
  give(ARG);
  for (;;) continue;
}

GUEST(waits) {
  (void)a0, (void)a3, (void)a4;
  WORD(a1) = 3;
  ecall2(SBI_YIELD, 0, 0);
  ARG->req_vaddr = a1;
  ARG->req_size = a2;
  give(ARG);
  for (;;) continue;
}

GUEST(never_returns) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  for (;;) WORD(DATA)++;
}

GUEST(tries) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  leave(call_by_name(NAME_S, 1));
  for (;;) continue;
}

static int64_t destroy(uint64_t eid) { return value(call(SBI_DESTROY_ENCLAVE, eid, 0, 0, 0, 0)); }
static int64_t destroy_server(uint64_t eid) { return value(call(SBI_DESTROY_SERVER_ENCLAVE, eid, 0, 0, 0, 0)); }
static int64_t stop(uint64_t eid) { return value(call(SBI_STOP_ENCLAVE, eid, 0, 0, 0, 0)); }
static int64_t wake(uint64_t eid) { return value(call(SBI_RESUME_ENCLAVE, eid, RESUME_FROM_STOP, 0, 0, 0)); }
static uint64_t normal(const void *code) { return (uint64_t)make(code, "normal", SBI_CREATE_ENCLAVE, 0); }
static uint64_t server(const void *code, const char *name) {
  return (uint64_t)make(code, name, SBI_CREATE_SERVER_ENCLAVE, 0);
}

static void test_calls(void) {
  uint64_t s = server(guest_of(adds), "S");
  CHECK((int64_t)server(guest_of(adds), "S") == -1);
  CHECK(run(s) == -1 && resume(s) == -1 && stop(s) == -1);
  CHECK(run(normal(guest_of(calls_once))) == 0 && mail->retval == 41);
  CHECK(run(normal(guest_of(calls_once))) == 0 && mail->retval == 42);
  CHECK(run(normal(guest_of(no_server))) == 0 && mail->retval == 100);
  CHECK(destroy_server(s) == 0 && destroy_server(s) == -1);
  CHECK(run(normal(guest_of(calls_once))) == 0 && mail->retval == 1);
}

static void test_memory_passed(void) {
  uint64_t s = server(guest_of(takes), "S"), caller = normal(guest_of(passes));
  CHECK(run(caller) == ENCLAVE_OCALL);
  CHECK(answer(caller, pages(4, 1), 4 * PAGE) == ENCLAVE_OCALL && mail->ocall_id == OCALL_MMAP);
  CHECK(answer(s, pages(2, 1), 2 * PAGE) == -1);
  CHECK(answer(caller, pages(2, 1), 2 * PAGE) == 0 && mail->retval == caller + 1);
  CHECK(destroy_server(s) == 0);
}

/* A chain normal -> S -> T with an ocall and a yield at its end. */
static void test_chain(void) {
  struct made made;
  uint64_t s = server(guest_of(middle), "S"), t = server(guest_of(last), "T");
  uint64_t top = (uint64_t)make(guest_of(calls_once), "top", SBI_CREATE_ENCLAVE, &made), other;
  CHECK(run(top) == ENCLAVE_OCALL && *(uint64_t *)made.kbuffer == 0x6b);
  other = normal(guest_of(tries));
  CHECK(run(other) == 0 && (int64_t)mail->retval == -2);
  CHECK(resume(top) == -1 && stop(top) == -1 && resume(s) == -1 && resume(t) == -1);
  CHECK(answer(top, 0, 0) == ENCLAVE_YIELD);
  CHECK(stop(top) == 0 && resume(top) == 1 && wake(top) == 0);
  CHECK(resume(top) == 0 && mail->retval == 43);
  CHECK(destroy_server(s) == 0 && destroy_server(t) == 0);
}

/* Each enclave of a chain is destroyed in the middle of it. */
static void test_chain_ends(void) {
  for (int victim = 0; victim < 3; victim++) {
    uint64_t s = server(guest_of(middle), "S"), t = server(guest_of(last), "T"), top = normal(guest_of(calls_once));
    CHECK(run(top) == ENCLAVE_OCALL);
    if (victim == 0) {
      CHECK(destroy(top) == 0 && resume(top) == 0);
      /* Both servers serve again. */
      uint64_t next = normal(guest_of(calls_once));
      CHECK(run(next) == ENCLAVE_OCALL && answer(next, 0, 0) == ENCLAVE_YIELD);
      CHECK(resume(next) == 0 && mail->retval == 43);
      CHECK(destroy_server(s) == 0 && destroy_server(t) == 0);
    } else if (victim == 1) {
      CHECK(destroy_server(s) == 0);
      CHECK(answer(top, 0, 0) == -1);
      CHECK(resume(top) == 0 && mail->retval == 1);
      CHECK(destroy_server(t) == 0);
    } else {
      CHECK(destroy_server(t) == 0);
      CHECK(resume(top) == 0 && mail->retval == 999);
      CHECK(destroy_server(s) == 0);
    }
  }
}

static void test_faults(void) {
  server(guest_of(server_faults), "S");
  CHECK(run(normal(guest_of(tries))) == 0 && (int64_t)mail->retval == -1);
  CHECK(run(normal(guest_of(tries))) == 0 && (int64_t)mail->retval == -1);
  uint64_t t = server(guest_of(server_faults), "T"), s = server(guest_of(middle), "S");
  CHECK(run(normal(guest_of(calls_once))) == 0 && mail->retval == 999);
  CHECK(destroy_server(t) == -1 && destroy_server(s) == 0);
}

static bool is_hosts(uint64_t pa) {
  last_fault = 0;
  probe_load(pa);
  return last_fault == 0;
}

/* What a caller passed along a chain goes back to the host when the caller is gone; and not before. */
static void test_passed_memory_ends(void) {
  uint64_t s = server(guest_of(passes_on), "S"), t = server(guest_of(waits), "T");
  for (int round = 0; round < 2; round++) {
    uint64_t caller = normal(guest_of(passes)), pa = pages(4, 1);
    CHECK(run(caller) == ENCLAVE_OCALL && answer(caller, pa, 4 * PAGE) == ENCLAVE_YIELD && !is_hosts(pa));
    CHECK(round == 0 ? destroy(caller) == 0 : destroy_server(s) == 0);
    if (round == 0) {
      CHECK(is_hosts(pa) && *(uint64_t *)(pa + PAGE) == 0);
    } else {
      /* The call fails, the memory is lost with the server. */
      CHECK(is_hosts(pa) && *(uint64_t *)(pa + PAGE) == 0 && resume(caller) == 0 && mail->retval == 1);
    }
  }
  CHECK(destroy_server(t) == 0);
}

/* An interrupt in a server goes to the host process of the enclave that the host runs. */
static void test_interrupt(void) {
  uint64_t s = server(guest_of(never_returns), "S"), top = normal(guest_of(tries));
  set_timer(time_now() + 20);
  CHECK(run(top) == ENCLAVE_TIMER_IRQ);
  set_timer(time_now() + 20);
  CHECK(resume(s) == -1 && resume(top) == ENCLAVE_TIMER_IRQ);
  set_timer(~0ul);
  CHECK(stop(s) == -1 && stop(top) == 0 && resume(top) == 1);
  /* Without its server the call fails; it stays stopped until it is woken. */
  CHECK(destroy_server(s) == 0 && resume(top) == 1 && wake(top) == 0);
  CHECK(resume(top) == 0 && (int64_t)mail->retval == -1);
}

void test_servers(void);

void test_servers(void) {
  test_calls();
  test_memory_passed();
  test_chain();
  test_chain_ends();
  test_faults();
  test_interrupt();
  test_passed_memory_ends();
}
