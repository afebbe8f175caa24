/*
 * The host's side of Penglai enclaves: names and signatures of the Penglai-TVM user manual. What gives an int gives a
 * negative one for an error, with a line on the console that says which call failed.
 */
#ifndef PENGLAI_ENCLAVE_H
#define PENGLAI_ENCLAVE_H

#include <stdint.h>
#include <stdio.h>

#include "elf.h"
#include "param.h"

struct enclave_args {
  char name[NAME_LEN];
  enclave_type_t type;
  unsigned long stack_size;
  int shmid;
  unsigned long shm_offset;
  unsigned long shm_size;
};

struct PLenclave {
  struct elf_args *elffile;
  int eid;
  int fd;
  struct penglai_enclave_user_param user_param;
  struct penglai_enclave_attest_param attest_param;
};

/* A normal enclave without a name or shared memory, with a stack of 64 KiB. */
void enclave_args_init(struct enclave_args *enclave_args);

int PLenclave_init(struct PLenclave *PLenclave);
int PLenclave_create(struct PLenclave *PLenclave, struct elf_args *u_elffile, struct enclave_args *u_param);

/* RETURN_USER_EXIT_ENCL when the enclave ended; RETURN_USER_RELAY_PAGE when it gave its relay pages back and waits. */
int PLenclave_run(struct PLenclave *PLenclave);

/* The report is in attest_param.report. */
int PLenclave_attest(struct PLenclave *PLenclave, uintptr_t nonce);
int PLenclave_stop(struct PLenclave *PLenclave);
int PLenclave_resume(struct PLenclave *PLenclave);
int PLenclave_destroy(struct PLenclave *PLenclave);
int PLenclave_destruct(struct PLenclave *PLenclave);

/* Memory that program and enclave share. */
int PLenclave_shmget(unsigned long size);
void *PLenclave_shmat(int shmid, void *addr);
int PLenclave_shmdt(int shmid, void *addr);
int PLenclave_shmctl(int shmid);

/* Pages that pass to the enclave when it runs ("relay pages" there), and back. */
int PLenclave_schrodinger_get(unsigned long size);
void *PLenclave_schrodinger_at(int id, void *addr);
int PLenclave_schrodinger_dt(int id, void *addr);
int PLenclave_schrodinger_ctl(int id);

int PLenclave_set_shm(struct PLenclave *enclave, int shmid, uintptr_t offset, uintptr_t size);
int PLenclave_set_mem_arg(struct PLenclave *enclave, int id, uintptr_t offset, uintptr_t size);
int PLenclave_set_rerun_arg(struct PLenclave *enclave, int rerun_reason);

/* Sectors of enclaves pass through this shared memory from now on. */
int PLenclave_fs_persistency_init(int shm_id);

#endif
