/* The calls of Penglai: of the host, and of enclaves. */
#ifndef CALLS_H
#define CALLS_H

#include "frame.h"

/* Each serves one ecall, whose address `frame` is already past. */
void host_call(struct frame *frame);
void enclave_call(struct frame *frame);

#endif
