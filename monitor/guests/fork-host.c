/* fork-host ENCLAVE [N]: a template of the enclave, and N threads (1) that each fork and run it. */
#include <penglai-enclave.h>
#include <pthread.h>
#include <stdlib.h>

#include "tutorial.h"

#define SHM_SIZE (4 * PAGE)
/* What the host writes into relay pages that came back. */
#define RELAY_WORD_AGAIN 2

struct job {
  int template_eid;
  int shmid;
  int number;
  pthread_t thread;
};

static void *fork_and_run(void *argument) {
  struct job *job = argument;
  printf("host:%d: enclave run eid %x\n", job->number, job->template_eid);
  struct PLenclave *enclave = malloc(sizeof *enclave);
  PLenclave_init(enclave);
  enclave->eid = job->template_eid;
  enclave->user_param.eid = (unsigned long)job->template_eid;
  sprintf(enclave->user_param.name, "test-enclave%d", job->number);
  PLenclave_set_shm(enclave, job->shmid, 0, SHM_SIZE);

  int relay_id = PLenclave_schrodinger_get(PAGE);
  int *relay = PLenclave_schrodinger_at(relay_id, 0);
  *relay = RELAY_WORD;
  PLenclave_set_mem_arg(enclave, relay_id, 0, PAGE);
  int reason;
  while ((reason = PLenclave_run(enclave)) == RETURN_USER_RELAY_PAGE) {
    *relay = RELAY_WORD_AGAIN;
    PLenclave_set_rerun_arg(enclave, RETURN_USER_RELAY_PAGE);
  }
  if (reason != RETURN_USER_EXIT_ENCL) printf("[ERROR] host: run_result val is wrong!\n");
  PLenclave_schrodinger_dt(relay_id, relay);
  PLenclave_schrodinger_ctl(relay_id);
  PLenclave_destruct(enclave);
  free(enclave);
  return NULL;
}

int main(int argc, char **argv) {
  int count = argc > 2 ? atoi(argv[2]) : 1;
  struct elf_args file;
  elf_args_init(&file, argv[1]);
  if (!elf_valid(&file) || count <= 0) {
    printf("Usage: fork-host ENCLAVE [N]\n");
    return 1;
  }
  struct PLenclave template;
  struct enclave_args args;
  PLenclave_init(&template);
  enclave_args_init(&args);
  int shmid = PLenclave_shmget(SHM_SIZE);
  int *shm = PLenclave_shmat(shmid, 0);
  *shm = SHM_WORD;
  args.type = SHADOW_ENCLAVE;
  if (PLenclave_create(&template, &file, &args) < 0) {
    printf("host: failed to create enclave\n");
    return 1;
  }
  struct job *jobs = calloc((size_t)count, sizeof *jobs);
  for (int index = 0; index < count; index++) {
    jobs[index] = (struct job){template.eid, shmid, index + 1, NULL};
    if (pthread_create(&jobs[index].thread, NULL, fork_and_run, &jobs[index]) == 0) continue;
    printf("host: only %d threads\n", index);
    count = index;
  }
  for (int index = 0; index < count; index++) pthread_join(jobs[index].thread, NULL);
  PLenclave_destroy(&template);
  PLenclave_destruct(&template);
  PLenclave_shmdt(shmid, shm);
  PLenclave_shmctl(shmid);
  elf_args_destroy(&file);
  free(jobs);
  return 0;
}
