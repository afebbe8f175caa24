#include <string.h>
#include <unistd.h>

#include "penglai-enclave.h"
#include "system_call.h"

/* A request of the device that `fd` is; says on the console that the call of that name failed. */
static long request_on(int fd, unsigned request, void *param, const char *name) {
  long result = system_call(SYS_IOCTL, fd, request, (long)param, 0);
  if (result < 0) printf("LIB: %s failed\n", name);
  return result;
}

/* The same where no enclave has the device open. */
static long request(unsigned request, void *param, const char *name) {
  int fd = open(PENGLAI_ENCLAVE_DEV_PATH);
  long result = request_on(fd, request, param, name);
  close(fd);
  return result;
}

void enclave_args_init(struct enclave_args *enclave_args) {
  *enclave_args = (struct enclave_args){.type = NORMAL_ENCLAVE, .stack_size = DEFAULT_STACK_SIZE};
}

int PLenclave_init(struct PLenclave *enclave) {
  memset(enclave, 0, sizeof *enclave);
  enclave->eid = -1;
  enclave->fd = open(PENGLAI_ENCLAVE_DEV_PATH);
  if (enclave->fd < 0) printf("LIB: PLenclave_init failed\n");
  return enclave->fd < 0 ? -1 : 0;
}

int PLenclave_create(struct PLenclave *enclave, struct elf_args *elf_file, struct enclave_args *args) {
  enclave->elffile = elf_file;
  struct penglai_enclave_user_param *param = &enclave->user_param;
  param->elf_ptr = (unsigned long)elf_file->ptr;
  param->elf_size = (long)elf_file->size;
  /* Each fork of a template gets a stack of its own. */
  param->stack_size = args->type == SHADOW_ENCLAVE ? 0 : (long)args->stack_size;
  param->shmid = args->shmid;
  param->shm_offset = args->shm_offset;
  param->shm_size = args->shm_size;
  param->type = args->type;
  memcpy(param->name, args->name, NAME_LEN);
  if (request_on(enclave->fd, PENGLAI_ENCLAVE_IOC_CREATE_ENCLAVE, param, "PLenclave_create") < 0) return -1;
  enclave->eid = (int)param->eid;
  return 0;
}

int PLenclave_run(struct PLenclave *enclave) {
  return (int)request_on(enclave->fd, PENGLAI_ENCLAVE_IOC_RUN_ENCLAVE, &enclave->user_param, "PLenclave_run");
}

int PLenclave_attest(struct PLenclave *enclave, uintptr_t nonce) {
  struct penglai_enclave_attest_param *param = &enclave->attest_param;
  param->isShadow = enclave->user_param.isShadow;
  param->eid = enclave->eid;
  param->nonce = nonce;
  return (int)request_on(enclave->fd, PENGLAI_ENCLAVE_IOC_ATTEST_ENCLAVE, param, "PLenclave_attest");
}

int PLenclave_stop(struct PLenclave *enclave) {
  return (int)request_on(enclave->fd, PENGLAI_ENCLAVE_IOC_STOP_ENCLAVE, &enclave->user_param, "PLenclave_stop");
}

int PLenclave_resume(struct PLenclave *enclave) {
  return (int)request_on(enclave->fd, PENGLAI_ENCLAVE_IOC_RESUME_ENCLAVE, &enclave->user_param, "PLenclave_resume");
}

int PLenclave_destroy(struct PLenclave *enclave) {
  return (int)request_on(enclave->fd, PENGLAI_ENCLAVE_IOC_DESTROY_ENCLAVE, &enclave->user_param, "PLenclave_destroy");
}

int PLenclave_destruct(struct PLenclave *enclave) {
  return close(enclave->fd);
}

static int get(unsigned number, unsigned long size, const char *name) {
  struct penglai_shmget_param param = {.size = size};
  return (int)request(number, &param, name);
}

static void *attach(unsigned number, int id, void *address, const char *name) {
  struct penglai_shmat_param param = {.shmid = id, .shmaddr = address};
  return request(number, &param, name) < 0 ? (void *)-1 : param.shmaddr;
}

static int detach(unsigned number, int id, void *address, const char *name) {
  struct penglai_shmdt_param param = {.shmid = id, .shmaddr = address};
  return (int)request(number, &param, name);
}

static int control(unsigned number, int id, const char *name) {
  struct penglai_shmctl_param param = {.shmid = id};
  return (int)request(number, &param, name);
}

int PLenclave_shmget(unsigned long size) {
  return get(PENGLAI_SHMGET, size, "PLenclave_shmget");
}

void *PLenclave_shmat(int shmid, void *addr) {
  return attach(PENGLAI_SHMAT, shmid, addr, "PLenclave_shmat");
}

int PLenclave_shmdt(int shmid, void *addr) {
  return detach(PENGLAI_SHMDT, shmid, addr, "PLenclave_shmdt");
}

int PLenclave_shmctl(int shmid) {
  return control(PENGLAI_SHMCTL, shmid, "PLenclave_shmctl");
}

int PLenclave_schrodinger_get(unsigned long size) {
  return get(PENGLAI_SCHRODINGER_GET, size, "PLenclave_schrodinger_get");
}

void *PLenclave_schrodinger_at(int id, void *addr) {
  return attach(PENGLAI_SCHRODINGER_AT, id, addr, "PLenclave_schrodinger_at");
}

int PLenclave_schrodinger_dt(int id, void *addr) {
  return detach(PENGLAI_SCHRODINGER_DT, id, addr, "PLenclave_schrodinger_dt");
}

int PLenclave_schrodinger_ctl(int id) {
  return control(PENGLAI_SCHRODINGER_CTL, id, "PLenclave_schrodinger_ctl");
}

int PLenclave_set_shm(struct PLenclave *enclave, int shmid, uintptr_t offset, uintptr_t size) {
  enclave->user_param.shmid = shmid;
  enclave->user_param.shm_offset = offset;
  enclave->user_param.shm_size = size;
  return 0;
}

int PLenclave_set_mem_arg(struct PLenclave *enclave, int id, uintptr_t offset, uintptr_t size) {
  enclave->user_param.schrodinger_id = id;
  enclave->user_param.schrodinger_offset = offset;
  enclave->user_param.schrodinger_size = size;
  return 0;
}

int PLenclave_set_rerun_arg(struct PLenclave *enclave, int rerun_reason) {
  enclave->user_param.rerun_reason = rerun_reason;
  return 0;
}

int PLenclave_fs_persistency_init(int shm_id) {
  return (int)request(PENGLAI_PERSISTENCY_INIT, &shm_id, "PLenclave_fs_persistency_init");
}
