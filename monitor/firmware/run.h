/* The life of an enclave after its creation, as the host directs it. */
#ifndef RUN_H
#define RUN_H

#include <stdint.h>

#include "enclave.h"
#include "frame.h"

/* Each returns the host's result, or ENTERED where `frame` is an enclave's now. */
#define ENTERED INT64_MIN

int64_t run_enclave(struct frame *frame, uint64_t eid, uint64_t param);
int64_t stop_enclave(uint64_t eid);
int64_t resume_enclave(struct frame *frame, uint64_t eid, uint64_t reason);
int64_t destroy_enclave(uint64_t eid);
int64_t destroy_server(uint64_t eid);

/* How many enclaves were started since the last template was created; each start gets the number. */
void reset_run_count(void);
uint64_t next_run_count(void);

/* Maps the page for messages to the host, and the memory that the host application shares. */
void share_kbuffer(struct enclave *enclave, uint64_t pa, uint64_t bytes);
void share_host_memory(struct enclave *enclave, uint64_t pa, uint64_t bytes);
/* The registers with which an enclave starts: shared and relay memory in a0 to a4. */
void set_start_arguments(struct enclave *enclave, uint64_t count, uint64_t relay_bytes);

/* Ends the enclave that runs: its result is for the host, or for the caller that waits for it. */
void exit_enclave(struct frame *frame, uint64_t result);
void kill_enclave(struct frame *frame);

#endif
