/* Running enclaves: entering, timer interrupts, and what enclaves ask of the host (ocalls). */
#include <penglai_abi.h>
#include <stddef.h>
#include <string.h>

#include "console.h"
#include "enclave.h"
#include "page_table.h"
#include "pages.h"
#include "persistency.h"
#include "sbi.h"
#include "thread.h"

/* A fork needs its copies of writable pages, its stack, and pages for page tables now and later. */
#define FORK_OTHER_PAGES (2 + ENCLAVE_DEFAULT_STACK_SIZE / PAGE_SIZE + 32)
/* What enclaves may print at once, with the zero at the end. */
#define PRINT_BYTES 512

static long resume_from_ocall(const struct enclave *enclave, uint64_t ocall, uint64_t a3, uint64_t a4) {
  return monitor_call_with_memory(SBI_RESUME_ENCLAVE, enclave->eid, RESUME_FROM_OCALL, ocall, a3, a4);
}

/* Answers with `size` bytes of new memory. Without memory the enclave cannot go on. */
static long resume_with_memory(const struct enclave *enclave, uint64_t ocall, uint64_t size) {
  uint64_t count = size / PAGE_SIZE;
  uint64_t pa = count == 0 ? 0 : pages_allocate_to_give(count);
  if (pa == 0) {
    console_print("host kernel: no memory for enclave %x\n", enclave_id(enclave));
    return ENCLAVE_ERROR;
  }
  pages_zero(pa, count);
  long reason = resume_from_ocall(enclave, ocall, pa, count * PAGE_SIZE);
  pages_lend(pa, count);
  return reason;
}

static void print(const struct enclave *enclave) {
  char *text = (char *)enclave->kbuffer;
  text[PRINT_BYTES - 1] = 0;
  console_write(text, strlen(text));
}

/* Why the enclave came back the next time. */
static long answer_ocall(const struct enclave *enclave) {
  const struct enclave_exchange *exchange = enclave->exchange;
  uint64_t ocall = exchange->ocall_id;
  switch (ocall) {
    case OCALL_SYS_WRITE:
      print(enclave);
      return resume_from_ocall(enclave, ocall, 0, 0);
    case OCALL_MMAP:
    case OCALL_SHM_GET:
      return resume_with_memory(enclave, ocall, exchange->ocall_arg1);
    case OCALL_SBRK:
      if ((int64_t)exchange->ocall_arg1 > 0) return resume_with_memory(enclave, ocall, exchange->ocall_arg1);
      pages_collect();
      return resume_from_ocall(enclave, ocall, 0, 0);
    case OCALL_UNMAP:
      pages_collect();
      return resume_from_ocall(enclave, ocall, 0, 0);
    case OCALL_READ_SECT:
      return resume_from_ocall(enclave, ocall, (uint64_t)persistency_read(exchange->ocall_arg0), 0);
    case OCALL_WRITE_SECT:
      return resume_from_ocall(enclave, ocall, (uint64_t)persistency_write(exchange->ocall_arg0), 0);
    case OCALL_SHM_EXTEND_MEMORY:
      return resume_from_ocall(enclave, ocall, enclave_extend_monitor_memory() ? 0 : -1ul, 0);
    default:
      return resume_from_ocall(enclave, ocall, 0, 0);
  }
}

/*
 * Goes on until the enclave has ended or wants the program, starting from why it came back last. RETURN_USER_EXIT_ENCL,
 * RETURN_USER_RELAY_PAGE, or negative.
 */
static long run_on(struct enclave *enclave, long reason, struct penglai_enclave_user_param *param) {
  enclave->has_runner = true;
  for (;;) {
    if (reason == ENCLAVE_TIMER_IRQ || reason == ENCLAVE_YIELD) {
      thread_yield();
      thread_wait_until(&enclave->may_run);
      if (enclave->is_destroyed) break;
      reason = monitor_call(SBI_RESUME_ENCLAVE, enclave->eid, RESUME_FROM_TIMER_IRQ, 0, 0, 0);
    } else if (reason == ENCLAVE_OCALL && enclave->exchange->ocall_id == OCALL_RETURN_RELAY_PAGE) {
      pages_collect();
      enclave->waits_for_relay = true;
      enclave->has_runner = false;
      return RETURN_USER_RELAY_PAGE;
    } else if (reason == ENCLAVE_OCALL) {
      reason = answer_ocall(enclave);
    } else {
      break;
    }
  }
  if (reason < 0 && !enclave->is_destroyed) monitor_call(SBI_DESTROY_ENCLAVE, enclave->eid, 0, 0, 0, 0);
  param->retval = enclave->exchange->retval;
  bool failed = reason < 0 && !enclave->is_destroyed;
  enclave_release(enclave);
  return failed ? -1 : RETURN_USER_EXIT_ENCL;
}

/* The relay pages that the program gives, as the monitor wants to be told of them; false if there are no such pages. */
static bool relay_pages(const struct penglai_enclave_user_param *param, uint64_t *pa, uint64_t *size) {
  *pa = *size = 0;
  if (param->schrodinger_size == PENGLAI_RELAY_PAGES_BY_NAME) *pa = PENGLAI_RELAY_PAGES_BY_NAME;
  if (param->schrodinger_size == 0 || *pa != 0) return true;
  *size = param->schrodinger_size;
  *pa = shared_range(SCHRODINGER_PAGES, param->schrodinger_id, param->schrodinger_offset, *size);
  return *pa != 0;
}

static long enter(const struct enclave *enclave, uint64_t relay_pa, uint64_t relay_size) {
  struct penglai_enclave_run_param run_param = {.mm_arg_addr = relay_pa, .mm_arg_size = relay_size};
  return monitor_call_with_memory(SBI_RUN_ENCLAVE, enclave->eid, (uint64_t)&run_param, 0, 0, 0);
}

/* Makes a fork of the template in new memory and enters it; why it came back. */
static long fork_and_enter(struct enclave *fork, const struct enclave *template,
                           const struct penglai_enclave_user_param *param, uint64_t relay_pa, uint64_t relay_size) {
  uint64_t shm_pa = 0;
  if (param->shm_size != 0) {
    shm_pa = shared_range(SHARED_MEMORY, param->shmid, param->shm_offset, param->shm_size);
    if (shm_pa == 0) return ENCLAVE_ERROR;
    fork->shared = shared_find(SHARED_MEMORY, param->shmid);
    shared_retain(fork->shared);
  }
  uint64_t count = template->image.writable_pages + FORK_OTHER_PAGES;
  struct enclave_exchange *exchange = fork->exchange;
  struct penglai_shadow_enclave_run_param run_param = {
    .size = count * PAGE_SIZE,
    .eid_ptr = (uint64_t)&exchange->eid,
    .kbuffer = fork->kbuffer,
    .kbuffer_size = PAGE_SIZE,
    .shm_paddr = shm_pa,
    .shm_size = param->shm_size,
    .mm_arg_addr = relay_pa,
    .mm_arg_size = relay_size,
    .ecall_arg0 = (uint64_t)&exchange->ocall_id,
    .ecall_arg1 = (uint64_t)&exchange->ocall_arg0,
    .ecall_arg2 = (uint64_t)&exchange->ocall_arg1,
    .ecall_arg3 = (uint64_t)&exchange->syscall_number,
    .retval = (uint64_t)&exchange->retval,
  };
  memcpy(run_param.name, param->name, NAME_LEN);
  long reason;
  do {
    /* New pages each time: a fork that failed for want of memory has used its pages already. */
    run_param.free_page = pages_allocate_to_give(count);
    if (run_param.free_page == 0) return ENCLAVE_ERROR;
    reason = monitor_call(SBI_RUN_SHADOW_ENCLAVE, template->eid, (uint64_t)&run_param, 0, 0, 0);
    pages_lend(run_param.free_page, count);
  } while (reason == ENCLAVE_NO_MEM && enclave_extend_monitor_memory());
  fork->eid = exchange->eid;
  return reason;
}

static long run_fork(const struct enclave *template, struct penglai_enclave_user_param *param, uint64_t relay_pa,
                     uint64_t relay_size) {
  struct enclave *fork = enclave_allocate(ENCLAVE_FORK);
  if (fork == NULL) return -1;
  long reason = fork_and_enter(fork, template, param, relay_pa, relay_size);
  if (reason < 0) {
    enclave_release(fork);
    return -1;
  }
  param->eid = (unsigned long)enclave_id(fork);
  param->isShadow = 1;
  return run_on(fork, reason, param);
}

long enclave_run(struct penglai_enclave_user_param *param) {
  struct enclave *enclave = enclave_find(param->eid);
  uint64_t relay_pa, relay_size;
  if (enclave == NULL || enclave->has_runner || !relay_pages(param, &relay_pa, &relay_size)) return -1;
  if (enclave->kind == ENCLAVE_TEMPLATE) return run_fork(enclave, param, relay_pa, relay_size);
  if (enclave->waits_for_relay) {
    if (param->rerun_reason != RETURN_USER_RELAY_PAGE) return -1;
    enclave->waits_for_relay = false;
    return run_on(enclave, resume_from_ocall(enclave, OCALL_RETURN_RELAY_PAGE, relay_pa, relay_size), param);
  }
  long reason = enter(enclave, relay_pa, relay_size);
  /* It was never entered: it is as it was. */
  return reason < 0 ? -1 : run_on(enclave, reason, param);
}
