/* Ocalls: which of them leave the enclave, and what the host's answer means. */

#include "ocall.h"

#include "context.h"
#include "grow.h"
#include "host_memory.h"
#include "keys.h"
#include "relay.h"
#include "run.h"
#include "shm.h"

void ask_host(struct frame *frame, uint64_t id, uint64_t arg0, uint64_t arg1) {
  struct enclave *enclave = running();
  const struct host_words *words = &chain_top(enclave)->host_words;
  host_write_word(words->ocall_id, id);
  host_write_word(words->ocall_arg0, arg0);
  host_write_word(words->ocall_arg1, arg1);
  enclave->ocall.id = id;
  enclave->state = ENCLAVE_OCALLING;
  leave_enclave(frame, ENCLAVE_OCALL);
}

static void return_relay_memory(struct frame *frame) {
  uint64_t pa, bytes;
  relay_return_all(running(), &pa, &bytes);
  ask_host(frame, OCALL_RETURN_RELAY_PAGE, pa, bytes);
}

void do_ocall(struct frame *frame) {
  uint64_t *x = frame->x;
  switch (x[A0]) {
    case OCALL_MMAP:
      return ask_for_memory(frame, x[A1], x[A2]);
    case OCALL_UNMAP:
      return unmap_memory(frame, x[A1], x[A2]);
    case OCALL_SYS_WRITE:
      return ask_host(frame, OCALL_SYS_WRITE, 0, 0);
    case OCALL_SBRK:
      return move_break(frame, (int64_t)x[A1]);
    case OCALL_READ_SECT:
    case OCALL_WRITE_SECT:
      return ask_host(frame, x[A0], x[A1], 0);
    case OCALL_RETURN_RELAY_PAGE:
      return return_relay_memory(frame);
    case OCALL_GETRANDOM:
      x[A0] = (uint64_t)write_random(running(), x[A1], x[A2]);
      return;
    case OCALL_SHM_GET:
      return shm_get(frame, x[A1], x[A2]);
    case OCALL_SHM_DETACH:
      return shm_detach(frame, x[A1]);
    case OCALL_SHM_DESTROY:
      return shm_destroy(frame, x[A1]);
    default:
      x[A0] = (uint64_t)ENCLAVE_ERROR;
  }
}

/* Relay memory instead of what was given back; none is an answer too. */
static int64_t take_relay_memory(struct enclave *enclave, uint64_t pa, uint64_t size) {
  uint64_t bytes;
  int64_t result = relay_check(enclave->name, enclave, pa, size, &bytes);
  if (result != 0) return result;
  if (!relay_fits(&enclave->space, bytes)) return ENCLAVE_ERROR;
  relay_attach(enclave, pa, size);
  enclave->frame.x[A0] = 0;
  return 0;
}

static int64_t take_answer(struct enclave *enclave, uint64_t value, uint64_t size) {
  switch (enclave->ocall.id) {
    case OCALL_MMAP:
      return take_memory(enclave, value, size);
    case OCALL_SBRK:
      return take_heap(enclave, value, size);
    case OCALL_RETURN_RELAY_PAGE:
      return take_relay_memory(enclave, value, size);
    case OCALL_SHM_GET:
      return shm_take(enclave, value, size);
    case OCALL_READ_SECT:
    case OCALL_WRITE_SECT:
      enclave->frame.x[A0] = value;
      return 0;
    case OCALL_SYS_WRITE:
      return 0;
    default:
      enclave->frame.x[A0] = 0;
      return 0;
  }
}

int64_t resume_after_ocall(struct frame *frame, struct enclave *enclave) {
  if (enclave->state != ENCLAVE_OCALLING || frame->x[A2] != enclave->ocall.id) return ENCLAVE_ERROR;
  int64_t result = take_answer(enclave, frame->x[A3], frame->x[A4]);
  if (result != 0) return result;
  enclave->ocall = (struct ocall){0};
  enter_enclave(frame, enclave);
  return ENTERED;
}
