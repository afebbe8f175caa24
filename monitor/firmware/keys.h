/* The monitor's keys, and what is derived from them for enclaves. */
#ifndef KEYS_H
#define KEYS_H

#include <stdint.h>

#include "enclave.h"

/* Numbers and points of SM2, most significant byte first. For development: whoever reads the source knows them. */
extern const uint8_t device_private_key[PRIVATE_KEY_SIZE], device_public_key[PUBLIC_KEY_SIZE];
extern const uint8_t monitor_private_key[PRIVATE_KEY_SIZE], monitor_public_key[PUBLIC_KEY_SIZE];

/* Calls of an enclave: its key of a type, 0 or -1; random bytes, at most 64 KiB: how many, or -1. */
int64_t write_key(struct enclave *enclave, uint64_t type, uint64_t va, uint64_t size);
int64_t write_random(struct enclave *enclave, uint64_t va, uint64_t size);

#endif
