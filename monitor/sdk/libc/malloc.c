/* First fit over one list of blocks in the order of their addresses; neighbours that are free grow together. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"

#define PAGE 4096
#define LEAST_GROWTH (16 * PAGE)
#define ALIGNMENT 16

struct block {
  size_t size; /* without this header */
  struct block *next;
  size_t is_free;
  size_t unused; /* keeps what follows aligned */
};

static struct block *first;

static size_t round_up(size_t size, size_t unit) {
  return (size + unit - 1) / unit * unit;
}

static char *end_of(struct block *block) {
  return (char *)(block + 1) + block->size;
}

static void join(struct block *block) {
  while (block->next != NULL && block->next->is_free && end_of(block) == (char *)block->next) {
    block->size += sizeof(struct block) + block->next->size;
    block->next = block->next->next;
  }
}

static void insert(struct block *block) {
  struct block **link = &first;
  struct block *before = NULL;
  while (*link != NULL && *link < block) {
    before = *link;
    link = &before->next;
  }
  block->next = *link;
  *link = block;
  join(block);
  if (before != NULL && before->is_free) join(before);
}

static struct block *find(size_t size) {
  for (struct block *block = first; block != NULL; block = block->next) {
    if (block->is_free && block->size >= size) return block;
  }
  return NULL;
}

static struct block *grow(size_t size) {
  size_t bytes = round_up(size + sizeof(struct block), PAGE);
  if (bytes < LEAST_GROWTH) bytes = LEAST_GROWTH;
  struct block *block = heap_grow(bytes);
  if (block == NULL) return NULL;
  *block = (struct block){.size = bytes - sizeof(struct block), .is_free = 1};
  insert(block);
  return find(size);
}

static void split(struct block *block, size_t size) {
  if (block->size < size + sizeof(struct block) + ALIGNMENT) return;
  struct block *rest = (struct block *)((char *)(block + 1) + size);
  *rest = (struct block){.size = block->size - size - sizeof(struct block), .next = block->next, .is_free = 1};
  block->size = size;
  block->next = rest;
}

void *malloc(size_t size) {
  if (size > SIZE_MAX / 2) return NULL;
  size = round_up(size == 0 ? 1 : size, ALIGNMENT);
  heap_lock();
  struct block *block = find(size);
  if (block == NULL) block = grow(size);
  if (block != NULL) {
    split(block, size);
    block->is_free = 0;
  }
  heap_unlock();
  return block == NULL ? NULL : block + 1;
}

void free(void *memory) {
  if (memory == NULL) return;
  heap_lock();
  struct block *block = (struct block *)memory - 1;
  block->is_free = 1;
  struct block *before = NULL;
  for (struct block *at = first; at != block; at = at->next) before = at;
  join(block);
  if (before != NULL && before->is_free) join(before);
  heap_unlock();
}

void *calloc(size_t count, size_t size) {
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  void *memory = malloc(count * size);
  if (memory != NULL) memset(memory, 0, count * size);
  return memory;
}

void *realloc(void *memory, size_t size) {
  if (memory == NULL) return malloc(size);
  size_t old_size = ((struct block *)memory - 1)->size;
  void *grown = malloc(size);
  if (grown == NULL) return NULL;
  memcpy(grown, memory, old_size < size ? old_size : size);
  free(memory);
  return grown;
}
