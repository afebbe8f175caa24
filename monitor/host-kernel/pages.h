/*
 * Physical pages. The kernel and its programs take theirs from the bottom of memory; what is to belong to enclaves or
 * to the monitor is taken from the top, so that few large pages of the kernel's own mapping have to be split.
 *
 * A page that was given away is "lent". The monitor takes it out of the page tables of the host, and puts it back
 * when nobody owns it any more: that is how the host learns of it (`pages_collect`). What an enclave left in its pages
 * is never looked at.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stdint.h>

#define PAGE_SIZE 4096ul
#define LARGE_PAGE_SIZE (512 * PAGE_SIZE)

/* What the kernel uses at most. */
#define MOST_MEMORY (512ul << 20)

/* From here on all memory of `[base, base + size)` is free; `size` is at most MOST_MEMORY. */
void pages_init(uint64_t base, uint64_t size);

/* Takes pages of the range that are free out of use for ever. */
void pages_reserve(uint64_t pa, uint64_t size);

/* Contiguous zeroed pages for the host itself; 0 if there are none. */
uint64_t pages_allocate(uint64_t count);

/* Pages to be given away: no large page of the host's mapping reaches beyond them. Anything may be in them. */
uint64_t pages_allocate_to_give(uint64_t count);

void pages_zero(uint64_t pa, uint64_t count);

void pages_free(uint64_t pa, uint64_t count);

/* The monitor was told of these pages; they are free when it has given them back. */
void pages_lend(uint64_t pa, uint64_t count);

/* Frees what the monitor has given back. */
void pages_collect(void);

#endif
