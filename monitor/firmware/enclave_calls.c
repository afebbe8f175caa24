/* The calls of enclaves: number in a7, arguments from a0, result in a0. */

#include "attest.h"
#include "calls.h"
#include "context.h"
#include "keys.h"
#include "ocall.h"
#include "relay.h"
#include "run.h"
#include "server.h"
#include "shm.h"

/* The C library's ioctl on its terminal, which some enclaves make without knowing where they are. */
#define LINUX_IOCTL 29

static void exit_call(struct frame *frame) {
  /* A server ends when the host destroys it, not before. */
  if (running()->type == SERVER_ENCLAVE)
    frame->x[A0] = (uint64_t)ENCLAVE_ERROR;
  else
    exit_enclave(frame, frame->x[A0]);
}

static void yield(struct frame *frame) {
  running()->state = ENCLAVE_RUNNABLE;
  leave_enclave(frame, ENCLAVE_YIELD);
}

static int64_t transfer_relay(struct enclave *enclave, uint64_t name_va, uint64_t arg_va) {
  char name[NAME_LEN];
  struct call_enclave_arg_t arg;
  if (!space_read_name(&enclave->space, name, name_va)) return ENCLAVE_ERROR;
  if (!space_read(&enclave->space, &arg, arg_va, sizeof arg)) return ENCLAVE_ERROR;
  return relay_transfer(enclave, arg.req_vaddr, arg.req_size, name);
}

/* The calls that stay in the enclave. False for a number that none has. */
static bool answer(struct enclave *enclave, struct frame *frame) {
  uint64_t *a = &frame->x[A0];
  switch (frame->x[A7]) {
    case SBI_ACQUIRE_SERVER:
      a[0] = (uint64_t)acquire_server(enclave, a[0]);
      return true;
    case SBI_GET_REPORT:
      a[0] = (uint64_t)attest_for_enclave(enclave, a[0], a[1], a[2]);
      return true;
    case SBI_ASYN_ENCLAVE_CALL:
      a[0] = (uint64_t)transfer_relay(enclave, a[0], a[1]);
      return true;
    case SBI_SPLIT_MEM_REGION:
      a[0] = (uint64_t)relay_split(enclave, a[0], a[1], a[2]);
      return true;
    case SBI_GET_CALLER_ID:
      a[0] = enclave->caller ? enclave->caller->eid : (uint64_t)ENCLAVE_ERROR;
      return true;
    case SBI_GET_ENCLAVE_ID:
      a[0] = enclave->eid;
      return true;
    case SBI_GET_KEY:
      a[0] = (uint64_t)write_key(enclave, a[0], a[1], a[2]);
      return true;
    case SBI_SHM_ATTACH:
      a[0] = shm_attach(enclave, a[0]);
      return true;
    case SBI_SHM_STAT:
      a[0] = (uint64_t)shm_stat(enclave, a[0], a[1]);
      return true;
    default:
      return false;
  }
}

void enclave_call(struct frame *frame) {
  const uint64_t *x = frame->x;
  if (x[A6] != SBI_EXT_PENGLAI_ENCLAVE) {
    if (x[A7] == LINUX_IOCTL)
      frame->x[A0] = 0;
    else
      kill_enclave(frame);
    return;
  }
  switch (x[A7]) {
    case SBI_EXIT_ENCLAVE:
      return exit_call(frame);
    case SBI_ENCLAVE_OCALL:
      return do_ocall(frame);
    case SBI_CALL_ENCLAVE:
      return call_server(frame, x[A0], x[A1]);
    case SBI_ENCLAVE_RETURN:
      return return_from_server(frame, x[A0]);
    case SBI_YIELD:
      return yield(frame);
    default:
      if (!answer(running(), frame)) kill_enclave(frame);
  }
}
