/* What the monitor and the host do for an enclave beside memory: ids, keys, random bytes, sectors, shared memory. */
#include <eapp.h>
#include <stddef.h>
#include <string.h>

#include "tutorial.h"

#define KEY_BYTES 32
#define SHM_KEY 42
#define SECTOR 7
#define OTHER_SECTOR 8
#define NO_SECTOR 256

static int differ(const char *left, const char *right) {
  return memcmp(left, right, KEY_BYTES) != 0;
}

static void test_keys(void) {
  static char key[KEY_BYTES], again[KEY_BYTES], zeros[KEY_BYTES];
  int failed = get_key(ENCLAVE_KEY, key, KEY_BYTES) != 0 || get_key(ENCLAVE_KEY, again, KEY_BYTES) != 0;
  eapp_print("key: %s\n", failed || differ(key, again) || !differ(key, zeros) ? "wrong" : "the same twice");
}

static void test_random(void) {
  static char bytes[KEY_BYTES], more[KEY_BYTES];
  int failed = eapp_getrandom(bytes, KEY_BYTES) < 0 || eapp_getrandom(more, KEY_BYTES) < 0;
  eapp_print("random: %s\n", failed || !differ(bytes, more) ? "wrong" : "different twice");
}

/* Sectors pass through the shared memory of host and enclave. */
static void test_sectors(volatile int *buffer) {
  *buffer = SHM_WORD;
  int failed = eapp_persistency_write_sec(SECTOR) != 0;
  *buffer = RELAY_WORD;
  failed |= eapp_persistency_write_sec(OTHER_SECTOR) != 0 || eapp_persistency_read_sec(SECTOR) != 0;
  eapp_print("sector: %s\n", failed || *buffer != SHM_WORD ? "wrong" : "read as written");
  failed = eapp_persistency_read_sec(NO_SECTOR) != -1 || eapp_persistency_write_sec(NO_SECTOR) != -1;
  eapp_print("sector that is not there: %s\n", failed || *buffer != SHM_WORD ? "wrong" : "refused");
}

static void test_shared_memory(void) {
  struct sbi_shm_des description;
  int *memory = eapp_shmget(SHM_KEY, 2 * PAGE, 0);
  if (memory == NULL) {
    eapp_print("shared memory: none\n");
    return;
  }
  memory[0] = SHM_WORD;
  int failed = eapp_shmstat(SHM_KEY, &description) != 0;
  eapp_print("shared memory: %d users, %ld bytes\n", (int)description.ref_count, description.shm_size);
  failed |= eapp_shmattach(SHM_KEY) != memory || memory[0] != SHM_WORD;
  failed |= eapp_shmdetach(SHM_KEY) != 0 || eapp_shmdestroy(SHM_KEY) != 0;
  failed |= eapp_shmattach(SHM_KEY) != NULL;
  eapp_print("shared memory: %s\n", failed ? "wrong" : "gone");
}

int EAPP_ENTRY main() {
  unsigned long *args;
  EAPP_RESERVE_REG;
  eapp_print("id: %ld\n", get_enclave_id());
  EAPP_YIELD();
  eapp_print("after yield\n");
  test_keys();
  test_random();
  test_sectors((int *)args[10]);
  test_shared_memory();
  EAPP_RETURN(0);
}
