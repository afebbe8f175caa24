/* The measurement of an enclave: what it starts with, whoever made it. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>

#include "space.h"

#include "penglai_abi.h"

/*
 * SM3 over entry point (8), type (8), name (16), then for each mapped page in the order of addresses: virtual address
 * (8), permissions R = 2, W = 4, X = 8 (8), how many of its bytes come before nothing but zeros, in steps of 8 (8), and
 * these; last a nonce of 0 (8). Numbers least significant byte first. So zeros, as all of the stack is, cost next to
 * nothing.
 */
void measure(uint8_t hash[HASH_SIZE], const struct space *space, uint64_t entry_point, uint64_t type, const char *name);

#endif
