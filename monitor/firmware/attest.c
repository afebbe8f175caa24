/* Attestation reports. */

#include "attest.h"

#include "csr.h"
#include "host_memory.h"
#include "host_pages.h"
#include "keys.h"
#include "memory.h"
#include "sm2.h"
#include "sm3.h"

extern const uint8_t _firmware_start[], _measured_end[];

/* The monitor's part is the same in every report: hash of its code and constants, signed with the device's key. */
static const struct sm_report_t *monitor_report(void) {
  static struct sm_report_t report;
  static uint8_t made;
  if (!made) {
    struct sm3 hash;
    sm3_init(&hash);
    sm3_update(&hash, _firmware_start, (size_t)(_measured_end - _firmware_start));
    sm3_final(&hash, report.hash);
    sm2_sign(report.signature, device_private_key, report.hash);
    memcpy(report.sm_pub_key, monitor_public_key, PUBLIC_KEY_SIZE);
    made = 1;
  }
  return &report;
}

static void make_report(struct report_t *report, const uint8_t measurement[HASH_SIZE], uint64_t nonce) {
  report->sm = *monitor_report();
  struct sm3 hash;
  sm3_init(&hash);
  sm3_update(&hash, measurement, HASH_SIZE);
  sm3_update(&hash, &nonce, sizeof nonce);
  sm3_final(&hash, report->enclave.hash);
  sm2_sign(report->enclave.signature, monitor_private_key, report->enclave.hash);
  report->enclave.nonce = nonce;
  memcpy(report->dev_pub_key, device_public_key, PUBLIC_KEY_SIZE);
}

static int64_t to_host(uint64_t place, const uint8_t measurement[HASH_SIZE], uint64_t nonce) {
  struct report_t report;
  make_report(&report, measurement, nonce);
  return host_write(place, &report, sizeof report) ? 0 : ENCLAVE_ERROR;
}

int64_t attest_enclave(uint64_t eid, uint64_t report, uint64_t nonce) {
  const struct enclave *enclave = enclave_find(eid);
  if (!host_guarded() || enclave == 0 || enclave->host_satp != csr_read(satp)) return ENCLAVE_ERROR;
  if (enclave->state != ENCLAVE_FRESH && enclave->state != ENCLAVE_STOPPED) return ENCLAVE_ERROR;
  return to_host(report, enclave->hash, nonce);
}

int64_t attest_template(uint64_t eid, uint64_t report, uint64_t nonce) {
  const struct template *template = template_find(eid);
  return host_guarded() && template ? to_host(report, template->hash, nonce) : ENCLAVE_ERROR;
}

int64_t attest_for_enclave(struct enclave *enclave, uint64_t name_va, uint64_t place, uint64_t nonce) {
  const struct enclave *subject = enclave;
  if (name_va != 0) {
    char name[NAME_LEN];
    if (!space_read_name(&enclave->space, name, name_va)) return ENCLAVE_ERROR;
    subject = server_find(name);
  }
  if (subject == 0 || !space_writable(&enclave->space, place, sizeof(struct report_t))) return ENCLAVE_ERROR;
  struct report_t report;
  make_report(&report, subject->hash, nonce);
  return space_write(&enclave->space, place, &report, sizeof report) ? 0 : ENCLAVE_ERROR;
}
