/* The tests, one after the other; the exit code is how many checks failed. */

#include "host.h"

void test_host_pages(void);
void test_pool(void);
void test_life(void);
void test_memory(void);
void test_shadow(void);
void test_servers(void);
void test_relay(void);
void test_shm(void);
void test_attestation(void);

static void step(const char *name, void (*test)(void)) {
  uint64_t before = failures;
  print(name);
  print("\n");
  test();
  if (failures != before) print("  has failures\n");
}

int main(void) {
  host_memory_init();
  step("host page tables", test_host_pages);
  step("pool", test_pool);
  step("life of an enclave", test_life);
  step("memory of an enclave", test_memory);
  step("shadow enclaves", test_shadow);
  step("servers", test_servers);
  step("relay memory", test_relay);
  step("secure shared memory", test_shm);
  step("attestation", test_attestation);
  print("checks ");
  print_hex(checks);
  print(" failed ");
  print_hex(failures);
  print("\n");
  power_off(failures != 0);
}
