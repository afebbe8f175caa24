#include "device_requests.h"

#include <param.h>
#include <stddef.h>

#include "enclave.h"
#include "persistency.h"
#include "shared_memory.h"
#include "user_memory.h"

union parameter {
  struct penglai_enclave_user_param user;
  struct penglai_enclave_attest_param attest;
  struct penglai_shmget_param get;
  struct penglai_shmat_param at;
  struct penglai_shmdt_param dt;
  struct penglai_shmctl_param ctl;
  int shmid;
};

static long attach(enum shared_kind kind, struct penglai_shmat_param *param) {
  struct shared_piece *piece = shared_find(kind, param->shmid);
  if (piece == NULL) return -1;
  uint64_t va = shared_attach(piece);
  param->shmaddr = (void *)va;
  param->size = piece->size;
  return va == 0 ? -1 : 0;
}

static long detach(enum shared_kind kind, struct penglai_shmdt_param *param) {
  struct shared_piece *piece = shared_find(kind, param->shmid);
  uint64_t va = (uint64_t)param->shmaddr;
  if (piece == NULL || va % 4096 != 0 || !user_is_range(va, piece->size)) return -1;
  shared_detach(piece, va);
  param->size = piece->size;
  return 0;
}

static long remove(enum shared_kind kind, int id) {
  struct shared_piece *piece = shared_find(kind, id);
  if (piece == NULL) return -1;
  shared_remove(piece);
  return 0;
}

static long serve(uint64_t request, union parameter *parameter) {
  switch (request) {
    case PENGLAI_ENCLAVE_IOC_CREATE_ENCLAVE:
      return enclave_create(&parameter->user);
    case PENGLAI_ENCLAVE_IOC_RUN_ENCLAVE:
      return enclave_run(&parameter->user);
    case PENGLAI_ENCLAVE_IOC_ATTEST_ENCLAVE:
      return enclave_attest(&parameter->attest);
    case PENGLAI_ENCLAVE_IOC_STOP_ENCLAVE:
      return enclave_stop(parameter->user.eid);
    case PENGLAI_ENCLAVE_IOC_RESUME_ENCLAVE:
      return enclave_resume(parameter->user.eid);
    case PENGLAI_ENCLAVE_IOC_DESTROY_ENCLAVE:
      return enclave_destroy(parameter->user.eid);
    case PENGLAI_SHMGET:
      return shared_create(SHARED_MEMORY, parameter->get.size);
    case PENGLAI_SHMAT:
      return attach(SHARED_MEMORY, &parameter->at);
    case PENGLAI_SHMDT:
      return detach(SHARED_MEMORY, &parameter->dt);
    case PENGLAI_SHMCTL:
      return remove(SHARED_MEMORY, parameter->ctl.shmid);
    case PENGLAI_SCHRODINGER_GET:
      return shared_create(SCHRODINGER_PAGES, parameter->get.size);
    case PENGLAI_SCHRODINGER_AT:
      return attach(SCHRODINGER_PAGES, &parameter->at);
    case PENGLAI_SCHRODINGER_DT:
      return detach(SCHRODINGER_PAGES, &parameter->dt);
    case PENGLAI_SCHRODINGER_CTL:
      return remove(SCHRODINGER_PAGES, parameter->ctl.shmid);
    case PENGLAI_PERSISTENCY_INIT:
      return persistency_init(parameter->shmid);
    default:
      return -1;
  }
}

long device_request(uint64_t request, uint64_t address) {
  union parameter parameter;
  uint64_t size = request >> 16 & 0x3fff;
  if (size > sizeof parameter || !copy_from_user(&parameter, address, size)) return -1;
  long result = serve(request, &parameter);
  /* Also after an error: an id that was given may stand in it. */
  return copy_to_user(address, &parameter, size) ? result : -1;
}
