/* What malloc needs of the side that it runs on. */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

/* A new piece of heap of `size` bytes, a multiple of a page, or NULL. It need not touch the last one. */
void *heap_grow(size_t size);

/* Around each change of the heap. */
void heap_lock(void);
void heap_unlock(void);

#endif
