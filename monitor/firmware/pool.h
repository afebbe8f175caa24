/* The monitor's pool: pages that the host gives for good, for the records of enclaves and templates. */
#ifndef POOL_H
#define POOL_H

#include <stdint.h>

/* 0 or -1. */
int64_t pool_extend(uint64_t pa, uint64_t size);
/* A page of zeros, or 0. */
void *pool_take(void);
void pool_give(void *page);

#endif
