/* Memory that enclaves get while they run, and how it moves between them and back to the host. */
#ifndef REGIONS_H
#define REGIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "enclave.h"

/*
 * Where `mapped` bytes can go: at `wanted` if that is not 0 and nothing is there, else below the lowest mmap region. 0
 * where there is no room for address, record or tables; `tables` are needed for other things.
 */
uint64_t region_place(const struct enclave *enclave, uint64_t wanted, uint64_t mapped, uint64_t tables);
/* The mmap region that has all of the range, or 0. */
struct region *region_find(struct enclave *enclave, uint64_t va, uint64_t size);
/* Records and maps memory that is the enclave's already; there is room. */
struct region *region_add(struct enclave *enclave, enum region_kind kind, uint64_t va, uint64_t pa, uint64_t bytes);
/* Unmaps and forgets; the memory stays the enclave's. */
struct region region_remove(struct enclave *enclave, struct region *region);

/*
 * Gives memory back to the host, zeroed up to `used_end`, with a pm_area_struct at its start that names `next`. Returns
 * where it is.
 */
uint64_t give_back(uint64_t pa, uint64_t bytes, uint64_t used_end, uint64_t next);

#endif
