/* host ENCLAVE [N]: N threads (1) each create, attest and run an enclave, with shared memory and a relay page. */
#include <penglai-enclave.h>
#include <pthread.h>
#include <stdlib.h>

#include "tutorial.h"

struct job {
  struct elf_args *file;
  int number;
  pthread_t thread;
};

static void run(struct PLenclave *enclave, int *relay) {
  for (;;) {
    int reason = PLenclave_run(enclave);
    if (reason == RETURN_USER_EXIT_ENCL) return;
    if (reason != RETURN_USER_RELAY_PAGE) {
      printf("[ERROR] host: result %d val is wrong!\n", reason);
      return;
    }
    *relay = 0;
    PLenclave_set_rerun_arg(enclave, RETURN_USER_RELAY_PAGE);
  }
}

static void *create_and_run(void *argument) {
  struct job *job = argument;
  struct PLenclave *enclave = malloc(sizeof *enclave);
  struct enclave_args args;
  PLenclave_init(enclave);
  enclave_args_init(&args);
  int shmid = PLenclave_shmget(PAGE), relay_id = PLenclave_schrodinger_get(PAGE);
  int *shm = PLenclave_shmat(shmid, 0), *relay = PLenclave_schrodinger_at(relay_id, 0);
  *shm = SHM_WORD;
  *relay = RELAY_WORD;
  sprintf(args.name, "test-enclave%d", job->number);
  args.shmid = shmid;
  args.shm_size = PAGE;

  if (PLenclave_create(enclave, job->file, &args) < 0) {
    printf("host:%d: failed to create enclave\n", job->number);
  } else {
    PLenclave_attest(enclave, 0);
    PLenclave_set_mem_arg(enclave, relay_id, 0, PAGE);
    run(enclave, relay);
  }
  PLenclave_destruct(enclave);
  printf("host: PLenclave run is finish \n");
  PLenclave_shmdt(shmid, shm);
  PLenclave_shmctl(shmid);
  PLenclave_schrodinger_dt(relay_id, relay);
  PLenclave_schrodinger_ctl(relay_id);
  free(enclave);
  return NULL;
}

int main(int argc, char **argv) {
  int count = argc > 2 ? atoi(argv[2]) : 1;
  struct elf_args file;
  elf_args_init(&file, argv[1]);
  if (!elf_valid(&file) || count <= 0) {
    printf("Usage: host ENCLAVE [N]\n");
    return 1;
  }
  struct job *jobs = calloc((size_t)count, sizeof *jobs);
  for (int index = 0; index < count; index++) {
    jobs[index].file = &file;
    jobs[index].number = index + 1;
    if (pthread_create(&jobs[index].thread, NULL, create_and_run, &jobs[index]) == 0) continue;
    printf("host: only %d threads\n", index);
    count = index;
  }
  for (int index = 0; index < count; index++) pthread_join(jobs[index].thread, NULL);
  printf("host: after exit the thread\n");
  elf_args_destroy(&file);
  free(jobs);
  return 0;
}
