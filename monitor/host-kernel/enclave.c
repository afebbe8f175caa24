#include "enclave.h"

#include <stddef.h>
#include <string.h>

#include "page_table.h"
#include "pages.h"
#include "sbi.h"

#define MOST_ENCLAVES 128
#define FIRST_ID 0x1000
/* Memory for the monitor: so many chunks at a time, because it may use up one for each kind of thing that it keeps. */
#define MONITOR_CHUNKS 3
#define MONITOR_CHUNK_PAGES 64
#define MOST_EXTENSIONS 4

static struct enclave enclaves[MOST_ENCLAVES];

int enclave_id(const struct enclave *enclave) {
  return FIRST_ID + (int)(enclave - enclaves);
}

struct enclave *enclave_find(uint64_t id) {
  if (id < FIRST_ID || id >= FIRST_ID + MOST_ENCLAVES || !enclaves[id - FIRST_ID].in_use) return NULL;
  return &enclaves[id - FIRST_ID];
}

struct enclave *enclave_allocate(enum enclave_kind kind) {
  for (struct enclave *enclave = enclaves; enclave < enclaves + MOST_ENCLAVES; enclave++) {
    if (enclave->in_use) continue;
    /* The exchange and the buffer for what the enclave prints. */
    uint64_t pa = pages_allocate(2);
    if (pa == 0) return NULL;
    *enclave = (struct enclave){
      .in_use = true,
      .kind = kind,
      .exchange = (struct enclave_exchange *)pa,
      .kbuffer = pa + PAGE_SIZE,
      .may_run = true,
    };
    return enclave;
  }
  return NULL;
}

void enclave_release(struct enclave *enclave) {
  shared_release(enclave->shared);
  pages_free((uint64_t)enclave->exchange, 2);
  enclave->in_use = false;
  pages_collect();
}

bool enclave_extend_monitor_memory(void) {
  for (int index = 0; index < MONITOR_CHUNKS; index++) {
    uint64_t pa = pages_allocate_to_give(MONITOR_CHUNK_PAGES);
    if (pa == 0) return index > 0;
    long error = monitor_call(SBI_MEMORY_EXTEND, pa, MONITOR_CHUNK_PAGES * PAGE_SIZE, 0, 0, 0);
    pages_lend(pa, MONITOR_CHUNK_PAGES);
    if (error != 0) return index > 0;
  }
  return true;
}

long monitor_call_with_memory(unsigned long function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4) {
  long result = monitor_call(function, a0, a1, a2, a3, a4);
  for (int times = 0; result == ENCLAVE_NO_MEM && times < MOST_EXTENSIONS; times++) {
    if (!enclave_extend_monitor_memory()) break;
    result = monitor_call(function, a0, a1, a2, a3, a4);
  }
  return result;
}

static const unsigned long create_calls[] = {
  [ENCLAVE_NORMAL] = SBI_CREATE_ENCLAVE,
  [ENCLAVE_SERVER] = SBI_CREATE_SERVER_ENCLAVE,
  [ENCLAVE_TEMPLATE] = SBI_CREATE_SHADOW_ENCLAVE,
};

static const unsigned long destroy_calls[] = {
  [ENCLAVE_NORMAL] = SBI_DESTROY_ENCLAVE,
  [ENCLAVE_SERVER] = SBI_DESTROY_SERVER_ENCLAVE,
  [ENCLAVE_TEMPLATE] = SBI_DESTROY_SHADOW_ENCLAVE,
  [ENCLAVE_FORK] = SBI_DESTROY_ENCLAVE,
};

static long create(struct enclave *enclave, const struct penglai_enclave_user_param *param) {
  struct enclave_image *image = &enclave->image;
  uint64_t size = (uint64_t)param->elf_size;
  if (param->elf_size <= 0 || param->stack_size < 0 || !page_table_user_may(param->elf_ptr, size, false)) return -1;
  uint64_t shm_pa = 0;
  if (param->shm_size != 0) {
    shm_pa = shared_range(SHARED_MEMORY, param->shmid, param->shm_offset, param->shm_size);
    if (shm_pa == 0) return -1;
  }
  if (!enclave_image_make(image, (const uint8_t *)param->elf_ptr, size, (uint64_t)param->stack_size)) return -1;

  struct enclave_exchange *exchange = enclave->exchange;
  struct penglai_enclave_create_param create_param = {
    .eid_ptr = (uint64_t)&exchange->eid,
    .type = enclave->kind == ENCLAVE_SERVER ? SERVER_ENCLAVE : NORMAL_ENCLAVE,
    .paddr = image->pa,
    .size = image->page_count * PAGE_SIZE,
    .entry_point = image->entry_point,
    .free_mem = image->free_mem,
    .kbuffer = enclave->kbuffer,
    .kbuffer_size = PAGE_SIZE,
    .shm_paddr = shm_pa,
    .shm_size = param->shm_size,
    .ecall_arg0 = (uint64_t)&exchange->ocall_id,
    .ecall_arg1 = (uint64_t)&exchange->ocall_arg0,
    .ecall_arg2 = (uint64_t)&exchange->ocall_arg1,
    .ecall_arg3 = (uint64_t)&exchange->syscall_number,
    .retval = (uint64_t)&exchange->retval,
  };
  memcpy(create_param.name, param->name, NAME_LEN);
  long error = monitor_call_with_memory(create_calls[enclave->kind], (uint64_t)&create_param, 0, 0, 0, 0);
  pages_lend(image->pa, image->page_count);
  enclave->eid = exchange->eid;
  if (error == 0 && shm_pa != 0) {
    enclave->shared = shared_find(SHARED_MEMORY, param->shmid);
    shared_retain(enclave->shared);
  }
  return error;
}

long enclave_create(struct penglai_enclave_user_param *param) {
  static const enum enclave_kind kinds[] = {
    [NORMAL_ENCLAVE] = ENCLAVE_NORMAL, [SERVER_ENCLAVE] = ENCLAVE_SERVER, [SHADOW_ENCLAVE] = ENCLAVE_TEMPLATE};
  if (param->type < NORMAL_ENCLAVE || param->type > SHADOW_ENCLAVE) return -1;
  struct enclave *enclave = enclave_allocate(kinds[param->type]);
  if (enclave == NULL) return -1;
  if (create(enclave, param) != 0) {
    enclave_release(enclave);
    return -1;
  }
  param->eid = (unsigned long)enclave_id(enclave);
  return 0;
}

long enclave_attest(struct penglai_enclave_attest_param *param) {
  const struct enclave *enclave = enclave_find((uint64_t)param->eid);
  if (enclave == NULL) return -1;
  unsigned long function = enclave->kind == ENCLAVE_TEMPLATE ? SBI_ATTEST_SHADOW_ENCLAVE : SBI_ATTEST_ENCLAVE;
  /* The parameter is a copy on the kernel's stack, contiguous in physical memory. */
  return monitor_call(function, enclave->eid, (uint64_t)&param->report, param->nonce, 0, 0);
}

long enclave_stop(uint64_t id) {
  struct enclave *enclave = enclave_find(id);
  if (enclave == NULL || monitor_call(SBI_STOP_ENCLAVE, enclave->eid, 0, 0, 0, 0) != 0) return -1;
  enclave->may_run = false;
  return 0;
}

long enclave_resume(uint64_t id) {
  struct enclave *enclave = enclave_find(id);
  if (enclave == NULL) return -1;
  if (monitor_call(SBI_RESUME_ENCLAVE, enclave->eid, RESUME_FROM_STOP, 0, 0, 0) != 0) return -1;
  enclave->may_run = true;
  return 0;
}

long enclave_destroy(uint64_t id) {
  struct enclave *enclave = enclave_find(id);
  if (enclave == NULL || monitor_call(destroy_calls[enclave->kind], enclave->eid, 0, 0, 0, 0) != 0) return -1;
  enclave->is_destroyed = true;
  enclave->may_run = true;
  /* A thread that runs it finds that out and releases it. */
  if (!enclave->has_runner) enclave_release(enclave);
  return 0;
}
