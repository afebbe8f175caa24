/* Attestation reports: a measurement and a nonce, signed by the monitor, whose own measurement the device signed. */
#ifndef ATTEST_H
#define ATTEST_H

#include <stdint.h>

#include "enclave.h"

/* To the host. 0 or -1. */
int64_t attest_enclave(uint64_t eid, uint64_t report, uint64_t nonce);
int64_t attest_template(uint64_t eid, uint64_t report, uint64_t nonce);
/* To an enclave: about itself where `name` is 0, else about the server of that name. 0 or -1. */
int64_t attest_for_enclave(struct enclave *enclave, uint64_t name, uint64_t report, uint64_t nonce);

#endif
