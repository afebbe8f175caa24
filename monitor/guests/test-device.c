/*
 * test-device ENCLAVE: what the device grants and what it refuses. ENCLAVE gives its relay page back once, as relay-page
 * does. Each refusal is also a line of the library.
 */
#include <penglai-enclave.h>
#include <string.h>

#include "tutorial.h"

#define SIZE (2 * PAGE)
#define NO_ID 0x54321

static void check(const char *kind, const char *what, int good) {
  printf("%s: %s%s\n", kind, good ? "" : "NOT ", what);
}

/* Shared memory and schrodinger pages have the same four calls. */
struct kind {
  const char *name;
  int (*get)(unsigned long size);
  void *(*attach)(int id, void *address);
  int (*detach)(int id, void *address);
  int (*control)(int id);
};

static int is_zero(const char *bytes) {
  for (unsigned long index = 0; index < SIZE; index++)
    if (bytes[index] != 0) return 0;
  return 1;
}

static void test_kind(const struct kind *kind, const struct kind *other) {
  int id = kind->get(SIZE);
  char *first = kind->attach(id, NULL), *second = kind->attach(id, NULL);
  check(kind->name, "zero at first", id > 0 && is_zero(first));
  strcpy(first + SIZE - 8, "shared");
  check(kind->name, "the same at both places", first != second && strcmp(second + SIZE - 8, "shared") == 0);
  int detached = kind->detach(id, first) == 0 && kind->detach(id, second) == 0;
  char *third = kind->attach(id, NULL);
  check(kind->name, "kept while detached", detached && strcmp(third + SIZE - 8, "shared") == 0);
  check(kind->name, "detached and removed", kind->detach(id, third) == 0 && kind->control(id) == 0);
  check(kind->name, "gone", kind->attach(id, NULL) == (void *)-1 && kind->detach(id, third) == -1 &&
        kind->control(id) == -1);
  int next = kind->get(SIZE);
  char *fresh = kind->attach(next, NULL);
  check(kind->name, "zero again", is_zero(fresh) && kind->detach(next, fresh) == 0);
  check(kind->name, "none of no size", kind->get(0) == -1);
  check(kind->name, "not the other kind's", other->attach(next, NULL) == (void *)-1);
  kind->control(next);
}

static void test_running_again(char *path) {
  struct PLenclave enclave;
  struct elf_args file;
  struct enclave_args args;
  elf_args_init(&file, path);
  enclave_args_init(&args);
  strcpy(args.name, "device");
  PLenclave_init(&enclave);
  int relay_id = PLenclave_schrodinger_get(PAGE);
  int *relay = PLenclave_schrodinger_at(relay_id, NULL);
  *relay = RELAY_WORD;
  PLenclave_create(&enclave, &file, &args);
  PLenclave_set_mem_arg(&enclave, relay_id, 0, PAGE);
  check("run", "asks for its relay page", PLenclave_run(&enclave) == RETURN_USER_RELAY_PAGE);
  *relay = SHM_WORD;
  check("run", "refused without the reason", PLenclave_run(&enclave) == -1);
  PLenclave_set_rerun_arg(&enclave, RETURN_USER_RELAY_PAGE);
  check("run", "ends when it has the page", PLenclave_run(&enclave) == RETURN_USER_EXIT_ENCL);
  check("run", "refused after the end", PLenclave_run(&enclave) == -1);
  PLenclave_destruct(&enclave);
  PLenclave_schrodinger_dt(relay_id, relay);
  PLenclave_schrodinger_ctl(relay_id);
  elf_args_destroy(&file);
}

int main(int argc, char **argv) {
  static const struct kind shared = {
    "shm", PLenclave_shmget, PLenclave_shmat, PLenclave_shmdt, PLenclave_shmctl};
  static const struct kind schrodinger = {"schrodinger", PLenclave_schrodinger_get, PLenclave_schrodinger_at,
    PLenclave_schrodinger_dt, PLenclave_schrodinger_ctl};
  if (argc < 2) {
    printf("Usage: test-device ENCLAVE\n");
    return 1;
  }
  test_kind(&shared, &schrodinger);
  test_kind(&schrodinger, &shared);
  check("sectors", "refused without a buffer", PLenclave_fs_persistency_init(NO_ID) == -1);
  test_running_again(argv[1]);
  return 0;
}
