/* Arguments and results in the host's memory, by physical address. */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "enclave.h"

/* Copies a structure of words whose address the host gives; false where it is not aligned or not all the host's. */
bool host_read(void *to, uint64_t pa, uint64_t size);
/* Copies bytes; false where they are not all the host's. */
bool host_write(uint64_t pa, const void *from, uint64_t size);
/* A word where the host still owns the place; 0 is no place. */
void host_write_word(uint64_t pa, uint64_t value);
/* Whether a place for a word, or for `size` bytes aligned to themselves, is the host's and not in [pa, pa + bytes). */
bool host_place(uint64_t place, uint64_t size, uint64_t pa, uint64_t bytes);
bool host_words_good(const struct host_words *words, uint64_t pa, uint64_t bytes);
/* Whether pages that the host wants to share are its own and not in [pa, pa + bytes). */
bool host_shareable(uint64_t shared, uint64_t size, uint64_t pa, uint64_t bytes);

#endif
