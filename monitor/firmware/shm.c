/* Secure shared memory. It lives until an enclave destroys it and none is attached any more. */

#include "shm.h"

#include "context.h"
#include "memory.h"
#include "ocall.h"
#include "owner.h"
#include "regions.h"

#define MOST_SHARED 64
#define MOST_ATTACHED 32

struct attached {
  uint32_t eid;
  uint64_t va; /* 0: nobody */
};

struct shared {
  bool used, destroyed;
  uint64_t key;
  uint64_t pa, bytes; /* 0 while the host is asked */
  uint32_t creator;   /* who waits then */
  uint64_t count;
  struct attached attached[MOST_ATTACHED];
};

static struct shared table[MOST_SHARED];

/* No entry from here on was ever used. */
static struct shared *table_end = table;

static struct shared *find(uint64_t key) {
  for (struct shared *shared = table; shared < table_end; shared++)
    if (shared->used && shared->key == key) return shared;
  return 0;
}

static struct attached *attachment(struct shared *shared, uint32_t eid) {
  for (int index = 0; index < MOST_ATTACHED; index++)
    if (shared->attached[index].va != 0 && shared->attached[index].eid == eid) return &shared->attached[index];
  return 0;
}

static uint64_t mapped_bytes(const struct shared *shared) { return shared->bytes - PAGE; }

/* Maps at the top, or below what the enclave has there; 0 where there is no room. */
static uint64_t attach(struct shared *shared, struct enclave *enclave, uint64_t pa, uint64_t mapped) {
  uint64_t low = ENCLAVE_DEFAULT_SHM_BASE + enclave->shm_bytes, high = ENCLAVE_DEFAULT_SEC_SHM_BASE;
  for (struct shared *each = table; each < table_end; each++) {
    const struct attached *other = each->used ? attachment(each, enclave->eid) : 0;
    if (other && other->va < high) high = other->va;
  }
  struct attached *place = shared->attached;
  while (place < shared->attached + MOST_ATTACHED && place->va != 0) place++;
  if (place == shared->attached + MOST_ATTACHED || mapped == 0 || mapped > high - low) return 0;
  uint64_t va = high - mapped;
  const struct space *space = &enclave->space;
  if (!space_unmapped(space, va, mapped) || space_tables_missing(space, va, mapped) > space_pages_left(space)) return 0;
  space_map(&enclave->space, va, pa + PAGE, mapped);
  *place = (struct attached){.eid = enclave->eid, .va = va};
  shared->count++;
  flush_translations();
  return va;
}

static void detach(struct shared *shared, struct enclave *enclave, struct attached *place) {
  space_unmap(&enclave->space, place->va, mapped_bytes(shared));
  *place = (struct attached){0};
  shared->count--;
  flush_translations();
}

/* Gives the memory of what nobody uses to the host. */
static uint64_t free_shared(struct shared *shared, uint64_t list) {
  uint64_t pa = give_back(shared->pa, shared->bytes, shared->pa + shared->bytes, list);
  *shared = (struct shared){0};
  return pa;
}

void shm_get(struct frame *frame, uint64_t key, uint64_t size) {
  struct shared *shared = table;
  while (shared < table + MOST_SHARED && shared->used) shared++;
  if (find(key) || shared == table + MOST_SHARED || size == 0 || !page_aligned(size)) {
    frame->x[A0] = (uint64_t)ENCLAVE_ERROR;
    return;
  }
  if (shared == table_end) table_end++;
  struct enclave *enclave = running();
  *shared = (struct shared){.used = true, .key = key, .creator = enclave->eid};
  enclave->ocall = (struct ocall){.va = key, .size = size};
  ask_host(frame, OCALL_SHM_GET, 0, size + PAGE);
}

int64_t shm_take(struct enclave *enclave, uint64_t pa, uint64_t bytes) {
  struct shared *shared = find(enclave->ocall.va);
  if (!page_aligned(bytes) || bytes <= PAGE || bytes - PAGE < enclave->ocall.size || !can_claim(pa, bytes))
    return ENCLAVE_ERROR;
  uint64_t va = attach(shared, enclave, pa, bytes - PAGE);
  if (va == 0) return ENCLAVE_ERROR;
  claim(pa, bytes, OWNER_SHM, (uint32_t)(shared - table));
  memset(at(pa), 0, bytes);
  shared->pa = pa;
  shared->bytes = bytes;
  enclave->frame.x[A0] = va;
  return 0;
}

uint64_t shm_attach(struct enclave *enclave, uint64_t key) {
  struct shared *shared = find(key);
  if (shared == 0 || shared->pa == 0 || shared->destroyed) return 0;
  struct attached *already = attachment(shared, enclave->eid);
  return already ? already->va : attach(shared, enclave, shared->pa, mapped_bytes(shared));
}

void shm_detach(struct frame *frame, uint64_t key) {
  struct shared *shared = find(key);
  struct attached *place = shared ? attachment(shared, running()->eid) : 0;
  if (place == 0) {
    frame->x[A0] = (uint64_t)ENCLAVE_ERROR;
    return;
  }
  detach(shared, running(), place);
  if (shared->count != 0 || !shared->destroyed) {
    frame->x[A0] = 0;
    return;
  }
  uint64_t bytes = shared->bytes;
  ask_host(frame, OCALL_UNMAP, free_shared(shared, 0), bytes);
}

void shm_destroy(struct frame *frame, uint64_t key) {
  struct shared *shared = find(key);
  if (shared == 0 || shared->pa == 0 || shared->count != 0) {
    if (shared && shared->pa != 0) shared->destroyed = true;
    frame->x[A0] = shared && shared->pa == 0 ? (uint64_t)ENCLAVE_ERROR : 0;
    return;
  }
  uint64_t bytes = shared->bytes;
  ask_host(frame, OCALL_UNMAP, free_shared(shared, 0), bytes);
}

int64_t shm_stat(struct enclave *enclave, uint64_t key, uint64_t place) {
  struct shared *shared = find(key);
  if (shared == 0 || shared->pa == 0) return ENCLAVE_ERROR;
  struct sbi_shm_des description = {.ref_count = shared->count, .shm_size = mapped_bytes(shared)};
  return space_write(&enclave->space, place, &description, sizeof description) ? 0 : ENCLAVE_ERROR;
}

void shm_cancel(struct enclave *enclave) {
  for (struct shared *shared = table; shared < table_end; shared++)
    if (shared->used && shared->pa == 0 && shared->creator == enclave->eid) *shared = (struct shared){0};
}

void shm_leave_all(struct enclave *enclave, uint64_t list) {
  shm_cancel(enclave);
  for (struct shared *shared = table; shared < table_end; shared++) {
    struct attached *place = shared->used ? attachment(shared, enclave->eid) : 0;
    if (place == 0) continue;
    *place = (struct attached){0};
    if (--shared->count == 0 && shared->destroyed) list = free_shared(shared, list);
  }
}
