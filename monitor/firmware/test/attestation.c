/* Reports: to the host and to enclaves; whether they are right is checked from outside, by what is printed. */

#include "guest.h"

#define REPORT (DATA + 0x100)

GUEST(reports) {
  (void)a0, (void)a1, (void)a2, (void)a3, (void)a4;
  if (ecall4(SBI_GET_REPORT, 0, 0x1000, 9, 0) != -1ul) leave(1);
  if (ecall4(SBI_GET_REPORT, name_at(0x58), REPORT, 9, 0) != -1ul) leave(2);
  if (ecall4(SBI_GET_REPORT, 0, REPORT, 9, 0) != 0) leave(3);
  if (WORD(REPORT + 256) != 9) leave(4);
  /* Signature of the hash, which the host compares with its own report. */
  leave(WORD(REPORT + 160));
  for (;;) continue;
}

static void print_bytes(const char *name, const uint8_t *bytes, int count) {
  print(name);
  for (int index = 0; index < count; index += 8) {
    uint64_t number = 0;
    for (int byte = 0; byte < 8; byte++) number = number << 8 | bytes[index + byte];
    print_hex(number);
  }
  print("\n");
}

void test_attestation(void);

void test_attestation(void) {
  struct report_t *report = (struct report_t *)pages(1, 1), *other = (struct report_t *)pages(1, 1);
  struct made made;
  uint64_t eid = (uint64_t)make(guest_of(reports), "reports", SBI_CREATE_ENCLAVE, &made);
  CHECK(value(call(SBI_ATTEST_ENCLAVE, eid, made.pa, 9, 0, 0)) == -1);
  CHECK(value(call(SBI_ATTEST_ENCLAVE, eid, (uint64_t)report + PAGE - 4, 9, 0, 0)) == 0);
  CHECK(value(call(SBI_ATTEST_ENCLAVE, eid, map_area - 8, 9, 0, 0)) == -1);
  CHECK(value(call(SBI_ATTEST_ENCLAVE, eid + 1, (uint64_t)report, 9, 0, 0)) == -1);
  CHECK(value(call(SBI_ATTEST_ENCLAVE, eid, (uint64_t)report, 9, 0, 0)) == 0);
  CHECK(report->enclave.nonce == 9);
  CHECK(value(call(SBI_ATTEST_ENCLAVE, eid, (uint64_t)other, 10, 0, 0)) == 0);
  CHECK(*(uint64_t *)other->enclave.hash != *(uint64_t *)report->enclave.hash);
  CHECK(*(uint64_t *)other->sm.signature == *(uint64_t *)report->sm.signature);
  print_bytes("monitor key ", report->sm.sm_pub_key, 64);
  print_bytes("device key ", report->dev_pub_key, 64);
  print_bytes("monitor hash ", report->sm.hash, 32);
  print_bytes("monitor signature ", report->sm.signature, 64);
  print_bytes("enclave hash ", report->enclave.hash, 32);
  print_bytes("enclave signature ", report->enclave.signature, 64);
  CHECK(run(eid) == 0 && mail->retval == *(uint64_t *)report->enclave.hash);

  /* A fork is measured as its template. */
  uint64_t template = (uint64_t)make(guest_of(reports), "reports", SBI_CREATE_SHADOW_ENCLAVE, 0);
  CHECK(value(call(SBI_ATTEST_SHADOW_ENCLAVE, template + 5, (uint64_t)report, 9, 0, 0)) == -1);
  CHECK(value(call(SBI_ATTEST_SHADOW_ENCLAVE, template, (uint64_t)report, 9, 0, 0)) == 0);
  CHECK(fork(template, "fork") == 0 && mail->retval == *(uint64_t *)report->enclave.hash);
  CHECK(value(call(SBI_DESTROY_SHADOW_ENCLAVE, template, 0, 0, 0, 0)) == 0);
}
