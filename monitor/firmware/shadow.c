/* Forks: read-only pages are the template's, writable ones are copied, stack and heap are new. */

#include "shadow.h"

#include "context.h"
#include "csr.h"
#include "host_memory.h"
#include "host_pages.h"
#include "memory.h"
#include "owner.h"
#include "pte.h"
#include "regions.h"
#include "relay.h"
#include "run.h"

typedef struct penglai_shadow_enclave_run_param run_param;

#define STACK_START (ENCLAVE_DEFAULT_STACK_BASE - ENCLAVE_DEFAULT_STACK_SIZE)

static struct host_words words_of(const run_param *param) {
  return (struct host_words){
      .ocall_id = param->ecall_arg0,
      .ocall_arg0 = param->ecall_arg1,
      .ocall_arg1 = param->ecall_arg2,
      .ocall_syscall = param->ecall_arg3,
      .result = param->retval,
  };
}

static bool shares_memory(const run_param *param) { return param->shm_paddr != 0 && param->shm_size != 0; }

/* Whether the host may give all that it gives, also at once. */
static bool param_good(const run_param *param) {
  uint64_t pa = param->free_page, bytes = param->size;
  if (bytes < 2 * PAGE || !can_claim(pa, bytes)) return false;
  struct host_words words = words_of(param);
  if (!host_place(param->eid_ptr, sizeof(uint32_t), pa, bytes) || !host_words_good(&words, pa, bytes)) return false;
  if (!host_shareable(param->kbuffer, param->kbuffer_size, pa, bytes)) return false;
  if (!shares_memory(param)) return true;
  return param->shm_size < ENCLAVE_DEFAULT_SEC_SHM_BASE - ENCLAVE_DEFAULT_SHM_BASE &&
         host_shareable(param->shm_paddr, param->shm_size, pa, bytes);
}

/* New relay memory must be none of what else the host gives in the same call. */
static bool relay_apart(const run_param *param) {
  uint64_t pa = param->mm_arg_addr, bytes = param->mm_arg_size;
  if (pa == 0 || bytes == 0) return true;
  if (ranges_overlap(pa, bytes, param->free_page, param->size)) return false;
  if (ranges_overlap(pa, bytes, param->kbuffer, param->kbuffer_size)) return false;
  if (ranges_overlap(pa, bytes, param->eid_ptr, sizeof(uint32_t))) return false;
  return !shares_memory(param) || !ranges_overlap(pa, bytes, param->shm_paddr, param->shm_size);
}

/* Pages that the fork takes of the host's region, besides the first and its root table. */
static uint64_t pages_needed(const struct template *template, const run_param *param, uint64_t relay_bytes) {
  const struct space *space = &template->space;
  uint64_t pages = template->tables - 1 + template->writable + ENCLAVE_DEFAULT_STACK_SIZE / PAGE;
  pages += space_tables_missing(space, STACK_START, ENCLAVE_DEFAULT_STACK_SIZE);
  pages += space_tables_missing(space, ENCLAVE_DEFAULT_KBUFFER, param->kbuffer_size);
  if (shares_memory(param)) pages += space_tables_missing(space, ENCLAVE_DEFAULT_SHM_BASE, param->shm_size);
  if (relay_bytes != 0) pages += space_tables_missing(space, ENCLAVE_DEFAULT_MM_ARG_BASE, relay_bytes);
  return pages;
}

static void copy_page(void *fork, uint64_t va, uint64_t *pte) {
  struct space *space = fork;
  uint64_t copied = *pte;
  if (*pte & PTE_W) {
    uint64_t page = space_take_page(space);
    memcpy(at(page), at(pte_pa(*pte)), PAGE);
    copied = pte_make(page, *pte & PTE_FLAGS);
  }
  space_map_page(space, va, copied);
}

static void make_space(struct enclave *enclave, const struct template *template) {
  struct space *space = &enclave->space;
  space->root = enclave->pa + PAGE;
  space->next = enclave->pa + 2 * PAGE;
  space->end = enclave->pa + enclave->bytes;
  memset(at(space->root), 0, PAGE);
  space_each_page(&template->space, copy_page, space);
  for (uint64_t va = STACK_START; va < ENCLAVE_DEFAULT_STACK_BASE; va += PAGE)
    space_map(space, va, space_take_page(space), PAGE);
}

int64_t run_shadow(struct frame *frame, uint64_t eid, uint64_t pa) {
  struct template *template = template_find(eid);
  run_param param;
  if (!host_guarded() || template == 0 || !host_read(&param, pa, sizeof param) || !param_good(&param))
    return ENCLAVE_ERROR;
  uint64_t relay_bytes = 0;
  if (!relay_apart(&param)) return ENCLAVE_ERROR;
  int64_t result = relay_check(param.name, 0, param.mm_arg_addr, param.mm_arg_size, &relay_bytes);
  if (result == ENCLAVE_ERROR) return result;
  if (pages_needed(template, &param, relay_bytes) > param.size / PAGE - 2) return ENCLAVE_ERROR;
  if (result != 0) return result;
  struct enclave *enclave = enclave_new();
  if (enclave == 0) return ENCLAVE_NO_MEM;

  claim(param.free_page, param.size, OWNER_ENCLAVE, enclave->slot);
  enclave->pa = param.free_page;
  enclave->bytes = param.size;
  make_space(enclave, template);
  template->forks++;
  enclave->template = template;
  enclave->type = NORMAL_ENCLAVE;
  memcpy(enclave->hash, template->hash, HASH_SIZE);
  memcpy(enclave->name, param.name, NAME_LEN);
  enclave->host_satp = csr_read(satp);
  enclave->entry_point = template->entry_point;
  enclave->heap_top = ENCLAVE_DEFAULT_HEAP_BASE;
  enclave->host_words = words_of(&param);
  share_kbuffer(enclave, param.kbuffer, param.kbuffer_size);
  if (shares_memory(&param)) share_host_memory(enclave, param.shm_paddr, param.shm_size);
  relay_attach(enclave, param.mm_arg_addr, param.mm_arg_size);
  *(uint32_t *)at(param.eid_ptr) = enclave->eid;

  set_start_arguments(enclave, next_run_count() % 5, relay_bytes);
  enter_enclave(frame, enclave);
  return ENTERED;
}

int64_t destroy_shadow(uint64_t eid) {
  struct template *template = template_find(eid);
  if (!host_guarded() || template == 0 || template->forks != 0) return ENCLAVE_ERROR;
  give_back(template->pa, template->bytes, template->pa + template->bytes, 0);
  template_forget(template);
  return 0;
}
