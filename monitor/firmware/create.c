/* Creation of enclaves, servers and templates: all is checked, then memory and record change hands. */

#include "create.h"

#include "csr.h"
#include "enclave.h"
#include "host_memory.h"
#include "host_pages.h"
#include "layout.h"
#include "measure.h"
#include "memory.h"
#include "owner.h"
#include "run.h"

typedef struct penglai_enclave_create_param create_param;

static struct host_words words_of(const create_param *param) {
  return (struct host_words){
      .ocall_id = param->ecall_arg0,
      .ocall_arg0 = param->ecall_arg1,
      .ocall_arg1 = param->ecall_arg2,
      .ocall_syscall = param->ecall_arg3,
      .result = param->retval,
  };
}

/* Host shared memory is there when both address and size are. */
static bool shares_memory(const create_param *param) { return param->shm_paddr != 0 && param->shm_size != 0; }

#define MOST_SHARED (ENCLAVE_DEFAULT_SEC_SHM_BASE - ENCLAVE_DEFAULT_SHM_BASE)

static bool param_good(const create_param *param, uint64_t type) {
  uint64_t pa = param->paddr, bytes = param->size;
  if (bytes < 2 * PAGE || !can_claim(pa, bytes)) return false;
  if (!host_place(param->eid_ptr, sizeof(uint32_t), pa, bytes)) return false;
  if (type == SHADOW_ENCLAVE) return true;
  if (!page_aligned(param->free_mem) || param->free_mem < pa + 2 * PAGE || param->free_mem >= pa + bytes) return false;
  struct host_words words = words_of(param);
  if (!host_words_good(&words, pa, bytes)) return false;
  if (type == NORMAL_ENCLAVE && !host_shareable(param->kbuffer, param->kbuffer_size, pa, bytes)) return false;
  if (!shares_memory(param)) return true;
  return param->shm_size < MOST_SHARED && host_shareable(param->shm_paddr, param->shm_size, pa, bytes);
}

/* Tables for what the monitor maps at creation, of the pages that the host left for such. */
static uint64_t tables_needed(const create_param *param, uint64_t type, const struct space *space) {
  uint64_t needed = 0;
  if (type == NORMAL_ENCLAVE) needed += space_tables_missing(space, ENCLAVE_DEFAULT_KBUFFER, param->kbuffer_size);
  if (shares_memory(param)) needed += space_tables_missing(space, ENCLAVE_DEFAULT_SHM_BASE, param->shm_size);
  return needed;
}

static int64_t create_template(const create_param *param, const struct layout *layout, struct space space) {
  uint64_t stack = ENCLAVE_DEFAULT_STACK_BASE - ENCLAVE_DEFAULT_STACK_SIZE;
  if (!space_unmapped(&space, stack, ENCLAVE_DEFAULT_STACK_SIZE)) return ENCLAVE_ERROR;
  struct template *template = template_new();
  if (template == 0) return ENCLAVE_NO_MEM;
  claim(param->paddr, param->size, OWNER_TEMPLATE, template->slot);
  layout_settle(&space);
  template->space = space;
  template->entry_point = param->entry_point;
  template->pa = param->paddr;
  template->bytes = param->size;
  template->tables = layout->tables;
  template->writable = layout->writable;
  memcpy(template->name, param->name, NAME_LEN);
  measure(template->hash, &space, param->entry_point, SHADOW_ENCLAVE, param->name);
  flush_translations();
  reset_run_count();
  *(uint32_t *)at(param->eid_ptr) = template->eid;
  return 0;
}

static int64_t create_instance(const create_param *param, uint64_t type, struct space space) {
  if (tables_needed(param, type, &space) > space_pages_left(&space)) return ENCLAVE_ERROR;
  if (type == SERVER_ENCLAVE && server_find(param->name)) return ENCLAVE_ERROR;
  struct enclave *enclave = enclave_new();
  if (enclave == 0) return ENCLAVE_NO_MEM;
  claim(param->paddr, param->size, OWNER_ENCLAVE, enclave->slot);
  layout_settle(&space);
  measure(enclave->hash, &space, param->entry_point, type, param->name);
  enclave->space = space;
  enclave->type = (uint32_t)type;
  enclave->state = type == SERVER_ENCLAVE ? ENCLAVE_RUNNABLE : ENCLAVE_FRESH;
  memcpy(enclave->name, param->name, NAME_LEN);
  enclave->host_satp = csr_read(satp);
  enclave->entry_point = param->entry_point;
  enclave->pa = param->paddr;
  enclave->bytes = param->size;
  enclave->heap_top = ENCLAVE_DEFAULT_HEAP_BASE;
  enclave->host_words = words_of(param);
  if (type == NORMAL_ENCLAVE) share_kbuffer(enclave, param->kbuffer, param->kbuffer_size);
  if (shares_memory(param)) share_host_memory(enclave, param->shm_paddr, param->shm_size);
  flush_translations();
  *(uint32_t *)at(param->eid_ptr) = enclave->eid;
  return 0;
}

int64_t create_enclave(uint64_t pa, uint64_t type) {
  create_param param;
  struct layout layout;
  if (!host_guarded() || !host_read(&param, pa, sizeof param) || !param_good(&param, type)) return ENCLAVE_ERROR;
  uint64_t end = param.paddr + param.size;
  uint64_t next = type == SHADOW_ENCLAVE ? end : param.free_mem;
  if (!layout_check(&layout, param.paddr, next)) return ENCLAVE_ERROR;
  struct space space = {.root = param.paddr + PAGE, .next = next, .end = end};
  if (type == SHADOW_ENCLAVE) return create_template(&param, &layout, space);
  return create_instance(&param, type, space);
}
