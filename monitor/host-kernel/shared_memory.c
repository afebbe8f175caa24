#include "shared_memory.h"

#include <penglai_abi.h>
#include <stddef.h>

#include "page_table.h"
#include "pages.h"
#include "sbi.h"
#include "user_memory.h"

#define MOST_PIECES 128
#define FIRST_ID 0x10000

static struct shared_piece pieces[MOST_PIECES];

int shared_create(enum shared_kind kind, uint64_t size) {
  uint64_t count = (size + PAGE_SIZE - 1) / PAGE_SIZE;
  for (int index = 0; count > 0 && index < MOST_PIECES; index++) {
    struct shared_piece *piece = &pieces[index];
    if (piece->size != 0) continue;
    bool to_give = kind == SCHRODINGER_PAGES;
    uint64_t pa = to_give ? pages_allocate_to_give(count) : pages_allocate(count);
    if (pa == 0) return -1;
    if (to_give) pages_zero(pa, count);
    if (to_give && monitor_call(SBI_SCHRODINGER_INIT, pa, count * PAGE_SIZE, 0, 0, 0) != 0) {
      pages_free(pa, count);
      return -1;
    }
    *piece = (struct shared_piece){.id = FIRST_ID + index, .kind = kind, .pa = pa, .size = count * PAGE_SIZE};
    return piece->id;
  }
  return -1;
}

struct shared_piece *shared_find(enum shared_kind kind, int id) {
  if (id < FIRST_ID || id >= FIRST_ID + MOST_PIECES) return NULL;
  struct shared_piece *piece = &pieces[id - FIRST_ID];
  return piece->size != 0 && piece->kind == kind && !piece->removed ? piece : NULL;
}

uint64_t shared_range(enum shared_kind kind, int id, uint64_t offset, uint64_t size) {
  const struct shared_piece *piece = shared_find(kind, id);
  if (piece == NULL || offset % PAGE_SIZE != 0 || size % PAGE_SIZE != 0 || size == 0) return 0;
  return offset <= piece->size && size <= piece->size - offset ? piece->pa + offset : 0;
}

uint64_t shared_attach(struct shared_piece *piece) {
  uint64_t va = user_addresses(piece->size);
  if (user_map(va, piece->pa, piece->size, PTE_R | PTE_W)) return va;
  page_table_unmap_user(va, piece->size);
  return 0;
}

void shared_detach(struct shared_piece *piece, uint64_t va) {
  page_table_unmap_user(va, piece->size);
}

static void free_unused(struct shared_piece *piece) {
  if (!piece->removed || piece->users > 0) return;
  if (piece->kind == SCHRODINGER_PAGES) {
    /* An enclave may still own them. */
    pages_lend(piece->pa, piece->size / PAGE_SIZE);
    pages_collect();
  } else {
    pages_free(piece->pa, piece->size / PAGE_SIZE);
  }
  piece->size = 0;
}

void shared_remove(struct shared_piece *piece) {
  piece->removed = true;
  free_unused(piece);
}

void shared_retain(struct shared_piece *piece) {
  if (piece != NULL) piece->users++;
}

void shared_release(struct shared_piece *piece) {
  if (piece == NULL) return;
  piece->users--;
  free_unused(piece);
}
