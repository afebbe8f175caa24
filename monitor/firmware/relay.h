/*
 * Relay memory: belongs to a name, is mapped in the enclave of that name from ENCLAVE_DEFAULT_MM_ARG_BASE, and passes
 * from host to enclave, from enclave to enclave, and back, without a copy and with one owner at each time.
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "enclave.h"

/*
 * What the host gives in mm_arg_addr and mm_arg_size: nothing (address 0), its own pages, or (size 0) all that waits
 * for the name. 0 and the bytes in `bytes`, or -1, or -2 where the table is full. `but` may have the name already.
 */
int64_t relay_check(const char *name, const struct enclave *but, uint64_t addr, uint64_t size, uint64_t *bytes);
/* Whether there are tables to map so many bytes. */
bool relay_fits(const struct space *space, uint64_t bytes);
/* Does what relay_check allowed, for an enclave that holds none. */
void relay_attach(struct enclave *enclave, uint64_t addr, uint64_t size);

/* Gives all to the host, as it is, since that is what the enclave wants; `pa` and `bytes` tell the first. */
void relay_return_all(struct enclave *enclave, uint64_t *pa, uint64_t *bytes);
/* Gives all to the host, zeroed. */
void relay_give_back_all(struct enclave *enclave);

/* Leaves the memory for whoever has the name; or makes two of one at `point`. 0 or -1. */
int64_t relay_transfer(struct enclave *enclave, uint64_t va, uint64_t size, const char *name);
int64_t relay_split(struct enclave *enclave, uint64_t va, uint64_t size, uint64_t point);

/* The memory at the start of the range, or 0. */
struct relay_slot *relay_first(struct enclave *enclave);
/* Whether `to` can take it, with so many other tables needed; and the move. */
bool relay_can_move(const struct relay_slot *slot, struct enclave *to, uint64_t tables);
void relay_move(struct enclave *from, struct relay_slot *slot, struct enclave *to, uint32_t owed);
/* Zeroes it and gives it to the host. */
void relay_give_back(struct enclave *enclave, struct relay_slot *slot);

#endif
