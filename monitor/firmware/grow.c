/* mmap, unmap, sbrk. */

#include "grow.h"

#include "context.h"
#include "memory.h"
#include "ocall.h"
#include "owner.h"
#include "regions.h"

/* More than an address space has is not worth a question. */
#define MOST_ASKED (1ul << 39)

void ask_for_memory(struct frame *frame, uint64_t va, uint64_t size) {
  uint64_t mapped = (size + PAGE - 1) & ~(PAGE - 1);
  bool good = size != 0 && size < MOST_ASKED && (va == 0 || (page_aligned(va) && mapped == size));
  if (!good) {
    frame->x[A0] = 0;
    return;
  }
  running()->ocall = (struct ocall){.va = va, .size = mapped};
  ask_host(frame, OCALL_MMAP, 0, mapped + PAGE);
}

/* Whether the host's pages can become the enclave's: at least what was asked for, and the page more. */
static bool enough(uint64_t pa, uint64_t bytes, uint64_t wanted) {
  return page_aligned(bytes) && bytes > PAGE && bytes - PAGE >= wanted && can_claim(pa, bytes);
}

static void take(struct enclave *enclave, uint64_t pa, uint64_t bytes) {
  claim(pa, bytes, OWNER_ENCLAVE, enclave->slot);
  memset(at(pa), 0, bytes);
}

int64_t take_memory(struct enclave *enclave, uint64_t pa, uint64_t bytes) {
  if (!enough(pa, bytes, enclave->ocall.size)) return ENCLAVE_ERROR;
  uint64_t va = region_place(enclave, enclave->ocall.va, bytes - PAGE, 0);
  if (va == 0) return ENCLAVE_ERROR;
  take(enclave, pa, bytes);
  region_add(enclave, REGION_MMAP, va, pa, bytes);
  enclave->frame.x[A0] = va;
  return 0;
}

void unmap_memory(struct frame *frame, uint64_t va, uint64_t size) {
  struct region *region = region_find(running(), va, size);
  if (region == 0) {
    frame->x[A0] = (uint64_t)ENCLAVE_ERROR;
    return;
  }
  struct region removed = region_remove(running(), region);
  give_back(removed.pa, removed.bytes, removed.pa + removed.bytes, 0);
  ask_host(frame, OCALL_UNMAP, removed.pa, removed.bytes);
}

/* Gives back the heap from the top down to `end`, in the pieces in which it came. Returns the list of them. */
static uint64_t shrink(struct enclave *enclave, uint64_t end) {
  uint64_t list = 0;
  for (uint64_t index = enclave->region_count; index-- > 0;) {
    struct region *region = &enclave->regions[index];
    if (region->kind != REGION_HEAP || region->va < end) continue;
    struct region removed = region_remove(enclave, region);
    enclave->heap_top = removed.va;
    list = give_back(removed.pa, removed.bytes, removed.pa + removed.bytes, list);
  }
  return list;
}

void move_break(struct frame *frame, int64_t size) {
  struct enclave *enclave = running();
  uint64_t heap = enclave->heap_top - ENCLAVE_DEFAULT_HEAP_BASE;
  bool good = size % (int64_t)PAGE == 0 && (size >= 0 ? (uint64_t)size < MOST_ASKED : 0 - (uint64_t)size <= heap);
  if (size == 0 || !good) {
    frame->x[A0] = good ? enclave->heap_top : (uint64_t)ENCLAVE_ERROR;
    return;
  }
  if (size > 0) {
    enclave->ocall = (struct ocall){.size = (uint64_t)size};
    return ask_host(frame, OCALL_SBRK, 0, (uint64_t)size + PAGE);
  }
  enclave->ocall = (struct ocall){0};
  uint64_t list = shrink(enclave, enclave->heap_top + (uint64_t)size);
  ask_host(frame, OCALL_SBRK, list, (uint64_t)size);
}

int64_t take_heap(struct enclave *enclave, uint64_t pa, uint64_t bytes) {
  uint64_t wanted = enclave->ocall.size;
  if (wanted != 0) {
    const struct space *space = &enclave->space;
    uint64_t top = enclave->heap_top, mapped = bytes - PAGE;
    if (!enough(pa, bytes, wanted) || enclave->region_count == MOST_REGIONS) return ENCLAVE_ERROR;
    if (!range_within(top, mapped, 0, ENCLAVE_DEFAULT_MMAP_BASE)) return ENCLAVE_ERROR;
    if (!space_unmapped(space, top, mapped)) return ENCLAVE_ERROR;
    if (space_tables_missing(space, top, mapped) > space_pages_left(space)) return ENCLAVE_ERROR;
    take(enclave, pa, bytes);
    region_add(enclave, REGION_HEAP, top, pa, bytes);
    enclave->heap_top = top + mapped;
  }
  enclave->frame.x[A0] = enclave->heap_top;
  return 0;
}
