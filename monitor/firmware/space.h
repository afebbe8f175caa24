/* The address space of one enclave: its page tables, which the monitor alone writes once the enclave is made. */
#ifndef SPACE_H
#define SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"

/* New tables come from [next, end), which is the enclave's own memory and not mapped anywhere. */
struct space {
  uint64_t root;
  uint64_t next, end;
};

static inline uint64_t space_pages_left(const struct space *space) { return (space->end - space->next) >> PAGE_SHIFT; }
/* A page of zeros; there must be one left. */
uint64_t space_take_page(struct space *space);

/* What an enclave sees below, and what the host may have mapped when it hands over the enclave's first tables. */
#define SPACE_FIRST_END 0x3800000000ul

/* Whether nothing is mapped in the pages of the range. */
bool space_unmapped(const struct space *space, uint64_t va, uint64_t size);
/* Tables that mapping the range would need beyond those that are there. */
uint64_t space_tables_missing(const struct space *space, uint64_t va, uint64_t size);
/* Maps whole pages readable and writable; there must be tables enough and nothing mapped. */
void space_map(struct space *space, uint64_t va, uint64_t pa, uint64_t size);
/* Maps one page with the flags of `pte`. */
void space_map_page(struct space *space, uint64_t va, uint64_t pte);
void space_unmap(struct space *space, uint64_t va, uint64_t size);

/* Copies from and to the enclave's memory as the enclave itself could; false, and nothing done, if it could not. */
bool space_read(const struct space *space, void *to, uint64_t va, uint64_t size);
bool space_write(struct space *space, uint64_t va, const void *from, uint64_t size);
bool space_readable(const struct space *space, uint64_t va, uint64_t size);
bool space_writable(const struct space *space, uint64_t va, uint64_t size);
/* A name of up to NAME_LEN bytes; the rest of `name` is zeros. */
bool space_read_name(const struct space *space, char *name, uint64_t va);

/* Gets each mapped page in the order of virtual addresses; it may change the entry. */
typedef void space_visitor(void *context, uint64_t va, uint64_t *pte);
void space_each_page(const struct space *space, space_visitor *visit, void *context);

#endif
