/* test-attest ENCLAVE: what the monitor reports of an enclave, of another from the same file, and of a template. */
#include <penglai-enclave.h>
#include <string.h>

#define NONCE 1234

static struct elf_args file;

static struct report_t report_of(enclave_type_t type, const char *name, uintptr_t nonce) {
  struct PLenclave enclave;
  struct enclave_args args;
  PLenclave_init(&enclave);
  enclave_args_init(&args);
  args.type = type;
  strcpy(args.name, name);
  if (PLenclave_create(&enclave, &file, &args) == 0) {
    PLenclave_attest(&enclave, nonce);
    PLenclave_destroy(&enclave);
  }
  PLenclave_destruct(&enclave);
  return enclave.attest_param.report;
}

static void print_bytes(const char *what, const unsigned char *bytes, int count) {
  printf("%s ", what);
  for (int index = 0; index < count; index++) printf("%02x", bytes[index]);
  printf("\n");
}

static void compare(const char *what, const struct report_t *left, const struct report_t *right) {
  int same = memcmp(left->enclave.hash, right->enclave.hash, HASH_SIZE) == 0;
  printf("attest: %s: %s\n", what, same ? "the same hash" : "another hash");
}

int main(int argc, char **argv) {
  elf_args_init(&file, argc > 1 ? argv[1] : NULL);
  if (!elf_valid(&file)) {
    printf("Usage: test-attest ENCLAVE\n");
    return 1;
  }
  struct report_t first = report_of(NORMAL_ENCLAVE, "attested", NONCE);
  struct report_t again = report_of(NORMAL_ENCLAVE, "attested", NONCE);
  struct report_t other = report_of(NORMAL_ENCLAVE, "attested", NONCE + 1);
  struct report_t template = report_of(SHADOW_ENCLAVE, "attested", NONCE);
  print_bytes("hash", first.enclave.hash, HASH_SIZE);
  print_bytes("signature", first.enclave.signature, SIGNATURE_SIZE);
  printf("attest: nonce %lu\n", first.enclave.nonce);
  compare("same file, same nonce", &first, &again);
  compare("same file, other nonce", &first, &other);
  compare("template of the same file", &first, &template);
  elf_args_destroy(&file);
  return 0;
}
