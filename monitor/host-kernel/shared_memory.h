/*
 * Memory that host programs share with enclaves: shared memory, which both sides have at once, and schrodinger pages,
 * which pass to the enclave and back. Each piece has an id.
 */
#ifndef SHARED_MEMORY_H
#define SHARED_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum shared_kind { SHARED_MEMORY, SCHRODINGER_PAGES };

struct shared_piece {
  int id;
  enum shared_kind kind;
  uint64_t pa;
  uint64_t size;
  /* How many enclaves have it in their page tables; the pages stay until that is none. */
  int users;
  bool removed;
};

/* The id of a new piece of `size` bytes, rounded up to pages; -1 if there is no memory. */
int shared_create(enum shared_kind kind, uint64_t size);

/* NULL if there is no such piece. */
struct shared_piece *shared_find(enum shared_kind kind, int id);

/* The range in the piece; 0 where there is no such piece or the range is not whole pages within it. */
uint64_t shared_range(enum shared_kind kind, int id, uint64_t offset, uint64_t size);

/* Maps the piece for the program; its address, or 0. */
uint64_t shared_attach(struct shared_piece *piece);
void shared_detach(struct shared_piece *piece, uint64_t va);

/* The id means nothing any more. */
void shared_remove(struct shared_piece *piece);

/* An enclave has it, or has it no more; of NULL nothing is kept. */
void shared_retain(struct shared_piece *piece);
void shared_release(struct shared_piece *piece);

#endif
