/* Calls between enclaves. */
#ifndef SERVER_H
#define SERVER_H

#include <stdint.h>

#include "enclave.h"
#include "frame.h"

/* The eid of the server whose name is at `name`, or -1. */
int64_t acquire_server(struct enclave *enclave, uint64_t name);
/* Calls of the running enclave; both change who runs, or set a0. */
void call_server(struct frame *frame, uint64_t eid, uint64_t arg);
void return_from_server(struct frame *frame, uint64_t arg);

/* Makes a server wait for the next call, with nothing left of this one. */
void end_call(struct enclave *server);
/* Gives to the host, zeroed, what callers passed to the server and will not have back: they are gone. */
void drop_passed_memory(struct enclave *server);

#endif
