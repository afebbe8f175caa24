/* Run, stop, resume, exit. */

#include "run.h"

#include "context.h"
#include "csr.h"
#include "end.h"
#include "host_memory.h"
#include "host_pages.h"
#include "memory.h"
#include "ocall.h"
#include "owner.h"
#include "relay.h"

static uint64_t run_count;

void reset_run_count(void) { run_count = 0; }
uint64_t next_run_count(void) { return run_count++; }

void share_kbuffer(struct enclave *enclave, uint64_t pa, uint64_t bytes) {
  enclave->kbuffer = pa;
  enclave->kbuffer_bytes = bytes;
  host_share(pa, bytes);
  space_map(&enclave->space, ENCLAVE_DEFAULT_KBUFFER, pa, bytes);
}

void share_host_memory(struct enclave *enclave, uint64_t pa, uint64_t bytes) {
  enclave->shm = pa;
  enclave->shm_bytes = bytes;
  host_share(pa, bytes);
  space_map(&enclave->space, ENCLAVE_DEFAULT_SHM_BASE, pa, bytes);
}

void set_start_arguments(struct enclave *enclave, uint64_t count, uint64_t relay_bytes) {
  start_frame(enclave);
  uint64_t *x = enclave->frame.x;
  x[A0] = enclave->shm_bytes ? ENCLAVE_DEFAULT_SHM_BASE : 0;
  x[A1] = enclave->shm_bytes;
  x[A2] = count;
  x[A3] = relay_bytes ? ENCLAVE_DEFAULT_MM_ARG_BASE : 0;
  x[A4] = relay_bytes;
}

int64_t run_enclave(struct frame *frame, uint64_t eid, uint64_t pa) {
  struct enclave *enclave = enclave_find(eid);
  struct penglai_enclave_run_param param;
  if (!host_guarded() || !host_read(&param, pa, sizeof param)) return ENCLAVE_ERROR;
  if (enclave == 0 || enclave->type != NORMAL_ENCLAVE || enclave->state != ENCLAVE_FRESH) return ENCLAVE_ERROR;
  uint64_t relay_bytes = 0;
  int64_t result = relay_check(enclave->name, enclave, param.mm_arg_addr, param.mm_arg_size, &relay_bytes);
  if (result != 0) return result;
  if (!relay_fits(&enclave->space, relay_bytes)) return ENCLAVE_ERROR;
  relay_attach(enclave, param.mm_arg_addr, param.mm_arg_size);

  enclave->host_satp = csr_read(satp);
  set_start_arguments(enclave, next_run_count(), relay_bytes);
  enter_enclave(frame, enclave);
  return ENTERED;
}

/* Whether the host process that runs is the one that the enclave belongs to. */
static bool bound(const struct enclave *top) { return top->host_satp == csr_read(satp); }

int64_t stop_enclave(uint64_t eid) {
  struct enclave *top = enclave_find(eid);
  if (!host_guarded() || top == 0 || top->type != NORMAL_ENCLAVE || !bound(top)) return ENCLAVE_ERROR;
  struct enclave *tail = chain_tail(top);
  if (tail->state != ENCLAVE_RUNNABLE && tail->state != ENCLAVE_STOPPED) return ENCLAVE_ERROR;
  tail->state = ENCLAVE_STOPPED;
  return 0;
}

static int64_t resume_after_interrupt(struct frame *frame, struct enclave *tail) {
  if (tail->state == ENCLAVE_STOPPED) return ENCLAVE_TIMER_IRQ;
  if (tail->state != ENCLAVE_RUNNABLE) return ENCLAVE_ERROR;
  enter_enclave(frame, tail);
  return ENTERED;
}

static int64_t wake(struct enclave *tail) {
  if (tail->state != ENCLAVE_STOPPED) return ENCLAVE_ERROR;
  tail->state = ENCLAVE_RUNNABLE;
  return 0;
}

int64_t resume_enclave(struct frame *frame, uint64_t eid, uint64_t reason) {
  struct enclave *top = enclave_find(eid);
  if (!host_guarded()) return ENCLAVE_ERROR;
  if (top == 0) return reason == RESUME_FROM_STOP || reason == RESUME_FROM_OCALL ? ENCLAVE_ERROR : 0;
  if (reason > RESUME_FROM_OCALL) return 0;
  if (top->type != NORMAL_ENCLAVE || !bound(top)) return ENCLAVE_ERROR;
  struct enclave *tail = chain_tail(top);
  if (reason == RESUME_FROM_TIMER_IRQ) return resume_after_interrupt(frame, tail);
  if (reason == RESUME_FROM_STOP) return wake(tail);
  return resume_after_ocall(frame, tail);
}

int64_t destroy_enclave(uint64_t eid) {
  struct enclave *enclave = enclave_find(eid);
  if (!host_guarded() || enclave == 0) return ENCLAVE_ERROR;
  end_enclave(enclave);
  return 0;
}

int64_t destroy_server(uint64_t eid) {
  struct enclave *enclave = enclave_find(eid);
  return enclave && enclave->type == SERVER_ENCLAVE ? destroy_enclave(eid) : ENCLAVE_ERROR;
}

void exit_enclave(struct frame *frame, uint64_t result) {
  struct enclave *enclave = running();
  host_write_word(enclave->host_words.result, result);
  leave_enclave(frame, ENCLAVE_SUCCESS);
  end_enclave(enclave);
}

void kill_enclave(struct frame *frame) {
  struct enclave *enclave = running(), *caller = enclave->caller;
  if (caller) {
    release_caller(enclave);
    switch_enclave(frame, caller);
  } else {
    leave_enclave(frame, ENCLAVE_ERROR);
  }
  end_enclave(enclave);
}
