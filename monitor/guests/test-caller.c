/* test-caller CALLER SERVER [SERVER1]: the caller calls "test-server1", which calls "test-server"; or that at once. */
#include <penglai-enclave.h>
#include <string.h>

#include "tutorial.h"

#define SHARED_SIZE (4 * PAGE)
#define NONCE 1234

struct server {
  struct PLenclave enclave;
  struct elf_args file;
};

static int create(struct PLenclave *enclave, struct elf_args *file, char *path, struct enclave_args *args) {
  elf_args_init(file, path);
  if (!elf_valid(file)) {
    printf("host:error when initializing %s\n", path);
    return -1;
  }
  PLenclave_init(enclave);
  if (PLenclave_create(enclave, file, args) == 0) return 0;
  printf("host:failed to create %s\n", path);
  return -1;
}

static int create_server(struct server *server, char *path, const char *name) {
  struct enclave_args args;
  enclave_args_init(&args);
  args.type = SERVER_ENCLAVE;
  strcpy(args.name, name);
  return create(&server->enclave, &server->file, path, &args);
}

static void destroy_server(struct server *server) {
  PLenclave_destroy(&server->enclave);
  PLenclave_destruct(&server->enclave);
  elf_args_destroy(&server->file);
}

static void print_bytes(const unsigned char *bytes, int count) {
  for (int index = 0; index < count; index++) {
    printf("0x%02X, %s%s", bytes[index], index % 4 == 3 ? " " : "", index % 16 == 15 ? "\n" : "");
  }
}

static int run_caller(char *path) {
  struct PLenclave enclave;
  struct elf_args file;
  struct enclave_args args;
  enclave_args_init(&args);
  int shmid = PLenclave_shmget(SHARED_SIZE), relay_id = PLenclave_schrodinger_get(SHARED_SIZE);
  int *shm = PLenclave_shmat(shmid, 0), *relay = PLenclave_schrodinger_at(relay_id, 0);
  *shm = SHM_WORD;
  *relay = RELAY_WORD;
  strcpy(args.name, "test-caller");
  args.shmid = shmid;
  args.shm_size = SHARED_SIZE;
  if (create(&enclave, &file, path, &args) < 0) return 1;
  PLenclave_attest(&enclave, NONCE);
  print_bytes(enclave.attest_param.report.enclave.signature, SIGNATURE_SIZE);
  PLenclave_set_mem_arg(&enclave, relay_id, 0, SHARED_SIZE);
  int reason = PLenclave_run(&enclave);
  PLenclave_destruct(&enclave);
  PLenclave_shmdt(shmid, shm);
  PLenclave_shmctl(shmid);
  PLenclave_schrodinger_dt(relay_id, relay);
  PLenclave_schrodinger_ctl(relay_id);
  elf_args_destroy(&file);
  return reason == RETURN_USER_EXIT_ENCL && enclave.user_param.retval == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  struct server server, server1;
  if (argc < 3) {
    printf("Usage: test-caller CALLER SERVER [SERVER1]\n");
    return 1;
  }
  if (create_server(&server, argv[2], "test-server") < 0) return 1;
  if (argc > 3 && create_server(&server1, argv[3], "test-server1") < 0) return 1;
  int code = run_caller(argv[1]);
  if (argc > 3) destroy_server(&server1);
  destroy_server(&server);
  return code;
}
