/* test-shm OWNER READER: an enclave and a server that share memory between themselves. */
#include "run.h"

int main(int argc, char **argv) {
  struct PLenclave server;
  struct elf_args file;
  if (argc < 3) {
    printf("Usage: test-shm OWNER READER\n");
    return 1;
  }
  struct run reader = {.name = "shm-reader", .type = SERVER_ENCLAVE};
  if (create_enclave(&server, &file, argv[2], &reader) < 0) return 1;
  run_enclave(argv[1], &(struct run){.name = "shm-owner"});
  PLenclave_destroy(&server);
  PLenclave_destruct(&server);
  elf_args_destroy(&file);
  return 0;
}
