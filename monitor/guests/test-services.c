/* test-services ENCLAVE: runs the enclave with shared memory that is also the buffer of the sector store. */
#include "run.h"
#include "tutorial.h"

int main(int argc, char **argv) {
  if (argc < 2) {
    printf("Usage: test-services ENCLAVE\n");
    return 1;
  }
  int shmid = PLenclave_shmget(PAGE);
  PLenclave_fs_persistency_init(shmid);
  return run_enclave(argv[1], &(struct run){.name = "services", .shmid = shmid, .shm_size = PAGE}) == 0 ? 0 : 1;
}
