/*
 * Who runs. While an enclave does, the host's registers and what it can see of the machine wait here; there is one host
 * context a hart, however deep enclaves call each other.
 */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "enclave.h"
#include "frame.h"

/* The enclave that was interrupted by this trap, or 0 for the host. */
struct enclave *running(void);

/* From the host into an enclave: its state becomes RUNNING, `frame` its registers. */
void enter_enclave(struct frame *frame, struct enclave *enclave);
/* From one enclave into another; the state of the first is the caller's to set. */
void switch_enclave(struct frame *frame, struct enclave *to);
/* From the enclave that runs to the host, which finds `result` as the result of its call. */
void leave_enclave(struct frame *frame, int64_t result);

/* A result as the host gets it: 0 to 100 in a1 after a0 = 0, others in a0. */
void host_result(struct frame *frame, int64_t result);
/* Interrupts that fired while an enclave ran, for the host. */
void host_timer_fired(void);

/* The registers of an enclave that starts: nothing but stack pointer and entry point. */
void start_frame(struct enclave *enclave);

#endif
