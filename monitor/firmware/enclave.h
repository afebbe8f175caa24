/* Enclaves and templates: their records, and the tables that find them by their ids. */
#ifndef ENCLAVE_H
#define ENCLAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "memory.h"
#include "space.h"

#include "penglai_abi.h"

#define MOST_ENCLAVES 4096
#define MOST_TEMPLATES 1024

/* Memory that the host gave to a running enclave: the first page stays out of sight, the rest is mapped from `va`. */
enum region_kind { REGION_MMAP, REGION_HEAP };

struct region {
  uint64_t va;
  uint64_t pa, bytes;
  uint32_t kind;
  uint32_t owed; /* calls through which it came and that are not over yet */
};

static inline uint64_t region_mapped(const struct region *region) { return region->bytes - PAGE; }
static inline uint64_t region_first(const struct region *region) { return region->pa + PAGE; }

#define MOST_REGIONS 80

/* Relay memory in an enclave's address space; no bytes, no memory. */
struct relay_slot {
  uint64_t va, pa, bytes;
  uint32_t entry;
  uint32_t owed; /* as a region's */
};

/* What the host is asked for while an enclave is in state OCALLING. */
struct ocall {
  uint64_t id;
  uint64_t va, size; /* MMAP; SBRK: size; SHM_GET: va is the key */
};

/* Where the host wants to read what it is asked for, and the result of the enclave; 0 where it does not. */
struct host_words {
  uint64_t ocall_id, ocall_arg0, ocall_arg1, ocall_syscall, result;
};

struct enclave {
  uint32_t eid, slot;
  uint32_t type;
  penglai_state_t state;
  char name[NAME_LEN];
  uint8_t hash[HASH_SIZE];
  uint64_t host_satp;
  uint64_t entry_point;

  uint64_t pa, bytes; /* what it was created with: a page unused, the root table, the rest */
  struct space space;
  uint64_t heap_top;
  uint64_t kbuffer, kbuffer_bytes; /* a server's: its top caller's, while a call lasts */
  uint64_t shm, shm_bytes;
  struct host_words host_words;
  struct relay_slot relay[RELAY_PAGE_NUM];
  struct template *template; /* that it was forked from */

  /* Who waits for this one to return, whom this one waits for; what the caller's struct is and what it passed. */
  struct enclave *caller, *callee;
  uint64_t call_arg;
  uint64_t passed_va, passed_size; /* as the caller named it; 0 for nothing */

  struct ocall ocall;
  struct frame frame; /* while it does not run */

  uint64_t region_count;
  struct region regions[MOST_REGIONS]; /* in the order they came */
};
_Static_assert(sizeof(struct enclave) <= PAGE, "an enclave's record is a page of the pool");

struct template {
  uint32_t eid, slot;
  char name[NAME_LEN];
  uint8_t hash[HASH_SIZE];
  uint64_t entry_point;
  uint64_t pa, bytes;
  struct space space;
  uint64_t tables, writable; /* pages that a fork needs of its own */
  uint64_t forks;            /* alive */
};

/* By eid: any value, also one that nobody has or that was somebody else's; then 0. */
struct enclave *enclave_find(uint64_t eid);
struct template *template_find(uint64_t eid);
/* A record of zeros with an eid of its own, or 0 where pool or table are full. */
struct enclave *enclave_new(void);
struct template *template_new(void);
void enclave_forget(struct enclave *enclave);
void template_forget(struct template *template);

bool names_equal(const char *a, const char *b);
struct enclave *server_find(const char *name);
/* Whether another enclave than this has the name. */
bool name_taken(const char *name, const struct enclave *but);

/* The ends of the chain of calls that an enclave is in. */
struct enclave *chain_top(struct enclave *enclave);
struct enclave *chain_tail(struct enclave *enclave);

#endif
