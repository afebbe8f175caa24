/* What an enclave asks of the host, and the host's answers. */
#ifndef OCALL_H
#define OCALL_H

#include <stdint.h>

#include "enclave.h"
#include "frame.h"

/* An ocall of the running enclave, in its registers: leaves to the host, or sets a0. */
void do_ocall(struct frame *frame);
/* Leaves to the host with a request. */
void ask_host(struct frame *frame, uint64_t id, uint64_t arg0, uint64_t arg1);
/* The host's answer in its a2 to a4: ENTERED or an error that leaves the enclave waiting. */
int64_t resume_after_ocall(struct frame *frame, struct enclave *enclave);

#endif
