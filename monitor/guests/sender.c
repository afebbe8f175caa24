/* Splits its relay pages in two and passes the second part to the enclave "receiver". */
#include <eapp.h>

#include "tutorial.h"

int EAPP_ENTRY main() {
  unsigned long *args;
  EAPP_RESERVE_REG;
  unsigned long relay = args[13], size = args[14];
  *(int *)(relay + PAGE) = *(int *)relay + 1;
  if (split_mem_region(relay, size, relay + PAGE) != 0) EAPP_RETURN(1);
  struct call_enclave_arg_t arg = {.req_vaddr = relay + PAGE, .req_size = size - PAGE};
  if (asyn_enclave_call("receiver", &arg) != 0) EAPP_RETURN(2);
  eapp_print("sender: sent %lx bytes\n", size - PAGE);
  EAPP_RETURN(0);
}
