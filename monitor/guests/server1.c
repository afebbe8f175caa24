/* Reads the pages that it was passed, changes them, and passes them on to "test-server". */
#include "chain.h"

#define RESULT 3ul

int EAPP_ENTRY main() {
  unsigned long *args;
  EAPP_RESERVE_REG;
  unsigned long argument = args[10], size = args[12];
  int *words = (int *)args[11];
  eapp_print("server1: begin to run\n");
  unsigned long sum = add_words(argument, words, size);
  for (unsigned long index = 0; index < size / sizeof *words; index++) words[index]++;

  eapp_print("get the server enclave report\n");
  print_report("test-server");
  unsigned long handle = acquire_enclave("test-server");
  eapp_print("server1: server_handle:0x%lx\n", handle);
  struct call_enclave_arg_t call = {.req_arg = argument, .req_vaddr = (unsigned long)words, .req_size = size};
  if (handle == -1ul || call_enclave(handle, &call) != 0) {
    call.resp_val = -1ul;
    SERVER_RETURN(&call);
  }
  eapp_print("server1: read req_vaddr:0x%lx\n", sum);
  if (call.resp_vaddr != 0) {
    sum = add_words(argument, (int *)call.resp_vaddr, call.resp_size);
    eapp_print("server1: read resp_vaddr:0x%lx\n", sum);
  }
  call.resp_val = RESULT;
  eapp_print("server1: exit with retval:0x%lx\n", call.resp_val);
  SERVER_RETURN(&call);
}
