/* Shows what the host gave it, and passes four pages to a server and gets them back. */
#include <stddef.h>

#include "chain.h"

#define ARGUMENT 0x19960000ul

int EAPP_ENTRY main() {
  unsigned long *args;
  EAPP_RESERVE_REG;
  eapp_print("caller begin to run...\n");
  eapp_print("shm content %d and size %lx\n", *(int *)args[10], args[11]);
  eapp_print("relay page content %d and size %lx\n", *(int *)args[13], args[14]);

  const char *which = "server1";
  unsigned long handle = acquire_enclave("test-server1");
  if (handle == -1ul) {
    which = "server";
    handle = acquire_enclave("test-server");
  }
  if (handle == -1ul) EAPP_RETURN(-1ul);
  eapp_print("get the enclave report\n");
  print_report(NULL);
  eapp_print("get the %s enclave report\n", which);
  print_report(which[6] == '1' ? "test-server1" : "test-server");

  int *numbers = eapp_mmap(NULL, PASSED_BYTES);
  for (unsigned long index = 0; index < PASSED_BYTES / sizeof *numbers; index++) numbers[index] = 1;
  struct call_enclave_arg_t call = {
    .req_arg = ARGUMENT, .req_vaddr = (unsigned long)numbers, .req_size = PASSED_BYTES};
  if (call_enclave(handle, &call) != 0) {
    eapp_print("caller: the call failed\n");
    EAPP_RETURN(-1ul);
  }
  /* Through the old pointer: the pages must have come back to where they were. */
  if (call.req_vaddr != 0) {
    eapp_print("caller: read req_vaddr after calling server:0x%lx\n", add_words(0, numbers, PASSED_BYTES));
  }
  if (call.resp_vaddr != 0) {
    unsigned long sum = add_words(0, (int *)call.resp_vaddr, call.resp_size);
    eapp_print("caller: read resp_vaddr after calling server:0x%lx\n", sum);
  }
  eapp_print("caller: get %s retval:0x%lx\n", which, call.resp_val);
  EAPP_RETURN(0);
}
