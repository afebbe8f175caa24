/* The store behind the sector ocalls: sectors of one page each, which pass through a piece of shared memory. */
#ifndef PERSISTENCY_H
#define PERSISTENCY_H

#include <stdint.h>

/* Makes the store, and sectors pass through the piece from now on; 0 or -1. */
long persistency_init(int shmid);

/* Copy a sector to or from the shared memory; 0 or -1. */
long persistency_read(uint64_t sector);
long persistency_write(uint64_t sector);

#endif
