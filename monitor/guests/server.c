/* Reads the pages that it was passed, and gives them back together with four of its own. */
#include <stddef.h>

#include "chain.h"

#define RESULT 2ul

int EAPP_ENTRY main() {
  unsigned long *args;
  EAPP_RESERVE_REG;
  unsigned long argument = args[10], size = args[12];
  int *words = (int *)args[11];
  eapp_print("server: begin to run\n");
  eapp_print("server: read req_vaddr:0x%lx\n", add_words(argument, words, size));

  int *numbers = eapp_mmap(NULL, PASSED_BYTES);
  for (unsigned long index = 0; index < PASSED_BYTES / sizeof *numbers; index++) numbers[index] = 2;
  eapp_print("server: read resp_vaddr:0x%lx\n", add_words(argument, numbers, PASSED_BYTES));
  struct call_enclave_arg_t answer = {
    .req_vaddr = (unsigned long)words,
    .req_size = size,
    .resp_vaddr = (unsigned long)numbers,
    .resp_size = PASSED_BYTES,
    .resp_val = RESULT,
  };
  eapp_print("server: exit with ret:0x%lx\n", answer.resp_val);
  SERVER_RETURN(&answer);
}
