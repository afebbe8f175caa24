/*
 * The enclave device: requests (ioctl) and their parameters, with the names, numbers and fields of the Penglai
 * documentation.
 */
#ifndef PARAM_H
#define PARAM_H

#include <penglai_abi.h>
#include <stdint.h>

#define PENGLAI_ENCLAVE_DEV_PATH "/dev/penglai_enclave_dev"
#define PENGLAI_ENCLAVE_IOC_MAGIC 0xa4

/* As Linux's _IOR makes them: direction, size of the parameter, magic, number. */
#define PENGLAI_REQUEST(number, type) \
  (2u << 30 | (unsigned)sizeof(type) << 16 | PENGLAI_ENCLAVE_IOC_MAGIC << 8 | (number))

#define PENGLAI_ENCLAVE_IOC_CREATE_ENCLAVE PENGLAI_REQUEST(0x00, struct penglai_enclave_user_param)
#define PENGLAI_ENCLAVE_IOC_RUN_ENCLAVE PENGLAI_REQUEST(0x01, struct penglai_enclave_user_param)
#define PENGLAI_ENCLAVE_IOC_ATTEST_ENCLAVE PENGLAI_REQUEST(0x02, struct penglai_enclave_attest_param)
#define PENGLAI_ENCLAVE_IOC_STOP_ENCLAVE PENGLAI_REQUEST(0x03, struct penglai_enclave_user_param)
#define PENGLAI_ENCLAVE_IOC_RESUME_ENCLAVE PENGLAI_REQUEST(0x04, struct penglai_enclave_user_param)
#define PENGLAI_ENCLAVE_IOC_DESTROY_ENCLAVE PENGLAI_REQUEST(0x05, struct penglai_enclave_user_param)
#define PENGLAI_SHMGET PENGLAI_REQUEST(0x10, struct penglai_shmget_param)
#define PENGLAI_SHMAT PENGLAI_REQUEST(0x11, struct penglai_shmat_param)
#define PENGLAI_SHMDT PENGLAI_REQUEST(0x12, struct penglai_shmdt_param)
#define PENGLAI_SHMCTL PENGLAI_REQUEST(0x13, struct penglai_shmctl_param)
#define PENGLAI_SCHRODINGER_GET PENGLAI_REQUEST(0x14, struct penglai_shmget_param)
#define PENGLAI_SCHRODINGER_AT PENGLAI_REQUEST(0x15, struct penglai_shmat_param)
#define PENGLAI_SCHRODINGER_DT PENGLAI_REQUEST(0x16, struct penglai_shmdt_param)
#define PENGLAI_SCHRODINGER_CTL PENGLAI_REQUEST(0x17, struct penglai_shmctl_param)
#define PENGLAI_PERSISTENCY_INIT PENGLAI_REQUEST(0x18, int)

#define DEFAULT_STACK_SIZE (64 * 1024)

/* Why a run came back to the host program. */
#define RETURN_USER_EXIT_ENCL 0
#define RETURN_USER_RELAY_PAGE 1

/* A size of schrodinger pages that stands for: all relay pages that were passed to this enclave's name. */
#define PENGLAI_RELAY_PAGES_BY_NAME 0xffff

/* NORMAL_ENCLAVE, SERVER_ENCLAVE or SHADOW_ENCLAVE. */
typedef int enclave_type_t;

struct penglai_enclave_user_param {
  unsigned long eid;
  char name[NAME_LEN];
  enclave_type_t type;
  unsigned long elf_ptr;
  long elf_size;
  long stack_size;
  int shmid;
  int isShadow;
  unsigned long shm_offset;
  unsigned long shm_size;
  int schrodinger_id;
  int rerun_reason;
  unsigned long schrodinger_offset;
  unsigned long schrodinger_size;
  unsigned long retval;
};

struct penglai_enclave_attest_param {
  int eid;
  int isShadow;
  uintptr_t nonce;
  struct report_t report;
};

/* Shared memory and schrodinger pages take the same parameters. */
struct penglai_shmget_param {
  int key;
  unsigned long size;
  int shmflg;
};

struct penglai_shmat_param {
  int shmid;
  void *shmaddr;
  unsigned long size;
  int shmflg;
};

struct penglai_shmdt_param {
  int shmid;
  void *shmaddr;
  unsigned long size;
};

struct penglai_shmctl_param {
  int shmid;
};

#endif
