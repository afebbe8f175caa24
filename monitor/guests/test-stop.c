/* test-stop ENCLAVE: stops, resumes and destroys a running enclave from another thread. */
#include <penglai-enclave.h>
#include <pthread.h>
#include <unistd.h>

/* Between two of these. The tutorial waits a second; a simulated machine is slow. */
#define MICROSECONDS 20000

static void *run(void *enclave) {
  int reason = PLenclave_run(enclave);
  if (reason != RETURN_USER_EXIT_ENCL) printf("[ERROR] host: result %d val is wrong!\n", reason);
  else printf("host: PLenclave run is finish \n");
  return NULL;
}

int main(int argc, char **argv) {
  struct elf_args file;
  elf_args_init(&file, argc > 1 ? argv[1] : NULL);
  if (!elf_valid(&file)) {
    printf("Usage: test-stop ENCLAVE\n");
    return 1;
  }
  struct PLenclave enclave;
  struct enclave_args args;
  PLenclave_init(&enclave);
  enclave_args_init(&args);
  if (PLenclave_create(&enclave, &file, &args) < 0) {
    printf("host:0: failed to create enclave\n");
    return 1;
  }
  PLenclave_attest(&enclave, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, run, &enclave);
  usleep(MICROSECONDS);
  printf("host0: stop enclave\n");
  PLenclave_stop(&enclave);
  usleep(MICROSECONDS);
  printf("host0: resume enclave\n");
  PLenclave_resume(&enclave);
  usleep(MICROSECONDS);
  printf("host0: destroy enclave\n");
  PLenclave_destroy(&enclave);
  pthread_join(thread, NULL);
  printf("host: after exit the thread\n");
  PLenclave_destruct(&enclave);
  elf_args_destroy(&file);
  return 0;
}
