#ifndef CREATE_H
#define CREATE_H

#include <stdint.h>

/*
 * Creates an enclave of `type`, or a template, from the enclave_create_param at `param`: 0, -1, or -2 where the pool is
 * empty. An error leaves all as it was.
 */
int64_t create_enclave(uint64_t param, uint64_t type);

#endif
