/* Creating and running one enclave, for host programs that run several one after another. */
#ifndef RUN_H
#define RUN_H

#include <penglai-enclave.h>
#include <string.h>

struct run {
  const char *name;
  enclave_type_t type;
  int shmid;
  unsigned long shm_size;
  int relay_id;
  unsigned long relay_size;
};

/* Creates the enclave of the file; 0, or -1 with a line on the console. The file must stay. */
static inline int create_enclave(struct PLenclave *enclave, struct elf_args *file, char *path, const struct run *run) {
  struct enclave_args args;
  elf_args_init(file, path);
  if (!elf_valid(file)) return -1;
  PLenclave_init(enclave);
  enclave_args_init(&args);
  strcpy(args.name, run->name);
  args.type = run->type;
  args.shmid = run->shmid;
  args.shm_size = run->shm_size;
  return PLenclave_create(enclave, file, &args);
}

/* Creates an enclave and runs it to its end. Prints what it returned. */
static inline int run_enclave(char *path, const struct run *run) {
  struct PLenclave enclave;
  struct elf_args file;
  if (create_enclave(&enclave, &file, path, run) < 0) return -1;
  PLenclave_set_mem_arg(&enclave, run->relay_id, 0, run->relay_size);
  int reason = PLenclave_run(&enclave);
  if (reason == RETURN_USER_EXIT_ENCL) printf("host: %s returned %ld\n", path, (long)enclave.user_param.retval);
  else printf("host: %s was ended\n", path);
  PLenclave_destruct(&enclave);
  elf_args_destroy(&file);
  return reason;
}

#endif
