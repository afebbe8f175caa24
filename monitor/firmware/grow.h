/* mmap, unmap and sbrk: memory that the host gives to a running enclave, a page more than the enclave sees. */
#ifndef GROW_H
#define GROW_H

#include <stdint.h>

#include "enclave.h"
#include "frame.h"

void ask_for_memory(struct frame *frame, uint64_t va, uint64_t size);
void unmap_memory(struct frame *frame, uint64_t va, uint64_t size);
void move_break(struct frame *frame, int64_t size);

/* The host's answers: 0, or -1 where the memory cannot be taken. */
int64_t take_memory(struct enclave *enclave, uint64_t pa, uint64_t bytes);
int64_t take_heap(struct enclave *enclave, uint64_t pa, uint64_t bytes);

#endif
