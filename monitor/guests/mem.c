/* Memory that an enclave gets while it runs: malloc, eapp_mmap, sbrk. */
#include <eapp.h>
#include <stdlib.h>

#include "tutorial.h"

#define MMAP_BYTES (20ul << 20)

static void test_malloc(void) {
  eapp_print("begin test malloc\n");
  char *small = malloc(256), *large = calloc(122880, 4);
  for (int index = 0; index < 10; index++) {
    if (large[index] != 0) eapp_print("calloc is not zero\n");
    small[index] = large[index] = 1;
  }
  free(large);
  large = malloc(256);
  free(small);
  free(large);
  eapp_print("end test malloc\n");
}

static void test_mmap(void) {
  eapp_print("begin test mmap\n");
  unsigned long count = MMAP_BYTES / sizeof(unsigned long), sum = 0;
  unsigned long *numbers = eapp_mmap(NULL, MMAP_BYTES);
  for (unsigned long index = 0; index < count; index++) numbers[index] = 1;
  for (unsigned long index = 0; index < count; index++) sum += numbers[index];
  eapp_unmap(numbers, MMAP_BYTES);
  eapp_print("end test mmap:%ld\n", sum);
}

static unsigned long test_sbrk(void) {
  eapp_print("begin test sbrk\n");
  unsigned long *start = sbrk(0);
  eapp_print("ret of sbrk(0):0x%lx\n", start);
  start = sbrk(-(long)PAGE);
  eapp_print("ret of sbrk(-4096):0x%lx\n", start);
  eapp_print("ret of sbrk(4*4096):0x%lx\n", sbrk(4 * (long)PAGE));
  unsigned long *end = sbrk((long)PAGE), sum = 0;
  eapp_print("ret of sbrk(1*4096):0x%lx\n", end);
  for (unsigned long *at = start; at < end; at++) *at = sizeof *at;
  for (unsigned long *at = start; at < end; at++) sum += *at;
  eapp_print("ret of sbrk(-10*4096):0x%lx\n", sbrk(-10 * (long)PAGE));
  eapp_print("end test sbrk\n");
  return sum;
}

int EAPP_ENTRY main() {
  test_malloc();
  test_mmap();
  EAPP_RETURN(test_sbrk());
}
