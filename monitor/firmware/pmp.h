/* Physical memory protection: what nobody but the monitor may touch, and what the host may only read. */
#ifndef PMP_H
#define PMP_H

#include <stdbool.h>
#include <stdint.h>

/* Whether one entry can hold the range: a power of two from a page, aligned to itself. */
bool pmp_range(uint64_t base, uint64_t size);
/* Closes the monitor's memory and the CLINT, opens all else. */
void pmp_init(void);
/* Host page tables: read-only. Owner map: closed. */
void pmp_guard(uint64_t pt_area, uint64_t pt_area_size, uint64_t map, uint64_t map_size);

#endif
