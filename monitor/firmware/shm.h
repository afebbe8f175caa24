/* Secure shared memory: enclaves that know a key share pages that the host cannot see. */
#ifndef SHM_H
#define SHM_H

#include <stdint.h>

#include "enclave.h"
#include "frame.h"

/* Ocalls of the running enclave. */
void shm_get(struct frame *frame, uint64_t key, uint64_t size);
void shm_detach(struct frame *frame, uint64_t key);
void shm_destroy(struct frame *frame, uint64_t key);
/* The host's memory for shm_get: 0, or -1 where it cannot be taken. */
int64_t shm_take(struct enclave *enclave, uint64_t pa, uint64_t bytes);

/* Calls of an enclave: the address or 0; 0 or -1. */
uint64_t shm_attach(struct enclave *enclave, uint64_t key);
int64_t shm_stat(struct enclave *enclave, uint64_t key, uint64_t description);

/* What waits for the host's memory will not come. */
void shm_cancel(struct enclave *enclave);
/* The end of an enclave. What goes back to the host is put before `list`. */
void shm_leave_all(struct enclave *enclave, uint64_t list);

#endif
